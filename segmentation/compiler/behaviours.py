"""A measure over a customer's rows, as membership of a grouped subquery.

Invariant: a customer without rows is judged too. Where the measure is then 0 and 0 passes the
test, the subquery lists those who fail, and the answer is everyone else.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from sqlglot import exp

from segmentation.calendar import Clock, window
from segmentation.catalogue import Field, Ratio, Source
from segmentation.catalogue.expressions import moment, number
from segmentation.compiler.conditions import (
    Moment,
    Subject,
    column,
    every,
    moment_of,
    negate,
    passes,
    table,
    within,
)
from segmentation.compiler.ranking import ranked, sortable
from segmentation.rules import Behaviour, Condition, Kind, Number, Value, measure_kind
from segmentation.rules.operators import COMPLEMENT_OF, RANKING, ZERO_MEASURES

CUSTOMER = "customer_id"
_ROWS = "r"


class RowScope:
    """Where a row field's SQL finds its columns: on the row itself."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def column(self, name: str) -> exp.Expr:
        """A column of the row."""
        return column(name, _ROWS)

    def profile(self, name: str) -> exp.Expr:
        """Rows have no profile."""
        raise LookupError(name)


def behaviour(
    node: Behaviour, source: Source, clock: Clock, customer: Callable[[], exp.Expr]
) -> exp.Expr:
    """Whether the customer's rows pass the node's test, as of the clock."""
    name, _ = node.effective_measure
    op, value = node.effective_test
    kind = measure_kind(name)
    if name in ZERO_MEASURES and op in ("is_set", "is_not_set"):
        return exp.true() if op == "is_set" else exp.false()
    if op in RANKING:
        measured = _measured_rows(node, source, clock)
        return _member(customer, ranked(measured, CUSTOMER, op, cast("Number", value)))

    def subject() -> Subject:
        return measure(node, source, clock)

    if name in ZERO_MEASURES:
        if zero_passes(op, value):
            failing = negate(passes(kind, subject, op, value, clock))
            return negate(_member(customer, _grouped(node, source, clock, failing)))
    elif op in COMPLEMENT_OF:
        passing = passes(kind, subject, COMPLEMENT_OF[op], value, clock)
        return negate(_member(customer, _grouped(node, source, clock, passing)))
    return _member(customer, _grouped(node, source, clock, passes(kind, subject, op, value, clock)))


def measure(node: Behaviour, source: Source, clock: Clock) -> Subject:
    """The measure as an aggregate over the rows of one customer."""
    name, key = node.effective_measure
    scope = RowScope(clock)
    instant = column(source.instant, _ROWS)
    if name == "count":
        return exp.Count(this=exp.Star())
    if name == "days":
        return _count_distinct(column(f"{source.instant}_on", _ROWS))
    if name in ("first", "last"):
        aggregate = exp.Min if name == "first" else exp.Max
        ends = moment_of(instant)
        return Moment(aggregate(this=ends.instant), aggregate(this=ends.local_date))
    entry = source.fields[cast("str", key)]

    def values() -> exp.Expr:
        return cast("exp.Expr", entry.sql(scope))

    if name == "distinct":
        return _count_distinct(values())
    if name == "sum":
        return exp.Coalesce(this=exp.Sum(this=values()), expressions=[number(0)])
    if name == "avg":
        return Ratio(exp.Sum(this=values()), exp.Count(this=values()))
    return (exp.Min if name == "min" else exp.Max)(this=values())


def zero_passes(op: str, value: Value) -> bool:
    """Whether 0 passes a test on numbers."""
    if op == "between":
        low, high = cast("tuple[Number, Number]", value)
        return low <= 0 <= high
    bound = Decimal(cast("Any", value))
    return {
        "=": bound == 0,
        "!=": bound != 0,
        ">": bound < 0,
        ">=": bound <= 0,
        "<": bound > 0,
        "<=": bound >= 0,
    }[op]


def _rows(node: Behaviour, source: Source, clock: Clock) -> exp.Select:
    """The rows that count: not after now, in the window, passing `where` and the defaults."""

    def instant() -> exp.Expr:
        return column(source.instant, _ROWS)

    tests: list[exp.Expr] = [exp.LTE(this=instant(), expression=moment(clock.instant))]
    if node.when is not None:
        tests.append(within(instant, window(node.when, clock)))
    conditions = list(node.where or ())
    named = {condition.field for condition in conditions}
    for key, value in source.defaults:
        if key not in named:
            conditions.append(Condition(key, "is", value))
    tests += [
        row_test(condition, source.fields[condition.field], clock) for condition in conditions
    ]
    rows = exp.select(column(CUSTOMER, _ROWS), copy=False).from_(
        table(source.table, _ROWS), copy=False
    )
    return rows.where(every(tests), copy=False).group_by(column(CUSTOMER, _ROWS), copy=False)


def row_test(condition: Condition, entry: Field, clock: Clock) -> exp.Expr:
    """A condition on the row."""
    scope = RowScope(clock)

    def subject() -> Subject:
        made = entry.sql(scope)
        if entry.kind is Kind.INSTANT:
            return moment_of(cast("exp.Expr", made))
        return made

    return passes(entry.kind, subject, condition.op, condition.value, clock)


def _grouped(node: Behaviour, source: Source, clock: Clock, having: exp.Expr) -> exp.Select:
    return _rows(node, source, clock).having(having, copy=False)


def _measured_rows(node: Behaviour, source: Source, clock: Clock) -> exp.Select:
    value = sortable(measure(node, source, clock))
    return _rows(node, source, clock).select(exp.alias_(value, "value", quoted=True), copy=False)


def _member(customer: Callable[[], exp.Expr], rows: exp.Select) -> exp.Expr:
    return exp.In(this=customer(), query=exp.Subquery(this=rows))


def _count_distinct(value: exp.Expr) -> exp.Expr:
    return exp.Count(this=exp.Distinct(expressions=[value]))
