"""From a rule to a statement over the snapshot.

Invariant: SQL is composed of expressions, never of strings; the clock and the other segments come
in through the question, so the same question gives the same statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from sqlglot import exp

from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue, Field, Point, Source
from segmentation.catalogue.expressions import number
from segmentation.compiler.behaviours import behaviour, each_value, member
from segmentation.compiler.conditions import (
    Subject,
    alias_of,
    column,
    every,
    moment_of,
    negate,
    passes,
    some,
    table,
)
from segmentation.compiler.distances import near
from segmentation.compiler.history import changed
from segmentation.compiler.ranking import among, sortable
from segmentation.compiler.recent import RELATIONS
from segmentation.compiler.references import Locate, Resolve, StaticList, check_references
from segmentation.compiler.samples import sample
from segmentation.compiler.sequences import sequence
from segmentation.compiler.stored import from_profile
from segmentation.compiler.trends import trend
from segmentation.compiler.values import own_value
from segmentation.rules import (
    AllOf,
    AnyOf,
    Behaviour,
    Condition,
    Kind,
    Near,
    Node,
    Not,
    Number,
    Problem,
    RuleError,
    Sample,
    SegmentRef,
    Sequence,
    Trend,
)
from segmentation.rules.operators import RANKING

_CUSTOMER = "c"
_RECOMPUTED = "profiles_as_of_now"


def nowhere(place: int) -> tuple[float, float]:
    """Knows no place at all."""
    raise LookupError(place)


@dataclass(frozen=True)
class Question:
    """What a statement depends on besides the rule.

    `profiles` is None where the stored profiles serve the clock, else the query that computes
    them as of it. `resolve` gives the rule of another segment, `locate` where a place is.
    """

    catalogue: Catalogue
    clock: Clock
    resolve: Resolve
    profiles: exp.Query | None = None
    locate: Locate = nowhere


class CustomerScope:
    """The columns of one customer; it remembers which relations they come from.

    Whatever they come from, they stand in one relation, with "id" in it.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.uses_customer = False
        self.uses_profile = False
        self.recently: set[str] = set()

    def column(self, name: str) -> exp.Expr:
        """A column of the customers table."""
        self.uses_customer = self.uses_customer or name != "id"
        return column(name, _CUSTOMER)

    def profile(self, name: str) -> exp.Expr:
        """A column of the profiles relation."""
        self.uses_profile = True
        return column(name, _CUSTOMER)

    def recent(self, relation: str, name: str) -> exp.Expr:
        """A number of a relation of what was done lately, 0 where it has no row."""
        self.recently.add(relation)
        return exp.Coalesce(this=column(name, relation), expressions=[number(0)])


