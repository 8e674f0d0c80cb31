"""What a catalogue entry is: one per field, driving label, operators, widget, SQL and sentence.

Invariant: entries are immutable values; the SQL they build refers to the snapshot's columns
through the scope, so that the scope knows which relations a question needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from sqlglot import exp

from customers.folding import fold
from segmentation.calendar import Clock
from segmentation.rules import Number
from segmentation.rules.operators import (
    FIELD_MEASURES,
    OPERATORS,
    PLAIN_MEASURES,
    RANKING,
    Kind,
    Operand,
)

# A text which is translated when it is shown: `gettext_lazy(…)`, or a plain str from the data.
Label = Any


class Group(StrEnum):
    """The groups fields are offered under."""

    PERSON = "person"
    PLACE = "place"
    REACH = "reach"
    PURCHASES = "purchases"
    STANDING = "standing"


class Widget(StrEnum):
    """How a value of the field is entered."""

    TEXT = "text"
    SUGGEST = "suggest"
    SELECT = "select"
    NUMBER = "number"
    MONEY = "money"
    RATIO = "ratio"
    SWITCH = "switch"
    DATE = "date"
    MAP = "map"


class Manner(StrEnum):
    """What a field's noun is, where its value is a time: a sentence says so in other words."""

    DATE = "date"
    EVENT = "event"
    EXPECTED = "expected"


class Scope(Protocol):
    """Where a field's SQL finds its columns, and the clock it is asked at."""

    @property
    def clock(self) -> Clock: ...

    def column(self, name: str) -> exp.Expr:
        """A column of the customers table, or of the row inside a source."""

    def profile(self, name: str) -> exp.Expr:
        """A column of the profiles relation as of the clock."""

    def recent(self, relation: str, name: str) -> exp.Expr:
        """A number of what the customer did lately; 0 for whoever did nothing."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """An average kept as its two parts, so that it is compared exactly.

    Missing where the denominator is missing or not above 0.
    """

    numerator: exp.Expr
    denominator: exp.Expr


@dataclass(frozen=True, slots=True)
class Linked:
    """A set kept as rows of another table: `owner` names the customer, `value` the member."""

    table: str
    owner: str
    value: str


@dataclass(frozen=True, slots=True)
class Age:
    """Completed years, with the date of birth they follow from."""

    birth: exp.Expr
    years: exp.Expr


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth: latitude and longitude in degrees, both missing where it is not known."""

    latitude: exp.Expr
    longitude: exp.Expr


Sql = Callable[[Scope], "exp.Expr | Ratio | Linked | Age | Point"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a choice, as stored and as shown; `told`, if shorter in a sentence."""

    code: str
    label: Label
    told: Label | None = None


@dataclass(frozen=True)
class Field:
    """A field of a customer's profile or of a source's row.

    `noun` is the field inside a sentence ("whose … is …"). `suggestions` names the kind of labels
    in the snapshot that are offered while typing. A choice is limited to `choices` if `closed`.
    `sentences` gives whole phrases for some operators (for a boolean: "true" and "false"). `unit`
    is what its numbers count, with its plural. `best` says who is in the top so many percent,
    where a rank that is stored tells it.
    """

    key: str
    kind: Kind
    label: Label
    noun: Label
    sql: Sql
    group: Group | None = None
    choices: tuple[Choice, ...] = ()
    closed: bool = False
    suggestions: str | None = None
    widget: Widget = Widget.TEXT
    sentences: Mapping[str, Label] = field(default_factory=dict)
    unit: Label | None = None
    manner: Manner = Manner.DATE
    ranking: bool = True
    best: Callable[[Scope, Number], exp.Expr] | None = None

    @cached_property
    def codes(self) -> frozenset[str] | None:
        """The folded codes a choice is limited to; None where any is allowed."""
        return frozenset(fold(choice.code) for choice in self.choices) if self.closed else None

    @property
    def operators(self) -> dict[str, Operand]:
        """The operators the field has, with the shape of their value."""
        return {
            op: operand
            for op, operand in OPERATORS[self.kind].items()
            if self.ranking or op not in RANKING
        }

    def label_of(self, code: str) -> Label:
        """What to show for a value: its choice's label, else the value itself."""
        choice = self._choice(code)
        return choice.label if choice else code

    def told_of(self, code: str) -> Label:
        """The same inside a sentence, where what explains a choice would be in the way."""
        choice = self._choice(code)
        return (choice.told or choice.label) if choice else code

    def _choice(self, code: str) -> Choice | None:
        folded = fold(code)
        return next((choice for choice in self.choices if fold(choice.code) == folded), None)


@dataclass(frozen=True)
class Source:
    """Rows that belong to customers: a table of the snapshot, its instant and its fields.

    `defaults` are conditions that hold unless `where` names their field: (field, code or truth).
    """

    key: str
    label: Label
    table: str
    instant: str
    entries: tuple[Field, ...]
    defaults: tuple[tuple[str, str | bool], ...] = ()

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The row's fields by key, in the order they are offered."""
        return {entry.key: entry for entry in self.entries}

    @property
    def measures(self) -> tuple[str, ...]:
        """Everything that can be measured over the rows: "count", "sum:total", …"""
        return PLAIN_MEASURES + tuple(
            f"{name}:{entry.key}"
            for name, kinds in FIELD_MEASURES.items()
            for entry in self.entries
            if entry.kind in kinds
        )


@dataclass(frozen=True)
class Catalogue:
    """The fields and sources rules may name, as they stand in this installation."""

    entries: tuple[Field, ...]
    source_entries: tuple[Source, ...]

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The profile's fields by key, in the order they are offered."""
        return {entry.key: entry for entry in self.entries}

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The sources by key."""
        return {source.key: source for source in self.source_entries}
