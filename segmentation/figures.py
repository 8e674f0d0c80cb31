"""Every number of a rule in one statement over the customers.

Each condition becomes a column of true and false for everyone. People for whom the same conditions
hold are then alike but for what they are: groups, what remains after each condition, reach and who
would come and go are sums over these few kinds, and only those meant are looked at one by one. So
the numbers of a look are all of one instant, and adding a condition costs about the condition
alone.

What holds for whom is written down once. Where it is a matter of the customers' own columns alone,
reading those again for each number is quicker.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlglot import exp

from segmentation import distributions, engine
from segmentation.catalogue import Catalogue
from segmentation.catalogue.expressions import number
from segmentation.compiler.conditions import column, every, some, table
from segmentation.distributions import Chart
from segmentation.rules import AllOf, AnyOf, Condition, Node, Not, Rule, children

_REACH: Final = ("email", "sms")
_REACHABLE: Final = tuple(f"reachable_{channel}" for channel in _REACH)
FEW: Final = 3
RULE: Final = "$.rule"
_WAS: Final = "$.was"


@dataclass(frozen=True, slots=True)
class Comings:
    """Who would enter and leave if a rule took the place of another: how many, and a few ids."""

    enter: int
    leave: int
    entering: Sequence[int]
    leaving: Sequence[int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a rule. Money in the shop's currency; `as_of` is the snapshot's instant.

    `remaining`, by JSON path of each node: how many are left after it and everything that stands
    before it in the groups where all must hold. `widened`, by place in a rule of which any
    condition may hold: how many meet it or one before it. `people` are some of those meant, the
    same each time. Revenue is None, and what concerns purchases is in no chart, where the snapshot
    is older than an order that counts by now.
    """

    as_of: dt.datetime
    base: int
    total: int
    reach: Mapping[str, int]
    revenue: Decimal | None
    base_revenue: Decimal | None
    remaining: Mapping[str, int]
    widened: Sequence[int]
    people: Sequence[int]
    comings: Comings | None
    charts: tuple[Chart, ...]

    @property
    def revenue_share(self) -> float | None:
        """The part of the base's revenue, 0 to 1; None where nothing was sold."""
        if self.revenue is None or not self.base_revenue:
            return None
        return float(self.revenue / self.base_revenue)


def figures(
    rule: Rule,
    now: dt.datetime,
    catalogue: Catalogue | None = None,
    *,
    was: Rule | None = None,
    people: int = 0,
) -> Figures:
    """All the numbers the builder shows of a rule. Raises RuleError, snapshot.NoSnapshot.

    `was` is a rule to say who would enter and leave against; `people` how many ids are wanted.
    """
    with engine.asking(now, catalogue) as asked:
        paid = asked.compiler.question.profiles is None
        scale = distributions.scale(asked, bought=paid)
        planner = _Planner(rule.node, was.node if was else None, people)
        statement = planner.statement(asked, scale.bands(), paid=paid)
        told = dict(zip(planner.shown, asked.rows(statement)[0], strict=True))
        return Figures(
            as_of=asked.as_of,
            base=told["base"] or 0,
            total=told["total"] or 0,
            reach={channel: told[channel] or 0 for channel in _REACH},
            revenue=(told["revenue"] or Decimal(0)) if paid else None,
            base_revenue=scale.revenue,
            remaining={path: told[name] or 0 for path, name in planner.remaining.items()},
            widened=[told[name] or 0 for name in planner.widened],
            people=told.get("people") or [],
            comings=_comings(told) if was else None,
            charts=scale.charts(told["spread"] or [], told["total"] or 0),
        )


def _comings(told: Mapping[str, Any]) -> Comings:
    entering, leaving = told["entering"] or [], told["leaving"] or []
    return Comings(told["enter"] or 0, told["leave"] or 0, entering, leaving)


