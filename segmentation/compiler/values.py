"""A person's own value of what a condition looks at: what stands beside true or false."""

from __future__ import annotations

from typing import cast

from sqlglot import exp

from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue, Linked, Point, Ratio
from segmentation.catalogue.entries import Scope
from segmentation.catalogue.expressions import number
from segmentation.compiler.behaviours import CUSTOMER, ROWS, measure, of_customer
from segmentation.compiler.conditions import Moment, Subject, column, table
from segmentation.compiler.ranking import PARTS_OF_ONE, sortable
from segmentation.rules import Behaviour, Condition, Node
from segmentation.rules.operators import ZERO_MEASURES


def own_value(node: Node, catalogue: Catalogue, clock: Clock, scope: Scope) -> exp.Expr | None:
    """The value of the customer in scope; None where a node has no single one."""
    if isinstance(node, Condition):
        return _of_field(catalogue.fields[node.field].sql(scope), scope)
    if isinstance(node, Behaviour) and node.per is None:
        return _of_rows(node, catalogue, clock, scope)
    return None


def _of_field(made: object, scope: Scope) -> exp.Expr | None:
    if isinstance(made, Point):
        return None
    if isinstance(made, Linked):
        listed = exp.Anonymous(this="list", expressions=[column(made.value)])
        theirs = exp.EQ(this=column(made.owner), expression=scope.column("id"))
        rows = exp.select(listed, copy=False).from_(table(made.table), copy=False)
        return exp.Subquery(this=rows.where(theirs, copy=False))
    return _plain(cast("Subject", made))


def _of_rows(node: Behaviour, catalogue: Catalogue, clock: Clock, scope: Scope) -> exp.Expr:
    source = catalogue.sources[node.source]
    measured = measure(node.effective_measure, source, clock)
    value = measured.instant if isinstance(measured, Moment) else _plain(measured)
    theirs = exp.EQ(this=column(CUSTOMER, ROWS), expression=scope.column("id"))
    rows = of_customer(node.rows, source, clock).where(theirs, copy=False)
    rows.set("expressions", [value])
    found = exp.Subquery(this=rows)
    if node.effective_measure[0] in ZERO_MEASURES:
        return exp.Coalesce(this=found, expressions=[number(0)])
    return found


def _plain(subject: Subject) -> exp.Expr:
    """The number itself: what sorts averages is so many times larger."""
    value = sortable(subject)
    if isinstance(subject, Ratio):
        return exp.Div(this=value, expression=number(PARTS_OF_ONE), typed=False, safe=False)
    return value
