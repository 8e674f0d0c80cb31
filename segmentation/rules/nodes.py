"""The rule as a tree of immutable values, exactly as it was written.

Invariant: what was left out stays None, so that `to_json(parse(data)) == data`; the `effective_…`
properties give the defaults. Texts are kept as typed; they are folded when compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from segmentation.rules.errors import join_path

Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Duration:
    """`[n, unit]`: n hours, days, weeks, months or years."""

    n: int
    unit: str


@dataclass(frozen=True, slots=True)
class CalendarUnit:
    """A whole day, week, month or year; offset 0 is the current one, -1 the one before."""

    unit: str
    offset: int


@dataclass(frozen=True, slots=True)
class Days:
    """Two local days and what lies between, both included; None is open."""

    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Near:
    """Within `km` of a point in degrees (WGS 84), or of any of the shop's places."""

    km: Number
    point: tuple[Number, Number] | None = None
    places: tuple[int, ...] = ()


Value = (
    None
    | bool
    | int
    | Decimal
    | str
    | dt.date
    | tuple[str, ...]
    | tuple[Number, ...]
    | Duration
    | CalendarUnit
    | Days
    | Near
)


@dataclass(frozen=True, slots=True)
class Last:
    """[now - n, now], both ends in."""

    span: Duration


@dataclass(frozen=True, slots=True)
class Before:
    """Strictly earlier than now - n."""

    span: Duration


@dataclass(frozen=True, slots=True)
class Ago:
    """[now - b, now - a], where a is the more recent end."""

    recent: int
    old: int
    unit: str


@dataclass(frozen=True, slots=True)
class Between:
    """Whole local days, both included."""

    days: Days


@dataclass(frozen=True, slots=True)
class Calendar:
    """A whole calendar unit."""

    unit: CalendarUnit


When = Last | Before | Ago | Between | Calendar


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every node holds; of none, everyone."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one node holds; of none, nobody."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The complement among all customers."""

    node: Node


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one field: of the customer's profile, or of a row inside `where`."""

    field: str
    op: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a source: those that pass `where`, in the window."""

    source: str
    where: tuple[Condition, ...] | None = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A measure over a source's rows compared with a value.

    With `per`, within each value of that row field, true where it holds for any; `without` then
    wants no row of its own with that same value.
    """

    source: str
    where: tuple[Condition, ...] | None = None
    measure: str | None = None
    op: str | None = None
    value: Value = None
    when: When | None = None
    per: str | None = None
    without: Rows | None = None

    @property
    def rows(self) -> Rows:
        """The rows that are measured."""
        return Rows(self.source, self.where, self.when)

    @property
    def effective_measure(self) -> tuple[str, str | None]:
        """The measure and the row field it is taken of: ("sum", "total"), ("count", None)."""
        return split_measure(self.measure)

    @property
    def effective_test(self) -> tuple[str, Value]:
        """The operator and its value; `>= 1` where none is given."""
        return (">=", 1) if self.op is None else (self.op, self.value)


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure over the window `last` against the window of equal length before it."""

    source: str
    where: tuple[Condition, ...] | None
    measure: str | None
    last: Duration
    op: str
    value: Value = None

    @property
    def rows(self) -> Rows:
        """The rows that are measured, in either window."""
        return Rows(self.source, self.where)

    @property
    def effective_measure(self) -> tuple[str, str | None]:
        """The measure and the row field it is taken of, as a behaviour's."""
        return split_measure(self.measure)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Some first row with, or (`negated`) without, a row of `then` strictly later.

    `within` is counted from the first row; negated, a first row counts once it has passed.
    """

    first: Rows
    then: Rows
    negated: bool = False
    within: Duration | None = None


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Membership of another segment; or having entered or left it in a window."""

    segment: int
    entered: When | None = None
    left: When | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The customers in the buckets from `first` to before `end`, of 10,000; by `salt`."""

    first: int
    end: int
    salt: str


Leaf = Condition | Behaviour | Trend | Sequence | SegmentRef | Sample
Node = AllOf | AnyOf | Not | Leaf


@dataclass(frozen=True, slots=True)
class Rule:
    """A set of customers at an instant."""

    node: Node
    version: int = 1


def split_measure(measure: str | None) -> tuple[str, str | None]:
    """A measure as written, "sum:total", as its name and row field; none is a count."""
    name, _, field = (measure or "count").partition(":")
    return name, field or None


def children(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """A group's direct members with their JSON paths."""
    match node:
        case AllOf(nodes):
            for i, child in enumerate(nodes):
                yield join_path(f"{path}.all", i), child
        case AnyOf(nodes):
            for i, child in enumerate(nodes):
                yield join_path(f"{path}.any", i), child
        case Not(child):
            yield f"{path}.not", child


def walk(node: Node, path: str = "$.rule") -> Iterator[tuple[str, Node]]:
    """Every node with its JSON path, parents before children, in reading order."""
    yield path, node
    for child_path, child in children(node, path):
        yield from walk(child, child_path)


def places_of(node: Node) -> Iterator[tuple[str, int]]:
    """The shop's places a node measures from, each with the JSON path where it is named."""
    for path, found in walk(node):
        if isinstance(found, Condition) and isinstance(found.value, Near):
            for i, place in enumerate(found.value.places):
                yield join_path(f"{path}.value.places", i), place


def segments_of(node: Node) -> frozenset[int]:
    """The segments a node refers to directly."""
    return frozenset(n.segment for _, n in walk(node) if isinstance(n, SegmentRef))
