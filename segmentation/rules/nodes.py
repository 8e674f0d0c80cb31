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
class Behaviour:
    """A measure over a source's rows compared with a value."""

    source: str
    where: tuple[Condition, ...] | None = None
    measure: str | None = None
    op: str | None = None
    value: Value = None
    when: When | None = None

    @property
    def effective_measure(self) -> tuple[str, str | None]:
        """The measure and the row field it is taken of: ("sum", "total"), ("count", None)."""
        name, _, field = (self.measure or "count").partition(":")
        return name, field or None

    @property
    def effective_test(self) -> tuple[str, Value]:
        """The operator and its value; `>= 1` where none is given."""
        return (">=", 1) if self.op is None else (self.op, self.value)


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Membership of another segment."""

    segment: int


Node = AllOf | AnyOf | Not | Condition | Behaviour | SegmentRef
Leaf = Condition | Behaviour | SegmentRef


@dataclass(frozen=True, slots=True)
class Rule:
    """A set of customers at an instant."""

    node: Node
    version: int = 1


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


def segments_of(node: Node) -> frozenset[int]:
    """The segments a node refers to directly."""
    return frozenset(n.segment for _, n in walk(node) if isinstance(n, SegmentRef))
