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
from segmentation.catalogue import Catalogue, Field, Ratio, Source
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
from segmentation.rules import (
    Behaviour,
    Condition,
    Kind,
    Number,
    Rows,
    Value,
    measure_kind,
)
from segmentation.rules.operators import COMPLEMENT_OF, RANKING, ZERO_MEASURES

CUSTOMER = "customer_id"
ROWS, _OTHER = "r", "o"


class RowScope:
    """Where a row field's SQL finds its columns: on the row itself."""

    def __init__(self, clock: Clock, alias: str) -> None:
        self.clock = clock
        self.alias = alias

    def column(self, name: str) -> exp.Expr:
        """A column of the row."""
        return column(name, self.alias)

    def profile(self, name: str) -> exp.Expr:
        """Rows have no profile."""
        raise LookupError(name)

    def recent(self, relation: str, name: str) -> exp.Expr:
        """Nor did they do anything."""
        raise LookupError(relation)


def behaviour(
    node: Behaviour, catalogue: Catalogue, clock: Clock, customer: Callable[[], exp.Expr]
) -> exp.Expr:
    """Whether the customer's rows pass the node's test, as of the clock."""
    source = catalogue.sources[node.source]
    name, _ = node.effective_measure
    op, value = node.effective_test
    kind = measure_kind(name)

    def subject() -> Subject:
        return measure(node.effective_measure, source, clock)

    if node.per is not None:
        passing = passes(kind, subject, op, value, clock)
        return member(customer, _per_value(node, node.per, catalogue, clock, passing))
    if name in ZERO_MEASURES and op in ("is_set", "is_not_set"):
        return exp.true() if op == "is_set" else exp.false()
    if op in RANKING:
        measured = _measured_rows(node, source, clock)
        return member(customer, ranked(measured, CUSTOMER, op, cast("Number", value)))
    if name in ZERO_MEASURES:
        if zero_passes(op, value):
            failing = negate(passes(kind, subject, op, value, clock))
            return negate(member(customer, _grouped(node, source, clock, failing)))
    elif op in COMPLEMENT_OF:
        passing = passes(kind, subject, COMPLEMENT_OF[op], value, clock)
        return negate(member(customer, _grouped(node, source, clock, passing)))
    return member(customer, _grouped(node, source, clock, passes(kind, subject, op, value, clock)))


def _per_value(
    node: Behaviour, key: str, catalogue: Catalogue, clock: Clock, having: exp.Expr
) -> exp.Select:
    """The customers for whom the test holds within some value of a row field.

    Only values that some row has are looked at, so there is no "never" within a value.
    """
    source = catalogue.sources[node.source]
    shared = source.fields[key].sql

    def value(alias: str) -> exp.Expr:
        return cast("exp.Expr", shared(RowScope(clock, alias)))

    grouped = of_customer(node.rows, source, clock, value(ROWS))
    grouped = grouped.where(exp.Not(this=exp.Is(this=value(ROWS), expression=exp.Null())))
    if node.without is not None:
        other = catalogue.sources[node.without.source]
        theirs = cast("exp.Expr", other.fields[key].sql(RowScope(clock, _OTHER)))
        tests = row_tests(node.without, other, clock, _OTHER)
        tests.append(exp.EQ(this=column(CUSTOMER, _OTHER), expression=column(CUSTOMER, ROWS)))
        tests.append(exp.EQ(this=theirs, expression=value(ROWS)))
        same = exp.select(exp.Literal.number(1), copy=False)
        same = same.from_(table(other.table, _OTHER), copy=False).where(every(tests), copy=False)
        grouped = grouped.where(exp.Not(this=exp.Exists(this=same)), copy=False)
    return grouped.having(having, copy=False)


def measure(
    measured: tuple[str, str | None],
    source: Source,
    clock: Clock,
    only: Callable[[], exp.Expr | None] = lambda: None,
) -> Subject:
    """A measure, ("sum", "total"), as an aggregate over the rows of one customer.

    `only` limits it to some of the rows.
    """
    name, key = measured
    scope = RowScope(clock, ROWS)
    instant = column(source.instant, ROWS)
    if name == "count":
        return _aggregate(exp.Count(this=exp.Star()), only())
    if name == "days":
        return _count_distinct(column(f"{source.instant}_on", ROWS), only())
    if name in ("first", "last"):
        aggregate = exp.Min if name == "first" else exp.Max
        ends = moment_of(instant, clock)
        return Moment(aggregate(this=ends.instant), aggregate(this=ends.local_date))
    entry = source.fields[cast("str", key)]

    def values() -> exp.Expr:
        return cast("exp.Expr", entry.sql(scope))

    if name == "distinct":
        return _count_distinct(values(), only())
    if name == "sum":
        total = _aggregate(exp.Sum(this=values()), only())
        return exp.Coalesce(this=total, expressions=[number(0)])
    if name == "avg":
        total = _aggregate(exp.Sum(this=values()), only())
        return Ratio(total, _aggregate(exp.Count(this=values()), only()))
    return _aggregate((exp.Min if name == "min" else exp.Max)(this=values()), only())


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


def of_customer(rows: Rows, source: Source, clock: Clock, *also: exp.Expr) -> exp.Select:
    """The rows that count, to be grouped by customer and whatever `also` says."""
    kept = exp.select(column(CUSTOMER, ROWS), copy=False)
    kept = kept.from_(table(source.table, ROWS), copy=False)
    kept = kept.where(every(row_tests(rows, source, clock, ROWS)), copy=False)
    return kept.group_by(column(CUSTOMER, ROWS), *also, copy=False)


def row_tests(rows: Rows, source: Source, clock: Clock, alias: str) -> list[exp.Expr]:
    """What makes a row count: not after now, in the window, passing `where` and the defaults."""

    def instant() -> exp.Expr:
        return column(source.instant, alias)

    tests: list[exp.Expr] = [exp.LTE(this=instant(), expression=moment(clock.instant))]
    if rows.when is not None:
        tests.append(within(instant, window(rows.when, clock)))
    conditions = list(rows.where or ())
    named = {condition.field for condition in conditions}
    for key, value in source.defaults:
        if key not in named:
            conditions.append(Condition(key, "is", value))
    return tests + [
        _row_test(condition, source.fields[condition.field], clock, alias)
        for condition in conditions
    ]


def _row_test(condition: Condition, entry: Field, clock: Clock, alias: str) -> exp.Expr:
    scope = RowScope(clock, alias)

    def subject() -> Subject:
        made = cast("Subject", entry.sql(scope))
        if entry.kind is Kind.INSTANT:
            return moment_of(cast("exp.Expr", made), clock)
        return made

    return passes(entry.kind, subject, condition.op, condition.value, clock)


def _grouped(node: Behaviour, source: Source, clock: Clock, having: exp.Expr) -> exp.Select:
    return of_customer(node.rows, source, clock).having(having, copy=False)


def _measured_rows(node: Behaviour, source: Source, clock: Clock) -> exp.Select:
    value = sortable(measure(node.effective_measure, source, clock))
    measured = of_customer(node.rows, source, clock)
    return measured.select(exp.alias_(value, "value", quoted=True), copy=False)


def member(customer: Callable[[], exp.Expr], rows: exp.Select) -> exp.Expr:
    """Whether the customer is among those a query lists."""
    return exp.In(this=customer(), query=exp.Subquery(this=rows))


def _count_distinct(value: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    return _aggregate(exp.Count(this=exp.Distinct(expressions=[value])), only)


def _aggregate(made: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    if only is None:
        return made
    return exp.Filter(this=made, expression=exp.Where(this=only))
