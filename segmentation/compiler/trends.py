"""A measure now against the same measure before, as membership of a grouped subquery.

Invariant: numbers are compared exactly, averages by cross-multiplying; a missing measure, over no
rows, is neither lower nor higher than anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Final, cast

from sqlglot import exp

from segmentation.calendar import Clock, Range
from segmentation.catalogue import Catalogue, Ratio
from segmentation.catalogue.expressions import number
from segmentation.compiler.behaviours import (
    ROWS,
    VALUE,
    aggregate,
    each_value_once,
    gathers,
    measure,
    member,
    of_customer,
)
from segmentation.compiler.conditions import column, every, within
from segmentation.rules import Number, Trend

# Amounts have two decimals, quantities three, event properties four: as such parts all are whole.
_WHOLE: Final = 10_000
_LATE: Final = "late"


def trend(
    node: Trend, catalogue: Catalogue, clock: Clock, customer: Callable[[], exp.Expr]
) -> exp.Expr:
    """Whether the measure went the way the node says, as of the clock."""
    source = catalogue.sources[node.source]
    n, unit = node.last.n, node.last.unit
    start, middle = clock.shift(-2 * n, unit), clock.shift(-n, unit)

    both, now_in = Range(start, clock.instant), Range(middle, clock.instant)
    before_in = Range(start, middle, high_in=False)

    def instant() -> exp.Expr:
        return column(source.instant, ROWS)

    def is_late() -> exp.Expr:
        return within(instant, now_in)

    since = within(instant, Range(start))
    counts_each = gathers(node.effective_measure, both, clock)
    if counts_each:
        late = exp.alias_(is_late(), _LATE, quoted=True)
        grouped = each_value_once(
            node.effective_measure, node.rows, source, clock, late, test=since
        )
    else:
        grouped = of_customer(node.rows, source, clock).where(since, copy=False)

    def later() -> exp.Expr:
        return column(_LATE, ROWS) if counts_each else is_late()

    def earlier() -> exp.Expr:
        if counts_each:
            return exp.Not(this=column(_LATE, ROWS))
        return within(instant, before_in)

    def subject(
        only: Callable[[], exp.Expr], bounds: Range[dt.datetime]
    ) -> tuple[exp.Expr, exp.Expr]:
        if counts_each:
            return _whole(aggregate(exp.Count(this=column(VALUE, ROWS)), only())), number(1)
        made = measure(node.effective_measure, source, clock, only, bounds)
        if isinstance(made, Ratio):
            return _whole(made.numerator), _times(made.denominator, 1)
        return _whole(cast("exp.Expr", made)), number(1)

    now, now_of = subject(later, now_in)
    before, before_of = subject(earlier, before_in)
    # a/b against c/d is a × d against c × b, as b and d are above 0 wherever there are rows.
    new, old = _product(now, before_of), _product(before, now_of)
    tests = [_compared(node.op, cast("Number", node.value), new, old)]
    if node.op.endswith("_by"):
        tests.append(exp.GT(this=before.copy(), expression=number(0)))
    if node.effective_measure[0] == "avg":
        tests += [exp.GT(this=of.copy(), expression=number(0)) for of in (now_of, before_of)]
    return member(customer, grouped.having(every(tests), copy=False))


def _compared(op: str, value: Number, new: exp.Expr, old: exp.Expr) -> exp.Expr:
    if op == "down":
        return exp.LT(this=new, expression=old)
    if op == "up":
        return exp.GT(this=new, expression=old)
    # new ≤ old × (1 - v/100), and so on, with v as a fraction of whole numbers.
    above, below = Decimal(value).as_integer_ratio()
    share = 100 * below - above if op == "down_by" else 100 * below + above
    compared = exp.LTE if op == "down_by" else exp.GTE
    return compared(this=_times(new, 100 * below), expression=_times(old, share))


def _whole(amount: exp.Expr) -> exp.Expr:
    return exp.cast(_times(amount, _WHOLE), exp.DataType.Type.INT128)


def _times(amount: exp.Expr, factor: int) -> exp.Expr:
    times = exp.Mul(this=exp.paren(amount, copy=False), expression=number(factor))
    return exp.paren(times, copy=False)


def _product(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.paren(exp.Mul(this=left.copy(), expression=right.copy()), copy=False)
