"""The types a field can have, the operators of each type, and the shape of their operand.

Invariant: each negative operator names the positive one it is the exact complement of.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """The type of a field."""

    TEXT = "text"
    CHOICE = "choice"
    REFERENCE = "reference"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    SET = "set"
    PLACE = "place"


class Operand(StrEnum):
    """The shape of an operator's value in JSON."""

    NONE = "none"
    TEXT = "text"
    TEXTS = "texts"
    ID = "id"
    IDS = "ids"
    NUMBER = "number"
    NUMBERS = "numbers"
    PERCENT = "percent"
    TRUTH = "truth"
    DAY = "day"
    DAYS = "days"
    DURATION = "duration"
    DAY_COUNT = "day_count"
    CALENDAR = "calendar"
    MONTH = "month"
    BUCKET = "bucket"
    CHANGE = "change"
    NEAR = "near"


_EXISTS = {"is_set": Operand.NONE, "is_not_set": Operand.NONE}
_ONE_OF = {"is": Operand.TEXT, "is_not": Operand.TEXT, "in": Operand.TEXTS, "not_in": Operand.TEXTS}
_MOMENT = {
    "on": Operand.DAY,
    "before": Operand.DAY,
    "after": Operand.DAY,
    "between": Operand.DAYS,
    "in_last": Operand.DURATION,
    "in_next": Operand.DURATION,
    "more_than_ago": Operand.DURATION,
    "calendar": Operand.CALENDAR,
    "anniversary_in_next": Operand.DAY_COUNT,
    "anniversary_month": Operand.MONTH,
}

OPERATORS: Mapping[Kind, Mapping[str, Operand]] = {
    Kind.TEXT: _ONE_OF
    | {
        "contains": Operand.TEXT,
        "not_contains": Operand.TEXT,
        "starts_with": Operand.TEXT,
        "ends_with": Operand.TEXT,
    }
    | _EXISTS,
    Kind.CHOICE: _ONE_OF | _EXISTS,
    Kind.REFERENCE: {
        "is": Operand.ID,
        "is_not": Operand.ID,
        "in": Operand.IDS,
        "not_in": Operand.IDS,
    }
    | _EXISTS,
    Kind.NUMBER: {
        "=": Operand.NUMBER,
        "!=": Operand.NUMBER,
        ">": Operand.NUMBER,
        ">=": Operand.NUMBER,
        "<": Operand.NUMBER,
        "<=": Operand.NUMBER,
        "between": Operand.NUMBERS,
        "top_percent": Operand.PERCENT,
        "bottom_percent": Operand.PERCENT,
    }
    | _EXISTS,
    Kind.BOOLEAN: {"is": Operand.TRUTH} | _EXISTS,
    Kind.DATE: _MOMENT | _EXISTS,
    Kind.INSTANT: _MOMENT | _EXISTS,
    Kind.PLACE: {"within_km": Operand.NEAR} | _EXISTS,
    Kind.SET: {"has_any": Operand.TEXTS, "has_all": Operand.TEXTS, "has_none": Operand.TEXTS}
    | _EXISTS,
}

COMPLEMENT_OF: Mapping[str, str] = {
    "is_not": "is",
    "not_in": "in",
    "not_contains": "contains",
    "has_none": "has_any",
    "!=": "=",
    "is_not_set": "is_set",
}

# They rank customers against each other, which has no meaning for one row of an order.
RANKING = frozenset({"top_percent", "bottom_percent"})

# Of a trend: how much lower or higher, in percent, or merely lower or higher.
TRENDS: Mapping[str, Operand] = {
    "down_by": Operand.CHANGE,
    "up_by": Operand.CHANGE,
    "down": Operand.NONE,
    "up": Operand.NONE,
}

# What a behaviour can be asked within each value of.
PER_KINDS = frozenset({Kind.TEXT, Kind.CHOICE, Kind.REFERENCE})

# How many parts a sample divides everyone into.
BUCKETS = 10_000

UNITS = ("hour", "day", "week", "month", "year")
CALENDAR_UNITS = ("day", "week", "month", "year")

FIELD_MEASURES: Mapping[str, frozenset[Kind]] = {
    "sum": frozenset({Kind.NUMBER}),
    "avg": frozenset({Kind.NUMBER}),
    "min": frozenset({Kind.NUMBER}),
    "max": frozenset({Kind.NUMBER}),
    "distinct": frozenset(Kind),
}
PLAIN_MEASURES = ("count", "days", "first", "last")
# Measures which are 0, and not missing, over no rows.
ZERO_MEASURES = frozenset({"count", "sum", "distinct", "days"})


def measure_kind(measure: str) -> Kind:
    """The type of a measure's result: an instant for `first` and `last`, else a number."""
    return Kind.INSTANT if measure in ("first", "last") else Kind.NUMBER


class FieldShape(Protocol):
    """What reading a rule needs to know of a field."""

    @property
    def key(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def codes(self) -> frozenset[str] | None:
        """The folded codes a choice is limited to; None where any is allowed."""


class SourceShape(Protocol):
    """What reading a rule needs to know of a source of rows."""

    @property
    def key(self) -> str: ...

    @property
    def fields(self) -> Mapping[str, FieldShape]: ...


class CatalogueShape(Protocol):
    """The fields and sources a rule may name."""

    @property
    def fields(self) -> Mapping[str, FieldShape]: ...

    @property
    def sources(self) -> Mapping[str, SourceShape]: ...
