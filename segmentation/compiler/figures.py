"""Every number of a rule in one pass over the customers.

Each condition becomes a column of true and false, computed once; groups, what remains after each
condition, reach and money are then counted over these columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from segmentation.catalogue.expressions import number
from segmentation.compiler.conditions import column, every, some, table
from segmentation.compiler.query import Compiler
from segmentation.rules import AllOf, AnyOf, Node, Not, children

REACH: Final = ("email", "sms")
_HELD, _JUDGED = "held", "judged"


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement of one row, and which of its columns tells what.

    `alone` and `remaining` give the column of each node's path; the rest stands under its name:
    base, total, email, sms, revenue, base_revenue.
    """

    statement: exp.Select
    alone: dict[str, str]
    remaining: dict[str, str]


def plan(compiler: Compiler, node: Node, path: str = "$.rule") -> Plan:
    """The statement for all figures of a rule whose root node stands at `path`."""
    return _Planner(compiler).plan(node, path)


class _Planner:
    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.leaves: dict[str, Node] = {}
        self.leaf_at: dict[str, str] = {}
        self.ranks: list[exp.Expr] = []
        self.shown: list[exp.Expr] = []
        self.alone: dict[str, str] = {}
        self.remaining: dict[str, str] = {}

    def plan(self, node: Node, path: str) -> Plan:
        self._collect(node, path)
        self._visit(node, path, [])
        also = tuple(f"reachable_{channel}" for channel in REACH)
        held = self.compiler.flags(self.leaves, also=also, spent=True)
        judged = exp.select(exp.Star(), *self.ranks, copy=False)
        judged = judged.from_(_named(held, _HELD), copy=False)
        self._show("base", None)
        self._show("total", self._holds(node, path))
        for channel in REACH:
            reached = column(f"reachable_{channel}")
            self._show(channel, every([self._holds(node, path), reached]))
        self._spent("revenue", self._holds(node, path))
        self._spent("base_revenue", None)
        statement = exp.select(*self.shown, copy=False)
        statement = statement.from_(_named(judged, _JUDGED), copy=False)
        return Plan(self.compiler.finish(statement), self.alone, self.remaining)

    def _collect(self, node: Node, path: str) -> None:
        if isinstance(node, AllOf | AnyOf | Not):
            for child_path, child in children(node, path):
                self._collect(child, child_path)
        else:
            name = f"leaf_{len(self.leaves)}"
            self.leaves[name] = node
            self.leaf_at[path] = name

    def _holds(self, node: Node, path: str) -> exp.Expr:
        """The node over the columns of its leaves; never NULL."""
        match node:
            case AllOf():
                return every(self._holds(child, at) for at, child in children(node, path))
            case AnyOf():
                return some(self._holds(child, at) for at, child in children(node, path))
            case Not(child):
                return exp.Not(this=exp.paren(self._holds(child, f"{path}.not"), copy=False))
            case _:
                return column(self.leaf_at[path])

    def _visit(self, node: Node, path: str, before: list[tuple[str, int]]) -> None:
        """Count a node. `before`: (group's rank column, members that held) of what comes first."""
        name = f"n{len(self.alone)}"
        self._show(f"{name}_alone", self._holds(node, path))
        self.alone[path] = f"{name}_alone"
        earlier = [
            exp.GTE(this=column(rank), expression=number(held)) for rank, held in before if held
        ]
        self._show(f"{name}_remaining", every([*earlier, self._holds(node, path)]))
        self.remaining[path] = f"{name}_remaining"
        inside = list(children(node, path))
        if isinstance(node, AllOf):
            rank = self._rank(inside)
            for held, (child_path, child) in enumerate(inside):
                self._visit(child, child_path, [*before, (rank, held)])
        else:
            for child_path, child in inside:
                self._visit(child, child_path, before)

    def _rank(self, members: list[tuple[str, Node]]) -> str:
        """A column saying how many members of an `all` hold before the first that does not."""
        name = f"rank_{len(self.ranks)}"
        ifs = [
            exp.If(
                this=exp.Not(this=exp.paren(self._holds(child, path), copy=False)),
                true=number(held),
            )
            for held, (path, child) in enumerate(members)
        ]
        last = number(len(members))
        rank = exp.Case(ifs=ifs, default=last) if ifs else last
        self.ranks.append(exp.alias_(rank, name, quoted=True))
        return name

    def _show(self, name: str, where: exp.Expr | None) -> None:
        self._aggregate(name, exp.Count(this=exp.Star()), where)

    def _spent(self, name: str, where: exp.Expr | None) -> None:
        self._aggregate(name, exp.Sum(this=column("total_spent")), where)

    def _aggregate(self, name: str, aggregate: exp.Expr, where: exp.Expr | None) -> None:
        if where is not None:
            aggregate = exp.Filter(this=aggregate, expression=exp.Where(this=where))
        self.shown.append(exp.alias_(aggregate, name, quoted=True))


def _named(query: exp.Select, name: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=table(name).this))
