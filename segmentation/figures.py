"""Every number of a rule in one pass over the customers.

Each condition becomes a column of true and false, computed once; groups, what remains after each
condition, reach and money are then counted over these columns. So the numbers of a look are all of
one instant, and adding a condition costs about the condition alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlglot import exp

from segmentation import engine
from segmentation.catalogue import Catalogue
from segmentation.catalogue.expressions import number
from segmentation.compiler.conditions import column, every, some
from segmentation.rules import AllOf, AnyOf, Node, Not, Rule, children

_REACH: Final = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a rule. Money in the shop's currency; `as_of` is the snapshot's instant.

    `remaining`, by JSON path of each node: how many are left after it and everything that stands
    before it in the groups where all must hold. Revenue is None where the snapshot is older than
    an order that counts by now.
    """

    as_of: dt.datetime
    base: int
    total: int
    reach: Mapping[str, int]
    revenue: Decimal | None
    base_revenue: Decimal | None
    remaining: Mapping[str, int]

    @property
    def revenue_share(self) -> float | None:
        """The part of the base's revenue, 0 to 1; None where nothing was sold."""
        if self.revenue is None or not self.base_revenue:
            return None
        return float(self.revenue / self.base_revenue)


def figures(rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None) -> Figures:
    """All the numbers the builder shows of a rule. Raises RuleError, snapshot.NoSnapshot."""
    with engine.asking(now, catalogue) as asked:
        planner = _Planner()
        planner.collect(rule.node, "$.rule")
        planner.visit(rule.node, "$.rule", [])
        paid = asked.compiler.question.profiles is None
        statement = planner.statement(asked, rule.node, paid=paid)
        told = dict(zip(planner.shown, asked.rows(statement)[0], strict=True))
        return Figures(
            as_of=asked.as_of,
            base=told["base"],
            total=told["total"],
            reach={channel: told[channel] for channel in _REACH},
            revenue=(told["revenue"] or Decimal(0)) if paid else None,
            base_revenue=(told["base_revenue"] or Decimal(0)) if paid else None,
            remaining={path: told[name] for path, name in planner.remaining.items()},
        )


class _Planner:
    """Names the columns of a statement: `leaves` of the first level, `ranks`, then `shown`."""

    def __init__(self) -> None:
        self.leaves: dict[str, Node] = {}
        self.leaf_at: dict[str, str] = {}
        self.ranks: dict[str, exp.Expr] = {}
        self.shown: dict[str, exp.Expr] = {}
        self.remaining: dict[str, str] = {}

    def collect(self, node: Node, path: str) -> None:
        """Give every condition its column."""
        if isinstance(node, AllOf | AnyOf | Not):
            for child_path, child in children(node, path):
                self.collect(child, child_path)
        else:
            name = f"leaf_{len(self.leaves)}"
            self.leaves[name] = node
            self.leaf_at[path] = name

    def visit(self, node: Node, path: str, before: list[tuple[str, int]]) -> None:
        """Count a node. `before`: (group's rank column, members that held) of what comes first."""
        earlier = [exp.GTE(this=column(rank), expression=number(n)) for rank, n in before if n]
        name = f"n{len(self.remaining)}"
        self.remaining[path] = name
        self._count(name, every([*earlier, self._holds(node, path)]))
        inside = list(children(node, path))
        if isinstance(node, AllOf):
            rank = self._rank(inside)
            for held, (child_path, child) in enumerate(inside):
                self.visit(child, child_path, [*before, (rank, held)])
        else:
            for child_path, child in inside:
                self.visit(child, child_path, before)

    def statement(self, asked: engine.Asking, node: Node, *, paid: bool) -> exp.Select:
        """The statement of one row whose columns are `shown`, in their order."""
        also = ("id", *(f"reachable_{channel}" for channel in _REACH))
        people = asked.compiler.flags(self.leaves, also=also)
        judged = exp.select(
            exp.Star(), *(exp.alias_(e, n, quoted=True) for n, e in self.ranks.items()), copy=False
        ).from_(_named(people, "held"), copy=False)
        member = self._holds(node, "$.rule")
        self._count("base", None)
        self._count("total", member)
        for channel in _REACH:
            reached = column(f"reachable_{channel}")
            self._count(channel, every([self._holds(node, "$.rule"), reached]))
        if paid:
            spent = exp.Sum(this=column("total_spent", "spent"))
            kept = exp.Where(this=self._holds(node, "$.rule"))
            self.shown["revenue"] = exp.Filter(this=spent, expression=kept)
            self.shown["base_revenue"] = exp.Sum(this=column("total_spent", "spent"))
        columns = [exp.alias_(e, n, quoted=True) for n, e in self.shown.items()]
        statement = exp.select(*columns, copy=False).from_(_named(judged, "judged"), copy=False)
        if paid:
            same = exp.EQ(this=column("customer_id", "spent"), expression=column("id", "judged"))
            profiles = exp.to_table("profiles").as_("spent")
            statement = statement.join(profiles, on=same, join_type="left", copy=False)
        return asked.compiler.finish(statement)

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

    def _rank(self, members: list[tuple[str, Node]]) -> str:
        """A column saying how many members of an `all` hold before the first that does not.

        Comparing it replaces a conjunction for each member, which would grow with the square of
        their number.
        """
        ifs = [
            exp.If(
                this=exp.Not(this=exp.paren(self._holds(child, path), copy=False)),
                true=number(held),
            )
            for held, (path, child) in enumerate(members)
        ]
        name = f"rank_{len(self.ranks)}"
        last = number(len(members))
        self.ranks[name] = exp.Case(ifs=ifs, default=last) if ifs else last
        return name

    def _count(self, name: str, where: exp.Expr | None) -> None:
        counted: exp.Expr = exp.Count(this=exp.Star())
        if where is not None:
            counted = exp.Filter(this=counted, expression=exp.Where(this=where))
        self.shown[name] = counted


def _named(query: exp.Select, name: str) -> exp.Subquery:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    return exp.Subquery(this=query, alias=alias)
