"""`top_percent` and `bottom_percent`: customers ranked against each other.

Invariant: of the n customers whose value is above 0, ceil(p % × n) are kept, and everyone tied
with the last of them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sqlglot import exp

from segmentation.catalogue import Age, Linked, Ratio
from segmentation.catalogue.expressions import number
from segmentation.compiler.conditions import Moment, Subject, column, every, table
from segmentation.rules import Number

# Equal averages must sort as equal: both parts become whole numbers before they are divided.
PARTS_OF_ONE = 1_000_000
_MEASURED: Final = "measured"


def sortable(subject: Subject) -> exp.Expr:
    """A number that orders as the subject does; equal subjects give the same number."""
    if isinstance(subject, Ratio):
        parts = exp.Mul(this=subject.numerator, expression=number(PARTS_OF_ONE))
        whole = exp.cast(exp.paren(parts, copy=False), exp.DataType.Type.INT128)
        defined = exp.GT(this=subject.denominator.copy(), expression=number(0))
        return exp.Case(
            ifs=[
                exp.If(
                    this=defined,
                    true=exp.Div(
                        this=exp.cast(whole, exp.DataType.Type.DOUBLE),
                        expression=exp.cast(subject.denominator, exp.DataType.Type.DOUBLE),
                        typed=False,
                        safe=False,
                    ),
                )
            ]
        )
    if isinstance(subject, Age):
        return subject.years
    assert not isinstance(subject, Linked | Moment)
    return subject


def ranked(measured: exp.Select, owner: str, op: str, percent: Number) -> exp.Select:
    """The owners kept, given a query of owner and "value"."""
    kept = exp.select(column(owner), copy=False).from_(table(_MEASURED), copy=False)
    kept = kept.where(among(lambda: column("value"), table(_MEASURED), op, percent), copy=False)
    return kept.with_(_MEASURED, as_=measured, materialized=True, copy=False)


def among(
    value: Callable[[], exp.Expr], measured: exp.Table | exp.Subquery, op: str, percent: Number
) -> exp.Expr:
    """Whether a value is among the best (or least) so many percent of all "value"s above 0."""
    if percent == 0:
        return exp.false()
    # Of n values the ceil(p n)-th, computed on whole numbers; a negative share counts from the top.
    share = number(Decimal(percent) / 100 * (-1 if op == "top_percent" else 1))
    last = exp.Anonymous(this="quantile_disc", expressions=[column("value"), share])
    positive = exp.GT(this=column("value"), expression=number(0))
    threshold = exp.select(last, copy=False).from_(measured, copy=False)
    kept = exp.GTE if op == "top_percent" else exp.LTE
    return every(
        [
            exp.GT(this=value(), expression=number(0)),
            kept(this=value(), expression=exp.Subquery(this=threshold.where(positive, copy=False))),
        ]
    )
