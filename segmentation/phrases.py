"""The phrases a rule is told in, each whole enough to be translated on its own.

`%(field)s` is a field's noun (with its article where a language has one), `%(value)s` a value as
people write it. A predicate stands after "whose" or, about a row, in parentheses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

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
    "in_last": _("%(field)s is within the last %(span)s"),
    "in_next": _("%(field)s is within the next %(span)s"),
    "more_than_ago": _("%(field)s is more than %(span)s ago"),
    "calendar": _("%(field)s falls %(period)s"),
    "anniversary_in_next": _("%(field)s has its anniversary within the next %(span)s"),
    "anniversary_today": _("%(field)s has its anniversary today"),
    "anniversary_month": _("%(field)s is in %(value)s, whatever the year"),
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
        "!=": _("%(field)s is not %(value)s"),
        ">": _("%(field)s is more than %(value)s"),
        ">=": _("%(field)s is at least %(value)s"),
        "<": _("%(field)s is less than %(value)s"),
        "<=": _("%(field)s is at most %(value)s"),
        "between": _("%(field)s is between %(first)s and %(last)s"),
        "top_percent": _("%(field)s is among the highest %(value)s %%"),
        "bottom_percent": _("%(field)s is among the lowest %(value)s %%"),
    }
    | _KNOWN,
    Kind.DATE: _DATES | _KNOWN,
    Kind.INSTANT: _DATES | _KNOWN,
    Kind.PLACE: {"within_km": _("%(field)s is within %(km)s km of %(value)s")} | _KNOWN,
    Kind.SET: {
        "has_any": _("%(field)s include %(value)s"),
        "has_all": _("%(field)s include %(value)s"),
        "has_none": _("%(field)s do not include %(value)s"),
        "is_set": _("%(field)s are known"),
        "is_not_set": _("%(field)s are not known"),
    },
}

SPANS: Mapping[str, Phrase] = {
    "hour": ngettext_lazy("%(n)s hour", "%(n)s hours", "n"),
    "day": ngettext_lazy("%(n)s day", "%(n)s days", "n"),
    "week": ngettext_lazy("%(n)s week", "%(n)s weeks", "n"),
    "month": ngettext_lazy("%(n)s month", "%(n)s months", "n"),
    "year": ngettext_lazy("%(n)s year", "%(n)s years", "n"),
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
EARLIER: Mapping[str, Phrase] = {
    "day": ngettext_lazy("on the day %(n)s day ago", "on the day %(n)s days ago", "n"),
    "week": ngettext_lazy("in the week %(n)s week ago", "in the week %(n)s weeks ago", "n"),
    "month": ngettext_lazy("in the month %(n)s month ago", "in the month %(n)s months ago", "n"),
    "year": ngettext_lazy("in the year %(n)s year ago", "in the year %(n)s years ago", "n"),
}
LATER: Mapping[str, Phrase] = {
    "day": ngettext_lazy("on the day %(n)s day ahead", "on the day %(n)s days ahead", "n"),
    "week": ngettext_lazy("in the week %(n)s week ahead", "in the week %(n)s weeks ahead", "n"),
    "month": ngettext_lazy(
        "in the month %(n)s month ahead", "in the month %(n)s months ahead", "n"
    ),
    "year": ngettext_lazy("in the year %(n)s year ahead", "in the year %(n)s years ahead", "n"),
}

WHOSE = _("whose %(predicate)s")
WITH_WINDOW = _("%(clause)s %(window)s")
IN_SEGMENT = _("who are in the segment %(value)s")
NOT_IN_SEGMENT = _("who are not in the segment %(value)s")
ENTERED = _("who entered the segment %(value)s %(window)s")
LEFT = _("who left the segment %(value)s %(window)s")
SAMPLE = _("who are in the sample %(salt)s (%(percent)s %% of everyone)")
EXCEPT = _("who are not among those %(clause)s")
NESTED = _("(%(clauses)s)")

# After rows that were counted: "who placed 3 orders whose shop is …".
ROWS_WHOSE = _("%(clause)s whose %(filters)s")
# After any other measure, one phrase a source: its rows have a gender in other languages.
WITH_FILTERS: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("orders", "%(clause)s (counting only those whose %(filters)s)"),
    "items": pgettext_lazy("products", "%(clause)s (counting only those whose %(filters)s)"),
    "events": pgettext_lazy("actions", "%(clause)s (counting only those whose %(filters)s)"),
    "messages": pgettext_lazy("messages", "%(clause)s (counting only those whose %(filters)s)"),
    "engagements": pgettext_lazy("reactions", "%(clause)s (counting only if their %(filters)s)"),
}
# "who did at least 2 actions, for one and the same “Product”, with no products bought for it".
PER = _("%(clause)s, for one and the same “%(field)s”")
WITHOUT = _("%(clause)s, with nothing for it among the %(rows)s")
TRENDS: Mapping[str, Phrase] = {
    "down": _("whose %(measure)s is lower over the last %(span)s than over as long before"),
    "up": _("whose %(measure)s is higher over the last %(span)s than over as long before"),
    "down_by": _(
        "whose %(measure)s is lower by %(value)s %% or more over the last %(span)s than over as "
        "long before"
    ),
    "up_by": _(
        "whose %(measure)s is higher by %(value)s %% or more over the last %(span)s than over as "
        "long before"
    ),
}
# By whether the second rows must be missing.
SEQUENCES: Mapping[bool, Phrase] = {
    False: _("who have %(first)s and, later, %(then)s"),
    True: _("who have %(first)s and, since then, no %(then)s"),
}
TIMED_SEQUENCES: Mapping[bool, Phrase] = {
    False: _("who have %(first)s and, within %(span)s, %(then)s"),
    True: _("who have %(first)s and, within %(span)s, no %(then)s"),
}
LAST: Mapping[str, Phrase] = {
    "hour": ngettext_lazy("in the last hour", "in the last %(n)s hours", "n"),
    "day": ngettext_lazy("in the last day", "in the last %(n)s days", "n"),
    "week": ngettext_lazy("in the last week", "in the last %(n)s weeks", "n"),
    "month": ngettext_lazy("in the last month", "in the last %(n)s months", "n"),
    "year": ngettext_lazy("in the last year", "in the last %(n)s years", "n"),
}
AGO: Mapping[str, Phrase] = {
    "hour": _("between %(recent)s and %(old)s hours ago"),
    "day": _("between %(recent)s and %(old)s days ago"),
    "week": _("between %(recent)s and %(old)s weeks ago"),
    "month": _("between %(recent)s and %(old)s months ago"),
    "year": _("between %(recent)s and %(old)s years ago"),
}
WINDOWS: Mapping[str, Phrase] = {
    "before": _("more than %(span)s ago"),
    "between": _("from %(first)s to %(last)s"),
    "from": _("since %(first)s"),
    "until": _("up to %(last)s"),
}

# How many, before the noun of a row: "at least" + "3 orders".
QUANTITIES: Mapping[str, Phrase] = {
    "=": pgettext_lazy("before a number of orders", "exactly %(n)s"),
    ">": pgettext_lazy("before a number of orders", "more than %(n)s"),
    ">=": pgettext_lazy("before a number of orders", "at least %(n)s"),
    "<": pgettext_lazy("before a number of orders", "fewer than %(n)s"),
    "<=": pgettext_lazy("before a number of orders", "at most %(n)s"),
    "between": pgettext_lazy("before a number of orders", "from %(first)s to %(last)s"),
}
COUNTED: Mapping[str, Phrase] = {
    "orders": ngettext_lazy("who placed %(quantity)s order", "who placed %(quantity)s orders", "n"),
    "items": ngettext_lazy(
        "who bought %(quantity)s product", "who bought %(quantity)s products", "n"
    ),
    "events": ngettext_lazy("who did %(quantity)s action", "who did %(quantity)s actions", "n"),
    "messages": ngettext_lazy(
        "who received %(quantity)s message", "who received %(quantity)s messages", "n"
    ),
    "engagements": ngettext_lazy(
        "who reacted to a message %(quantity)s time",
        "who reacted to a message %(quantity)s times",
        "n",
    ),
}
SOME: Mapping[str, Phrase] = {
    "orders": _("who placed an order"),
    "items": _("who bought a product"),
    "events": _("who did an action"),
    "messages": _("who received a message"),
    "engagements": _("who reacted to a message"),
}
NONE: Mapping[str, Phrase] = {
    "orders": _("who placed no order"),
    "items": _("who bought no product"),
    "events": _("who did no action"),
    "messages": _("who received no message"),
    "engagements": _("who did not react to any message"),
}
ROWS: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("the number of …", "orders"),
    "items": pgettext_lazy("the number of …", "products bought"),
    "events": pgettext_lazy("the number of …", "actions"),
    "messages": pgettext_lazy("the number of …", "messages received"),
    "engagements": pgettext_lazy("the number of …", "reactions to messages"),
}
MEASURES: Mapping[str, Phrase] = {
    "count": pgettext_lazy("whose", "number of %(rows)s"),
    "days": pgettext_lazy("whose", "number of days with %(rows)s"),
    "sum": pgettext_lazy("whose", "total of “%(field)s” over the %(rows)s"),
    "avg": pgettext_lazy("whose", "average of “%(field)s” over the %(rows)s"),
    "min": pgettext_lazy("whose", "lowest “%(field)s” of the %(rows)s"),
    "max": pgettext_lazy("whose", "highest “%(field)s” of the %(rows)s"),
    "distinct": pgettext_lazy("whose", "number of different “%(field)s” of the %(rows)s"),
}
# A moment: when the first or the last of the rows took place.
MOMENTS: Mapping[tuple[str, str], Phrase] = {
    ("first", "orders"): pgettext_lazy("whose", "first order"),
    ("first", "items"): pgettext_lazy("whose", "first product bought"),
    ("first", "events"): pgettext_lazy("whose", "first action"),
    ("first", "messages"): pgettext_lazy("whose", "first message received"),
    ("first", "engagements"): pgettext_lazy("whose", "first reaction to a message"),
    ("last", "orders"): pgettext_lazy("whose", "last order"),
    ("last", "items"): pgettext_lazy("whose", "last product bought"),
    ("last", "events"): pgettext_lazy("whose", "last action"),
    ("last", "messages"): pgettext_lazy("whose", "last message received"),
    ("last", "engagements"): pgettext_lazy("whose", "last reaction to a message"),
}
