"""A measure over a customer's rows, as membership of a grouped subquery.

Invariant: a customer without rows is judged too. Where the measure is then 0 and 0 passes the
test, the subquery lists those who fail, and the answer is everyone else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from sqlglot import exp

from segmentation.calendar import Clock, Range, window
from segmentation.catalogue import Catalogue, Field, Ratio, Source
from segmentation.catalogue.expressions import number
from segmentation.compiler import days
from segmentation.compiler.conditions import (
    Moment,
    Subject,
    alias_of,
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
ROWS, _OTHER, _GROUP = "r", "o", "g"
VALUE = "value"
_DISTINCT = ("days", "distinct")
_ALWAYS: Range[dt.datetime] = Range()


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
    bounds = bounds_of(node.rows, clock)

    def subject() -> Subject:
        if node.per is None and gathers(node.effective_measure, bounds, clock):
            return aggregate(exp.Count(this=column(VALUE, ROWS)), None)
        return measure(node.effective_measure, source, clock, bounds=bounds)

    if node.per is not None:
        passing = passes(kind, subject, op, value, clock)
        return member(customer, _per_value(node, node.per, catalogue, clock, passing))
    if name in ZERO_MEASURES and op in ("is_set", "is_not_set"):
        return exp.true() if op == "is_set" else exp.false()
    if op in RANKING:
        shown = exp.alias_(sortable(subject()), VALUE, quoted=True)
        measured = _grouped(node, source, clock).select(shown, copy=False)
        return member(customer, ranked(measured, CUSTOMER, op, cast("Number", value)))
    if name in ZERO_MEASURES:
        if zero_passes(op, value):
            failing = negate(passes(kind, subject, op, value, clock))
            return negate(member(customer, _having(node, source, clock, failing)))
    elif op in COMPLEMENT_OF:
        passing = passes(kind, subject, COMPLEMENT_OF[op], value, clock)
        return negate(member(customer, _having(node, source, clock, passing)))
    return member(customer, _having(node, source, clock, passes(kind, subject, op, value, clock)))


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
    grouped = grouped.having(having, copy=False)
    if node.without is None:
        return grouped
    # Few groups pass: it is of them alone that the other rows are looked for.
    grouped.select(exp.alias_(value(ROWS), VALUE, quoted=True), copy=False)
    other = catalogue.sources[node.without.source]
    theirs = cast("exp.Expr", other.fields[key].sql(RowScope(clock, _OTHER)))
    tests = row_tests(node.without, other, clock, _OTHER)
    tests.append(exp.EQ(this=column(CUSTOMER, _OTHER), expression=column(CUSTOMER, _GROUP)))
    tests.append(exp.EQ(this=theirs, expression=column(VALUE, _GROUP)))
    same = exp.select(exp.Literal.number(1), copy=False)
    same = same.from_(table(other.table, _OTHER), copy=False).where(every(tests), copy=False)
    kept = exp.select(column(CUSTOMER, _GROUP), copy=False)
    kept = kept.from_(exp.Subquery(this=grouped, alias=alias_of(_GROUP)), copy=False)
    return kept.where(exp.Not(this=exp.Exists(this=same)), copy=False)


def measure(
    measured: tuple[str, str | None],
    source: Source,
    clock: Clock,
    only: Callable[[], exp.Expr | None] = lambda: None,
    bounds: Range[dt.datetime] = _ALWAYS,
) -> Subject:
    """A measure, ("sum", "total"), as an aggregate over the rows of one customer.

    `only` limits it to some of the rows; those measured are known to be within `bounds`.
    """
    name, key = measured
    scope = RowScope(clock, ROWS)
    instant = column(source.instant, ROWS)
    if name == "count":
        return aggregate(exp.Count(this=exp.Star()), only())
    if name == "days" and days.fit(bounds, clock):
        return days.count(_local_date(source), bounds, clock, only)
    if name in _DISTINCT:
        return _count_distinct(_counted(measured, source, clock), only())
    if name in ("first", "last"):
        end = exp.Min if name == "first" else exp.Max
        ends = moment_of(instant, clock)
        return Moment(end(this=ends.instant), end(this=ends.local_date))
    entry = source.fields[cast("str", key)]

    def values() -> exp.Expr:
        return cast("exp.Expr", entry.sql(scope))

    if name == "sum":
        total = aggregate(exp.Sum(this=values()), only())
        return exp.Coalesce(this=total, expressions=[number(0)])
    if name == "avg":
        total = aggregate(exp.Sum(this=values()), only())
        return Ratio(total, aggregate(exp.Count(this=values()), only()))
    return aggregate((exp.Min if name == "min" else exp.Max)(this=values()), only())


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


def bounds_of(rows: Rows, clock: Clock) -> Range[dt.datetime]:
    """The instants of the rows that count: in the window, and not after now."""
    bounds = _ALWAYS if rows.when is None else window(rows.when, clock)
    if bounds.high is None or bounds.high > clock.instant:
        return replace(bounds, high=clock.instant, high_in=True)
    return bounds


def row_tests(rows: Rows, source: Source, clock: Clock, alias: str) -> list[exp.Expr]:
    """What makes a row count: not after now, in the window, passing `where` and the defaults."""

    def instant() -> exp.Expr:
        return column(source.instant, alias)

    tests = [within(instant, bounds_of(rows, clock))]
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


def gathers(measured: tuple[str, str | None], bounds: Range[dt.datetime], clock: Clock) -> bool:
    """Whether a measure is counted over `each_value_once`."""
    name, _field = measured
    return name in _DISTINCT and not (name == "days" and days.fit(bounds, clock))


def _grouped(node: Behaviour, source: Source, clock: Clock) -> exp.Select:
    if gathers(node.effective_measure, bounds_of(node.rows, clock), clock):
        return each_value_once(node.effective_measure, node.rows, source, clock)
    return of_customer(node.rows, source, clock)


def _having(node: Behaviour, source: Source, clock: Clock, having: exp.Expr) -> exp.Select:
    return _grouped(node, source, clock).having(having, copy=False)


def each_value_once(
    measured: tuple[str, str | None],
    rows: Rows,
    source: Source,
    clock: Clock,
    *also: exp.Expr,
    test: exp.Expr | None = None,
) -> exp.Select:
    """As `of_customer`, but each VALUE that a customer's rows have, with `also`, is one row.

    Counting those is up to twice as quick as counting distinct values. `test` is one more test of
    the rows.
    """
    value = exp.alias_(_counted(measured, source, clock), VALUE, quoted=True)
    each = exp.select(column(CUSTOMER, ROWS), value, *also, copy=False).distinct(copy=False)
    each = each.from_(table(source.table, ROWS), copy=False)
    tests = row_tests(rows, source, clock, ROWS) + ([] if test is None else [test])
    each = each.where(every(tests), copy=False)
    kept = exp.select(column(CUSTOMER, ROWS), copy=False)
    kept = kept.from_(exp.Subquery(this=each, alias=alias_of(ROWS)), copy=False)
    return kept.group_by(column(CUSTOMER, ROWS), copy=False)


def each_value(source: Source, entry: Field, clock: Clock) -> exp.Select:
    """How many customers have a row that counts with each value of a field: rows of (value, n)."""
    # Naming the field lifts what is taken for granted of it.
    rows = Rows(source.key, where=(Condition(entry.key, "is_set"),))
    value = cast("exp.Expr", entry.sql(RowScope(clock, ROWS)))
    people = exp.Count(this=exp.Distinct(expressions=[column(CUSTOMER, ROWS)]))
    counted = exp.select(value, people, copy=False).from_(table(source.table, ROWS), copy=False)
    counted = counted.where(every(row_tests(rows, source, clock, ROWS)), copy=False)
    return counted.group_by(number(1), copy=False)


def _counted(measured: tuple[str, str | None], source: Source, clock: Clock) -> exp.Expr:
    """What distinct values are counted of: the local date, or a field."""
    name, key = measured
    if name == "days":
        return _local_date(source)
    return cast("exp.Expr", source.fields[cast("str", key)].sql(RowScope(clock, ROWS)))


def _local_date(source: Source) -> exp.Column:
    return column(f"{source.instant}_on", ROWS)


def member(customer: Callable[[], exp.Expr], rows: exp.Select) -> exp.Expr:
    """Whether the customer is among those a query lists."""
    return exp.In(this=customer(), query=exp.Subquery(this=rows))


def _count_distinct(value: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    return aggregate(exp.Count(this=exp.Distinct(expressions=[value])), only)


def aggregate(made: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    """An aggregate, over some of the rows where `only` says which."""
    if only is None:
        return made
    return exp.Filter(this=made, expression=exp.Where(this=only))
