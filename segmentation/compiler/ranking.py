"""`top_percent` and `bottom_percent`: customers ranked against each other.

Invariant: of the n customers whose value is above 0, ceil(p % × n) are kept, and everyone tied
with the last of them.
"""

from __future__ import annotations

from sqlglot import exp

from segmentation.catalogue import Age, Linked, Ratio
from segmentation.catalogue.expressions import number
from segmentation.compiler.conditions import Moment, Subject, alias_of, column
from segmentation.rules import Number

# Equal averages must sort as equal: both parts become whole numbers before they are divided.
PARTS_OF_ONE = 1_000_000


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
    value = column("value")
    window = exp.Window(
        this=exp.Anonymous(this="rank", expressions=[]),
        order=exp.Order(
            expressions=[exp.Ordered(this=value, desc=op == "top_percent", nulls_first=False)]
        ),
    )
    people = exp.Window(this=exp.Count(this=exp.Star()))
    positions = (
        exp.select(
            column(owner),
            exp.alias_(window, "position", quoted=True),
            exp.alias_(people, "people", quoted=True),
            copy=False,
        )
        .from_(exp.Subquery(this=measured, alias=alias_of("measured")), copy=False)
        .where(exp.GT(this=column("value"), expression=number(0)), copy=False)
    )
    # rank ≤ ceil(p n / 100), without rounding anything: (rank - 1) × 100 < p × n.
    before = exp.paren(exp.Sub(this=column("position"), expression=number(1)), copy=False)
    kept = exp.LT(
        this=exp.Mul(this=before, expression=number(100)),
        expression=exp.Mul(this=number(percent), expression=column("people")),
    )
    return (
        exp.select(column(owner), copy=False)
        .from_(exp.Subquery(this=positions, alias=alias_of("ranked")), copy=False)
        .where(kept, copy=False)
    )
