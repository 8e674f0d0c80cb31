"""The phrases a rule is told in, each whole enough to be translated on its own.

`%(field)s` is a field's noun (with its article where a language has one), `%(value)s` a value as
people write it, `%(span)s` a span of time and `%(of_span)s` one that a language may have to join
to the word before it ("plus d’un an"). A predicate stands after "whose".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, npgettext_lazy, pgettext_lazy

from segmentation.catalogue.entries import Manner
from segmentation.rules.operators import Kind

Phrase = Any

_KNOWN: dict[str, Phrase] = {
    "is_set": _("%(field)s is known"),
    "is_not_set": _("%(field)s is not known"),
}
_ONE_OF: dict[str, Phrase] = {
    "is": _("%(field)s is %(value)s"),
    "is_not": _("%(field)s is not %(value)s"),
    "in": _("%(field)s is one of %(value)s"),
    "not_in": _("%(field)s is none of %(value)s"),
    "contains": _("%(field)s contains %(value)s"),
    "not_contains": _("%(field)s does not contain %(value)s"),
    "starts_with": _("%(field)s starts with %(value)s"),
    "ends_with": _("%(field)s ends with %(value)s"),
}
_DATES: dict[str, Phrase] = {
    "on": _("%(field)s is on %(value)s"),
    "before": _("%(field)s is before %(value)s"),
    "after": _("%(field)s is after %(value)s"),
    "between": pgettext_lazy("two dates", "%(field)s is between %(first)s and %(last)s"),
    "from": _("%(field)s is on %(first)s or later"),
    "until": _("%(field)s is on %(last)s or earlier"),
    "in_last": _("%(field)s is within the last %(of_span)s"),
    "in_next": _("%(field)s is within the next %(span)s"),
    "more_than_ago": _("%(field)s is more than %(of_span)s ago"),
    "calendar": _("%(field)s falls %(period)s"),
    "calendar_past": _("%(field)s falls %(period)s"),
    "calendar_ahead": _("%(field)s falls %(period)s"),
    "anniversary_in_next": _("%(field)s has its anniversary within the next %(span)s"),
    "anniversary_today": _("%(field)s has its anniversary today"),
    "anniversary_month": _("%(field)s is in %(value)s, whatever the year"),
}
# Of what happened then, such as an order.
_EVENTS: dict[str, Phrase] = _DATES | {
    "on": _("%(field)s was on %(value)s"),
    "before": _("%(field)s was before %(value)s"),
    "after": _("%(field)s was after %(value)s"),
    "between": _("%(field)s was between %(first)s and %(last)s"),
    "from": _("%(field)s was on %(first)s or later"),
    "until": _("%(field)s was on %(last)s or earlier"),
    "in_next": _("%(field)s will be within the next %(span)s"),
    "calendar": _("%(field)s was %(period)s"),
    "calendar_past": _("%(field)s was %(period)s"),
    "calendar_ahead": _("%(field)s will be %(period)s"),
    "anniversary_month": _("%(field)s was in %(value)s, whatever the year"),
}
# Of an order that is expected then.
_EXPECTED: dict[str, Phrase] = _DATES | {
    "on": _("%(field)s is expected on %(value)s"),
    "before": _("%(field)s is expected before %(value)s"),
    "after": _("%(field)s is expected after %(value)s"),
    "between": _("%(field)s is expected between %(first)s and %(last)s"),
    "from": _("%(field)s is expected on %(first)s or later"),
    "until": _("%(field)s is expected on %(last)s or earlier"),
    "in_last": _("%(field)s was expected within the last %(of_span)s"),
    "in_next": _("%(field)s is expected within the next %(span)s"),
    "more_than_ago": _("%(field)s was expected more than %(of_span)s ago"),
    "calendar": _("%(field)s is expected %(period)s"),
    "calendar_past": _("%(field)s was expected %(period)s"),
    "calendar_ahead": _("%(field)s is expected %(period)s"),
    "anniversary_month": _("%(field)s is expected in %(value)s, whatever the year"),
    "is_set": _("%(field)s can be expected at some date"),
    "is_not_set": _("%(field)s cannot be expected at any date"),
}
MANNERS: Mapping[Manner, Mapping[str, Phrase]] = {
    Manner.DATE: _DATES | _KNOWN,
    Manner.EVENT: _EVENTS | _KNOWN,
    Manner.EXPECTED: _KNOWN | _EXPECTED,
}

PREDICATES: Mapping[Kind, Mapping[str, Phrase]] = {
    Kind.TEXT: _ONE_OF | _KNOWN,
    Kind.CHOICE: _ONE_OF | _KNOWN,
    Kind.REFERENCE: _ONE_OF | _KNOWN,
    Kind.BOOLEAN: {
        "true": _("%(field)s is “yes”"),
        "false": _("%(field)s is “no”"),
    }
    | _KNOWN,
    Kind.NUMBER: {
        "=": _("%(field)s is exactly %(value)s"),
        "!=": pgettext_lazy("a number", "%(field)s is not %(value)s"),
        ">": _("%(field)s is more than %(value)s"),
        ">=": _("%(field)s is at least %(value)s"),
        "<": _("%(field)s is less than %(value)s"),
        "<=": _("%(field)s is at most %(value)s"),
        "between": _("%(field)s is between %(first)s and %(last)s"),
        "top_percent": _("%(field)s is among the highest %(value)s %%"),
        "bottom_percent": _("%(field)s is among the lowest %(value)s %%"),
    }
    | _KNOWN,
    Kind.DATE: MANNERS[Manner.DATE],
    Kind.INSTANT: MANNERS[Manner.DATE],
    Kind.PLACE: {"within_km": _("%(field)s is within %(km)s km of %(value)s")} | _KNOWN,
    Kind.SET: {
        "has_any": _("%(field)s include %(value)s"),
        "has_all": _("%(field)s include %(value)s"),
        "has_none": _("%(field)s include none of %(value)s"),
        "lack": _("%(field)s do not include %(value)s"),
        "is_set": _("%(field)s are known"),
        "is_not_set": _("%(field)s are not known"),
    },
}

# The number that chooses the plural is given apart from the one that is shown.
SPANS: Mapping[str, Phrase] = {
    "hour": npgettext_lazy("after “within the next”", "%(n)s hour", "%(n)s hours", "number"),
    "day": npgettext_lazy("after “within the next”", "%(n)s day", "%(n)s days", "number"),
    "week": npgettext_lazy("after “within the next”", "%(n)s week", "%(n)s weeks", "number"),
    "month": npgettext_lazy("after “within the next”", "%(n)s month", "%(n)s months", "number"),
    "year": npgettext_lazy("after “within the next”", "%(n)s year", "%(n)s years", "number"),
}
# After "more than", which a language may join to what follows.
SPANS_OF: Mapping[str, Phrase] = {
    "hour": npgettext_lazy("after “more than”", "%(n)s hour", "%(n)s hours", "number"),
    "day": npgettext_lazy("after “more than”", "%(n)s day", "%(n)s days", "number"),
    "week": npgettext_lazy("after “more than”", "%(n)s week", "%(n)s weeks", "number"),
    "month": npgettext_lazy("after “more than”", "%(n)s month", "%(n)s months", "number"),
    "year": npgettext_lazy("after “more than”", "%(n)s year", "%(n)s years", "number"),
}
PERIODS: Mapping[tuple[str, int], Phrase] = {
    ("day", 0): _("today"),
    ("day", -1): _("yesterday"),
    ("day", 1): _("tomorrow"),
    ("week", 0): _("this week"),
    ("week", -1): _("last week"),
    ("week", 1): _("next week"),
    ("month", 0): _("this month"),
    ("month", -1): _("last month"),
    ("month", 1): _("next month"),
    ("year", 0): _("this year"),
    ("year", -1): _("last year"),
    ("year", 1): _("next year"),
}
# Two or more before this one, or after it.
EARLIER: Mapping[str, Phrase] = {
    "day": _("%(n)s days ago"),
    "week": _("in the week %(n)s weeks before this one"),
    "month": _("in the month %(n)s months before this one"),
    "year": _("in the year %(n)s years before this one"),
}
LATER: Mapping[str, Phrase] = {
    "day": _("in %(n)s days"),
    "week": _("in the week %(n)s weeks after this one"),
    "month": _("in the month %(n)s months after this one"),
    "year": _("in the year %(n)s years after this one"),
}

WHOSE = _("whose %(predicate)s")
WITH_WINDOW = _("%(clause)s %(window)s")
IN_SEGMENT = _("who are in the segment %(value)s")
NOT_IN_SEGMENT = _("who are not in the segment %(value)s")
ENTERED = _("who entered the segment %(value)s %(window)s")
LEFT = _("who left the segment %(value)s %(window)s")
SAMPLE = _("who are in the sample %(salt)s (%(percent)s %% of everyone)")
EXCEPT = _("who are not among those %(clause)s")
BUT_NOT = _("%(clauses)s, except those %(clause)s")
NESTED = _("(%(clauses)s)")

LAST: Mapping[str, Phrase] = {
    "hour": ngettext_lazy("in the last hour", "in the last %(n)s hours", "number"),
    "day": ngettext_lazy("in the last day", "in the last %(n)s days", "number"),
    "week": ngettext_lazy("in the last week", "in the last %(n)s weeks", "number"),
    "month": ngettext_lazy("in the last month", "in the last %(n)s months", "number"),
    "year": ngettext_lazy("in the last year", "in the last %(n)s years", "number"),
}
AGO: Mapping[str, Phrase] = {
    "hour": _("between %(recent)s and %(old)s hours ago"),
    "day": _("between %(recent)s and %(old)s days ago"),
    "week": _("between %(recent)s and %(old)s weeks ago"),
    "month": _("between %(recent)s and %(old)s months ago"),
    "year": _("between %(recent)s and %(old)s years ago"),
}
WINDOWS: Mapping[str, Phrase] = {
    "before": _("more than %(of_span)s ago"),
    "between": _("from %(first)s to %(last)s"),
    "from": _("since %(first)s"),
    "until": _("up to %(last)s"),
}
