"""The words of the builder: operators, measures, windows and units as a person picks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segmentation.catalogue import Group
from segmentation.rules import Kind

Words = Mapping[str, "str | Promise"]

GROUPS: Final[Words] = {
    Group.PERSON: _("Who they are"),
    Group.PLACE: _("Where they live"),
    Group.REACH: _("How to reach them"),
    Group.PURCHASES: _("What they buy"),
    Group.STANDING: _("What it says about them"),
}
BEHAVIOURS: Final = _("What they did, in detail")
# The beginning of a sentence: "has ordered" "at least" "3" "times".
DONE: Final[Words] = {
    "orders": _("Has ordered"),
    "items": _("Has bought a product"),
    "events": _("Has visited or acted"),
    "messages": _("Has received a message"),
    "engagements": _("Has reacted to a message"),
}
SEGMENTS: Final = _("Segments and samples")
KINDS: Final[Words] = {
    "trend": _("Does more or less than before:"),
    "sequence": _("Did one thing, then another:"),
    "segment": _("Is in the segment"),
    "entered": _("Has entered the segment"),
    "left": _("Has left the segment"),
    "sample": _("Is in a random part of everyone,"),
}
# What was done, inside a sentence: "first: has ordered".
DID: Final[Words] = {
    "orders": pgettext_lazy("inside a sentence", "has ordered"),
    "items": pgettext_lazy("inside a sentence", "has bought a product"),
    "events": pgettext_lazy("inside a sentence", "has visited or acted"),
    "messages": pgettext_lazy("inside a sentence", "has received a message"),
    "engagements": pgettext_lazy("inside a sentence", "has reacted to a message"),
}
TURNS: Final[Words] = {
    "then": pgettext_lazy("between two things done", "then, later,"),
    "then_not": pgettext_lazy("between two things done", "and since then never"),
}
LIMITS: Final[Words] = {
    "": pgettext_lazy("limit of time", "+ Within some time…"),
    "within": pgettext_lazy("limit of time", "within"),
}
# After "for one and the same product …, and".
NONE_OF: Final[Words] = {
    "orders": pgettext_lazy("for one and the same shop", "no order"),
    "items": pgettext_lazy("for one and the same product", "no purchase of it"),
    "events": pgettext_lazy("for one and the same product", "no action on it"),
    "messages": pgettext_lazy("for one and the same campaign", "no message of it"),
    "engagements": pgettext_lazy("for one and the same campaign", "no reaction to it"),
}

_TEXT: Words = {
    "is": pgettext_lazy("operator", "is"),
    "is_not": pgettext_lazy("operator", "is not"),
    "in": pgettext_lazy("operator", "is one of"),
    "not_in": pgettext_lazy("operator", "is none of"),
    "contains": pgettext_lazy("operator", "contains"),
    "not_contains": pgettext_lazy("operator", "does not contain"),
    "starts_with": pgettext_lazy("operator", "starts with"),
    "ends_with": pgettext_lazy("operator", "ends with"),
    "is_set": pgettext_lazy("operator", "is known"),
    "is_not_set": pgettext_lazy("operator", "is unknown"),
}
_NUMBER: Words = {
    "=": pgettext_lazy("operator", "equals"),
    "!=": pgettext_lazy("operator", "differs from"),
    ">": pgettext_lazy("operator", "more than"),
    ">=": pgettext_lazy("operator", "at least"),
    "<": pgettext_lazy("operator", "less than"),
    "<=": pgettext_lazy("operator", "at most"),
    "between": pgettext_lazy("operator", "between"),
    "top_percent": pgettext_lazy("operator", "among the highest"),
    "bottom_percent": pgettext_lazy("operator", "among the lowest"),
    "is_set": pgettext_lazy("operator", "is known"),
    "is_not_set": pgettext_lazy("operator", "is unknown"),
}
_MOMENT: Words = {
    "in_last": pgettext_lazy("operator on a date", "in the last"),
    "more_than_ago": pgettext_lazy("operator on a date", "longer ago than"),
    "in_next": pgettext_lazy("operator on a date", "in the next"),
    "between": pgettext_lazy("operator on a date", "between"),
    "on": pgettext_lazy("operator on a date", "on"),
    "before": pgettext_lazy("operator on a date", "before"),
    "after": pgettext_lazy("operator on a date", "after"),
    "calendar": pgettext_lazy("operator on a date", "during"),
    "anniversary_in_next": pgettext_lazy("operator on a date", "anniversary in the next"),
    "anniversary_month": pgettext_lazy("operator on a date", "anniversary in"),
    "is_set": pgettext_lazy("operator", "is known"),
    "is_not_set": pgettext_lazy("operator", "is unknown"),
}
_SET: Words = {
    "has_any": pgettext_lazy("operator on a list", "include one of"),
    "has_all": pgettext_lazy("operator on a list", "include all of"),
    "has_none": pgettext_lazy("operator on a list", "include none of"),
    "is_set": pgettext_lazy("operator on a list", "are known"),
    "is_not_set": pgettext_lazy("operator on a list", "are unknown"),
}
_PLACE: Words = {
    "within_km": pgettext_lazy("operator on a home", "is within"),
    "is_set": pgettext_lazy("operator", "is known"),
    "is_not_set": pgettext_lazy("operator", "is unknown"),
}
OPERATORS: Final[Mapping[Kind, Words]] = {
    Kind.TEXT: _TEXT,
    Kind.CHOICE: _TEXT,
    Kind.REFERENCE: _TEXT,
    Kind.NUMBER: _NUMBER,
    Kind.BOOLEAN: _TEXT,
    Kind.DATE: _MOMENT,
    Kind.INSTANT: _MOMENT,
    Kind.SET: _SET,
    Kind.PLACE: _PLACE,
}
MEASURES: Final[Words] = {
    "count": pgettext_lazy("measure", "times"),
    "sum": pgettext_lazy("measure", "sum of"),
    "avg": pgettext_lazy("measure", "average of"),
    "min": pgettext_lazy("measure", "lowest"),
    "max": pgettext_lazy("measure", "highest"),
    "distinct": pgettext_lazy("measure", "number of different values of"),
    "days": pgettext_lazy("measure", "number of different days"),
    "first": pgettext_lazy("measure", "date of the first"),
    "last": pgettext_lazy("measure", "date of the last"),
}
# What is set against itself earlier: "the number of the orders goes down".
TREND_MEASURES: Final[Words] = {
    "count": pgettext_lazy("of the", "the number"),
    "days": pgettext_lazy("of the", "the number of different days"),
    "sum": pgettext_lazy("of the", "the sum of"),
    "avg": pgettext_lazy("of the", "the average of"),
    "min": pgettext_lazy("of the", "the lowest"),
    "max": pgettext_lazy("of the", "the highest"),
    "distinct": pgettext_lazy("of the", "the number of different values of"),
}
# What was done is counted in its own line, "at least 3 times", "on at least 3 different days"; of
# anything else a line of its own says what it comes to: "and" "the sum of" "Amount" "is".
COUNTED: Final = ("count", "days")
MEASURED: Final[Words] = {
    "count": MEASURES["count"],
    "days": pgettext_lazy("on at least 3", "different days"),
    **{name: TREND_MEASURES[name] for name in ("sum", "avg", "min", "max", "distinct")},
    "first": pgettext_lazy("in the last 30 days", "the first time"),
    "last": pgettext_lazy("in the last 30 days", "the last time"),
}
BEFORE_MEASURE: Final = pgettext_lazy("before “the sum of the amounts”", "and")
BEFORE_DAYS: Final = pgettext_lazy("before “at least 3 different days”", "on")
# Between a measure and its figure, by operator: "the sum of the amounts" "is" "at least 50".
_FIGURE: Final = pgettext_lazy("before “at least 50”", "is")
_PLACE_AMONG: Final = pgettext_lazy("before “among the highest 10 %”", "is")
COMES_TO: Final[Words] = {
    **dict.fromkeys(("=", ">", ">=", "<", "<=", "between"), _FIGURE),
    **dict.fromkeys(("top_percent", "bottom_percent"), _PLACE_AMONG),
}
ROWS: Final[Words] = {
    "orders": pgettext_lazy("the number of the", "orders"),
    "items": pgettext_lazy("the number of the", "products bought"),
    "events": pgettext_lazy("the number of the", "visits and actions"),
    "messages": pgettext_lazy("the number of the", "messages received"),
    "engagements": pgettext_lazy("the number of the", "reactions to messages"),
}
TRENDS: Final[Words] = {
    "down_by": pgettext_lazy("trend", "goes down by at least"),
    "up_by": pgettext_lazy("trend", "goes up by at least"),
    "down": pgettext_lazy("trend", "goes down"),
    "up": pgettext_lazy("trend", "goes up"),
}
WINDOWS: Final[Words] = {
    "": pgettext_lazy("period", "at any time"),
    "last": pgettext_lazy("period", "in the last"),
    "calendar": pgettext_lazy("period", "during"),
    "between": pgettext_lazy("period", "between"),
    "ago": pgettext_lazy("period", "some time ago, from"),
    "before": pgettext_lazy("period", "longer ago than"),
}
# Of what has a moment and cannot have been at any time.
SINCE: Final[Words] = {key: label for key, label in WINDOWS.items() if key}
UNITS: Final[Words] = {
    "hour": _("hours"),
    "day": _("days"),
    "week": _("weeks"),
    "month": _("months"),
    "year": _("years"),
}
CALENDAR_UNITS: Final[Words] = {
    "day": pgettext_lazy("calendar unit", "the day"),
    "week": pgettext_lazy("calendar unit", "the week"),
    "month": pgettext_lazy("calendar unit", "the month"),
    "year": pgettext_lazy("calendar unit", "the year"),
}
# After the unit, whose gender they take in other languages.
OFFSETS: Final[Mapping[str, Words]] = {
    "day": {
        "0": pgettext_lazy("the day", "this one"),
        "-1": pgettext_lazy("the day", "the previous one"),
        "1": pgettext_lazy("the day", "the next one"),
    },
    "week": {
        "0": pgettext_lazy("the week", "this one"),
        "-1": pgettext_lazy("the week", "the previous one"),
        "1": pgettext_lazy("the week", "the next one"),
    },
    "month": {
        "0": pgettext_lazy("the month", "this one"),
        "-1": pgettext_lazy("the month", "the previous one"),
        "1": pgettext_lazy("the month", "the next one"),
    },
    "year": {
        "0": pgettext_lazy("the year", "this one"),
        "-1": pgettext_lazy("the year", "the previous one"),
        "1": pgettext_lazy("the year", "the next one"),
    },
}
MODES: Final[Words] = {
    "all": pgettext_lazy("of these conditions", "All"),
    "any": pgettext_lazy("of these conditions", "At least one"),
    "none": pgettext_lazy("of these conditions", "None"),
}