class Compiler:
    """Compiles the nodes of one statement; the segments they refer to are named once."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._shared: dict[str, exp.Query] = {}
        self._uses_profiles = False
        self._recently: set[str] = set()

    def ids(self, node: Node) -> exp.Select:
        """The statement giving the ids of the customers a node holds for, ascending."""
        check_references(node, self.question.resolve, locate=self.question.locate)
        statement = self._members(node)
        return self.finish(statement.order_by(column("id", _CUSTOMER), copy=False))

    def count(self, node: Node) -> exp.Select:
        """The statement counting the customers a node holds for."""
        check_references(node, self.question.resolve, locate=self.question.locate)
        statement = self._members(node)
        statement.set("expressions", [exp.Count(this=exp.Star())])
        return self.finish(statement)

    def worth(self, node: Node, *, spent: bool) -> exp.Select:
        """A row a customer a node holds for: `id`, reach by channel and, if asked for, `spent`."""
        check_references(node, self.question.resolve, locate=self.question.locate)
        scope = CustomerScope(self.question.clock)
        holds = self.node(node, scope)
        shown = [scope.column(name) for name in ("id", "reachable_email", "reachable_sms")]
        if spent:
            shown.append(exp.alias_(scope.profile("total_spent"), "spent", quoted=True))
        statement = self._from(scope, exp.select(*shown, copy=False))
        return self.finish(statement.where(holds, copy=False))

    def sample(self, node: Node, limit: int) -> exp.Select:
        """The statement giving some customers' ids, the same ones each time it is asked."""
        check_references(node, self.question.resolve, locate=self.question.locate)
        scattered = exp.Anonymous(this="hash", expressions=[column("id", _CUSTOMER)])
        statement = self._members(node).order_by(scattered, copy=False).limit(limit, copy=False)
        return self.finish(statement)

    def flags(
        self,
        nodes: Mapping[str, Node],
        also: tuple[str, ...] = (),
        of_profile: tuple[str, ...] = (),
    ) -> exp.Select:
        """A row a customer: whether each node holds, by name, and the columns named besides.

        Meant to be counted over; `finish` adds what it refers to to the outer statement.
        """
        for node in nodes.values():
            check_references(node, self.question.resolve, locate=self.question.locate)
        scope = CustomerScope(self.question.clock)
        shown: list[exp.Expr] = [
            exp.alias_(
                exp.Coalesce(this=self.node(node, scope), expressions=[exp.false()]),
                name,
                quoted=True,
            )
            for name, node in nodes.items()
        ]
        shown += [scope.column(name) for name in also]
        shown += [scope.profile(name) for name in of_profile]
        return self._from(scope, exp.select(*shown, copy=False))

    def of_one(self, nodes: Mapping[str, Node], customer: int) -> exp.Select:
        """One customer's row: whether each node holds, by name, and their own value as `name:own`.

        Meant for one statement of its own; `finish` adds what it refers to.
        """
        scope = CustomerScope(self.question.clock)
        shown: list[exp.Expr] = []
        for name, node in nodes.items():
            check_references(node, self.question.resolve, locate=self.question.locate)
            holds = exp.Coalesce(this=self.node(node, scope), expressions=[exp.false()])
            shown.append(exp.alias_(holds, name, quoted=True, copy=False))
            own = own_value(node, *self._known, scope)
            if own is not None:
                shown.append(exp.alias_(own, f"{name}:own", quoted=True, copy=False))
        statement = self._from(scope, exp.select(*shown, copy=False))
        this_one = exp.EQ(this=column("id", _CUSTOMER), expression=number(customer))
        return statement.where(this_one, copy=False)

    def by_value(self, entry: Field) -> exp.Select:
        """How many customers have each value of a choice: rows of (value, n)."""
        scope = CustomerScope(self.question.clock)
        value = cast("exp.Expr", entry.sql(scope))
        many = exp.Count(this=exp.Star())
        statement = self._from(scope, exp.select(value, many, copy=False))
        return self.finish(statement.group_by(number(1), copy=False))

    def by_value_of_rows(self, source: Source, entry: Field) -> exp.Select:
        """How many customers have a row with each value of its choice: rows of (value, n)."""
        return each_value(source, entry, self.question.clock)

    def node(self, node: Node, scope: CustomerScope) -> exp.Expr:
        """A node as a test of the customer in scope; NULL means false."""
        match node:
            case AllOf(nodes):
                return every(self.node(child, scope) for child in nodes)
            case AnyOf(nodes):
                return some(self.node(child, scope) for child in nodes)
            case Not(child):
                return negate(self.node(child, scope))
            case Condition():
                return self._condition(node, scope)
            case Behaviour():
                stored = from_profile(node) if self.question.profiles is None else None
                if stored is not None:
                    return self.node(stored, scope)
                return behaviour(node, *self._known, _customer_id(scope))
            case Trend():
                return trend(node, *self._known, _customer_id(scope))
            case Sequence():
                return sequence(node, *self._known, _customer_id(scope))
            case Sample():
                return sample(node, scope.column("id"))
            case SegmentRef(entered=None, left=None):
                return self._segment(node.segment, scope)
            case SegmentRef():
                return member(_customer_id(scope), changed(node, self.question.clock))

    @property
    def _known(self) -> tuple[Catalogue, Clock]:
        return self.question.catalogue, self.question.clock

    def _condition(self, node: Condition, scope: CustomerScope) -> exp.Expr:
        entry = self.question.catalogue.fields[node.field]
        if node.op in RANKING:
            return self._ranked(entry, node.op, cast("Number", node.value), scope)
        if entry.kind is Kind.PLACE:
            return self._place(cast("Point", entry.sql(scope)), node)

        def subject() -> Subject:
            made = cast("Subject", entry.sql(scope))
            if entry.kind is Kind.INSTANT:
                return moment_of(cast("exp.Expr", made), self.question.clock)
            return made

        return passes(
            entry.kind, subject, node.op, node.value, self.question.clock, _customer_id(scope)
        )

    def _ranked(self, entry: Field, op: str, percent: Number, scope: CustomerScope) -> exp.Expr:
        if op == "top_percent" and entry.best is not None:
            return entry.best(scope, percent)
        inner = CustomerScope(self.question.clock)

        def value(at: CustomerScope) -> exp.Expr:
            return sortable(cast("Subject", entry.sql(at)))

        everyone = exp.select(exp.alias_(value(inner), "value", quoted=True), copy=False)
        rows = exp.Subquery(this=self._from(inner, everyone), alias=alias_of("measured"))
        return among(lambda: value(scope), rows, op, percent)

    def _place(self, point: Point, node: Condition) -> exp.Expr:
        if isinstance(node.value, Near):
            try:
                return near(point, node.value, self.question.locate)
            except LookupError as missing:
                # In the rule of a segment referred to: its own page says where.
                raise RuleError([Problem("$", "unknown_place", {"key": missing.args[0]})]) from None
        known = exp.Not(this=exp.Is(this=point.latitude, expression=exp.Null()))
        return known if node.op == "is_set" else negate(known)

    def _segment(self, segment: int, scope: CustomerScope) -> exp.Expr:
        found = self.question.resolve(segment)
        if isinstance(found, StaticList):
            listed = exp.EQ(this=column("segment_id"), expression=number(segment))
            rows = exp.select(column("customer_id"), copy=False)
            rows = rows.from_(table("static_members"), copy=False).where(listed, copy=False)
        else:
            name = f"segment_{segment}"
            if name not in self._shared:
                self._shared[name] = self._members(found.node)
            rows = exp.select(column("id"), copy=False).from_(table(name), copy=False)
        return exp.In(this=scope.column("id"), query=exp.Subquery(this=rows))

    def _members(self, node: Node) -> exp.Select:
        scope = CustomerScope(self.question.clock)
        holds = self.node(node, scope)
        statement = exp.select(column("id", _CUSTOMER), copy=False)
        return self._from(scope, statement).where(holds, copy=False)

    def _from(self, scope: CustomerScope, statement: exp.Select) -> exp.Select:
        statement = statement.from_(self._people(scope), copy=False)
        for name in sorted(scope.recently):
            self._recently.add(name)
            theirs = exp.EQ(this=column("customer_id", name), expression=column("id", _CUSTOMER))
            statement = statement.join(table(name), on=theirs, join_type="left", copy=False)
        return statement

    def _people(self, scope: CustomerScope) -> exp.Table | exp.Subquery:
        """A row a customer: the customers, their profiles, or both, as the scope needs."""
        if not scope.uses_profile:
            return table("customers", _CUSTOMER)
        self._uses_profiles = True
        relation = "profiles" if self.question.profiles is None else _RECOMPUTED
        if not scope.uses_customer:
            # Everyone has a profile: the customers themselves need not be read.
            named = exp.alias_(column("customer_id"), "id", quoted=True)
            both = exp.select(exp.Star(), named, copy=False).from_(table(relation), copy=False)
        else:
            same = exp.EQ(this=column("customer_id"), expression=column("id"))
            both = exp.select(exp.Star(), copy=False).from_(table("customers"), copy=False)
            both = both.join(table(relation), on=same, copy=False)
        return exp.Subquery(this=both, alias=alias_of(_CUSTOMER))

    def finish(self, statement: exp.Select) -> exp.Select:
        """The statement with the segments and profiles its parts refer to."""
        if self._uses_profiles and self.question.profiles is not None:
            statement = statement.with_(
                _RECOMPUTED, as_=self.question.profiles.copy(), materialized=True, copy=False
            )
        for name in sorted(self._recently):
            statement = statement.with_(
                name, as_=RELATIONS[name](self.question.clock), materialized=True, copy=False
            )
        for name, shared in self._shared.items():
            statement = statement.with_(name, as_=shared, copy=False)
        return statement


def _customer_id(scope: CustomerScope) -> Callable[[], exp.Expr]:
    return lambda: scope.column("id")