class _Planner:
    """Names the columns of a statement: `leaves` of the first level, `ranks`, then `shown`."""

    def __init__(self, node: Node, was: Node | None, people: int) -> None:
        self.node, self.was, self.wanted = node, was, people
        self.leaves: dict[str, Node] = {}
        self.leaf_at: dict[str, str] = {}
        self.ranks: dict[str, exp.Expr] = {}
        self.shown: dict[str, exp.Expr] = {}
        self.remaining: dict[str, str] = {}
        self.widened: list[str] = []
        self._named: dict[Node, str] = {}
        self._collect(node, RULE)
        if was is not None:
            self._collect(was, _WAS)
        self._visit(node, RULE, [])
        self._widen()

    def _collect(self, node: Node, path: str) -> None:
        """Give every condition its column, and the same condition of both rules the same one."""
        if isinstance(node, AllOf | AnyOf | Not):
            for child_path, child in children(node, path):
                self._collect(child, child_path)
            return
        name = self._named.setdefault(node, f"leaf_{len(self.leaves)}")
        self.leaves[name] = node
        self.leaf_at[path] = name

    def _visit(self, node: Node, path: str, before: list[tuple[str, int]]) -> None:
        """Count a node. `before`: (group's rank column, members that held) of what comes first."""
        earlier = [exp.GTE(this=column(rank), expression=number(n)) for rank, n in before if n]
        name = f"n{len(self.remaining)}"
        self.remaining[path] = name
        self._sum(name, every([*earlier, self._holds(node, path)]))
        inside = list(children(node, path))
        if isinstance(node, AllOf):
            rank = self._rank(inside, first=False)
            for held, (child_path, child) in enumerate(inside):
                self._visit(child, child_path, [*before, (rank, held)])
        else:
            for child_path, child in inside:
                self._visit(child, child_path, before)

    def _widen(self) -> None:
        """Count how many meet the first conditions of a rule of which any may hold."""
        node, path = self.node, RULE
        if isinstance(node, Not):
            ((path, node),) = children(node, path)
        if not isinstance(node, AnyOf):
            return
        inside = list(children(node, path))
        rank = self._rank(inside, first=True)
        for place in range(len(inside)):
            self.widened.append(f"wide_{place}")
            met = exp.LTE(this=column(rank), expression=number(place))
            self._sum(self.widened[-1], met)

    def statement(
        self, asked: engine.Asking, bands: Mapping[str, exp.Expr], *, paid: bool
    ) -> exp.Select:
        """The statement of one row whose columns are `shown`, in their order."""
        also, bought = distributions.PERSONAL, distributions.OF_PROFILE if paid else ()
        wide = self._flags(asked, "id", *_REACHABLE, *also, of_profile=bought)
        held, at_sight = wide, False
        if all(isinstance(leaf, Condition) for leaf in self.leaves.values()):
            narrow = self._flags(asked, "id", *_REACHABLE)
            at_sight = _of_customers_alone(narrow)
        known: exp.Table | exp.Subquery = table("held")
        if at_sight:
            # Profiles are joined to those meant alone.
            held, known = narrow, exp.Subquery(this=wide)
        self._sum("base", None)
        self._sum("total", column("member"))
        for channel in _REACH:
            self._sum(channel, every([column("member"), column(f"reachable_{channel}")]))
        if paid:
            spent = exp.select(exp.Sum(this=column("total_spent")), copy=False)
            self.shown["revenue"] = exp.Subquery(this=spent.from_(table("members"), copy=False))
        if self.wanted:
            self.shown["people"] = exp.Subquery(this=_some_ids(self.wanted, "members"))
        if self.was is not None:
            self._moves(self.was)
        self.shown["spread"] = exp.Subquery(this=distributions.spreading(bands, "members"))
        statement = exp.select(
            *(exp.alias_(e, n, quoted=True, copy=False) for n, e in self.shown.items()), copy=False
        ).from_(table("kinds"), copy=False)
        statement = asked.compiler.finish(statement)
        for name, query in (
            ("held", held),
            ("counted", self._counted()),
            ("kinds", self._kinds()),
            ("members", self._members(known, ("id", *also, *bought))),
        ):
            once = not (at_sight and name == "held")
            statement = statement.with_(name, as_=query, materialized=once, copy=False)
        return statement

    def _flags(
        self, asked: engine.Asking, *also: str, of_profile: tuple[str, ...] = ()
    ) -> exp.Select:
        """A row a customer: which conditions hold, and what else is looked at."""
        return asked.compiler.flags(self.leaves, also=also, of_profile=of_profile)

    def _counted(self) -> exp.Select:
        """A row for each way the conditions hold: how many people."""
        kinds = [column(name) for name in (*self.leaves, *_REACHABLE)]
        many = exp.alias_(exp.Count(this=exp.Star()), "n", quoted=True, copy=False)
        counted = exp.select(*kinds, many, copy=False).from_(table("held"), copy=False)
        return counted.group_by(*(kind.copy() for kind in kinds), copy=False)

    def _kinds(self) -> exp.Select:
        """The same rows with what the rule makes of them."""
        made = {**self.ranks, "member": self._holds(self.node, RULE)}
        if self.was is not None:
            made["was_member"] = self._holds(self.was, _WAS)
        named = [exp.alias_(e, n, quoted=True, copy=False) for n, e in made.items()]
        return exp.select(exp.Star(), *named, copy=False).from_(table("counted"), copy=False)

    def _members(self, known: exp.Table | exp.Subquery, kept: tuple[str, ...]) -> exp.Select:
        """A row for each of those meant."""
        members = exp.select(*(column(name) for name in kept), copy=False)
        members = members.from_(known, copy=False)
        return members.where(self._holds(self.node, RULE), copy=False)

    def _moves(self, was: Node) -> None:
        """Who would enter and leave: how many, and a few of them."""
        for count, some_of, one, other in (
            ("enter", "entering", "member", "was_member"),
            ("leave", "leaving", "was_member", "member"),
        ):
            self._sum(count, every([column(one), exp.Not(this=column(other))]))
            sides = {"member": (self.node, RULE), "was_member": (was, _WAS)}
            left_out = exp.Not(this=exp.paren(self._holds(*sides[other]), copy=False))
            few = _some_ids(FEW, "held").where(
                every([self._holds(*sides[one]), left_out]), copy=False
            )
            self.shown[some_of] = exp.Subquery(this=few)

    def _holds(self, node: Node, path: str) -> exp.Expr:
        """The node over the columns of its leaves; never NULL. A new tree each time."""
        match node:
            case AllOf():
                return every(self._holds(child, at) for at, child in children(node, path))
            case AnyOf():
                return some(self._holds(child, at) for at, child in children(node, path))
            case Not(child):
                return exp.Not(this=exp.paren(self._holds(child, f"{path}.not"), copy=False))
            case _:
                return column(self.leaf_at[path])

    def _rank(self, members: list[tuple[str, Node]], *, first: bool) -> str:
        """A column saying how many members stand before the first that holds, or does not.

        Comparing it replaces a conjunction for each member, which would grow with the square of
        their number.
        """
        ifs = []
        for place, (path, child) in enumerate(members):
            test = self._holds(child, path)
            if not first:
                test = exp.Not(this=exp.paren(test, copy=False))
            ifs.append(exp.If(this=test, true=number(place)))
        name = f"rank_{len(self.ranks)}"
        last = number(len(members))
        self.ranks[name] = exp.Case(ifs=ifs, default=last) if ifs else last
        return name

    def _sum(self, name: str, where: exp.Expr | None) -> None:
        counted: exp.Expr = exp.Sum(this=column("n"))
        self.shown[name] = counted if where is None else _where(counted, where)


def _of_customers_alone(flags: exp.Select) -> bool:
    """Whether nothing is asked but columns of the customers: no other rows, and no profile."""
    gathered = any(shown.find(exp.Query) for shown in flags.expressions)
    source = flags.args["from_"].this
    return isinstance(source, exp.Table) and not (gathered or flags.args.get("joins"))


def _where(aggregate: exp.Expr, test: exp.Expr) -> exp.Expr:
    return exp.Filter(this=aggregate, expression=exp.Where(this=test))


def _some_ids(most: int, relation: str) -> exp.Select:
    """Some ids, scattered over the base and the same each time, as `Compiler.sample` gives them."""
    scattered = exp.Anonymous(this="hash", expressions=[column("id")])
    least = exp.Anonymous(this="arg_min", expressions=[column("id"), scattered, number(most)])
    return exp.select(least, copy=False).from_(table(relation), copy=False)
