"""One thing and then another: rows followed, or not followed, by others of the same customer.

Without `within` the latest and the earliest rows decide, and nothing is joined row by row: a first
row is followed by one strictly later where the last second row is later than the first first one;
one is not followed by any where the last first row is not before the last second one.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from segmentation.calendar import Clock, window
from segmentation.catalogue import Catalogue
from segmentation.catalogue.expressions import moment
from segmentation.compiler.behaviours import CUSTOMER, ROWS, member, of_customer, row_tests
from segmentation.compiler.conditions import alias_of, column, every, table
from segmentation.compiler.local_time import with_end
from segmentation.rules import Duration, Rows, Sequence

_FIRST, _THEN = "f", "t"
_AT, _OVER = "at", "over"


def sequence(
    node: Sequence, catalogue: Catalogue, clock: Clock, customer: Callable[[], exp.Expr]
) -> exp.Expr:
    """Whether some first row is, or is not, followed as the node says, as of the clock."""
    if node.within is None:
        return member(customer, _by_extremes(node, catalogue, clock))
    return member(customer, _row_by_row(node, node.within, catalogue, clock))


def _by_extremes(node: Sequence, catalogue: Catalogue, clock: Clock) -> exp.Select:
    first = _extreme(node.first, catalogue, clock, exp.Max if node.negated else exp.Min)
    then = _extreme(node.then, catalogue, clock, exp.Max).where(
        every(_after_the_first(node, catalogue, clock, ROWS)), copy=False
    )
    same = exp.EQ(this=column(CUSTOMER, _THEN), expression=column(CUSTOMER, _FIRST))
    later = exp.GT(this=column(_AT, _THEN), expression=column(_AT, _FIRST))
    found = exp.select(column(CUSTOMER, _FIRST), copy=False).from_(
        exp.Subquery(this=first, alias=alias_of(_FIRST)), copy=False
    )
    followed = exp.Subquery(this=then, alias=alias_of(_THEN))
    if not node.negated:
        return found.join(followed, on=every([same, later]), copy=False)
    found = found.join(followed, on=same, join_type="left", copy=False)
    nothing = exp.Is(this=column(_AT, _THEN), expression=exp.Null())
    return found.where(exp.or_(nothing, exp.not_(exp.paren(later))), copy=False)


def _after_the_first(
    node: Sequence, catalogue: Catalogue, clock: Clock, alias: str
) -> list[exp.Expr]:
    """What spares looking at second rows older than any first one can be."""
    low = None if node.first.when is None else window(node.first.when, clock).low
    if low is None:
        return []
    at = column(catalogue.sources[node.then.source].instant, alias)
    return [exp.GT(this=at, expression=moment(low))]


def _extreme(
    rows: Rows, catalogue: Catalogue, clock: Clock, aggregate: type[exp.AggFunc]
) -> exp.Select:
    """A row a customer: the earliest or latest instant of their rows."""
    source = catalogue.sources[rows.source]
    at = exp.alias_(aggregate(this=column(source.instant, ROWS)), _AT, quoted=True)
    return of_customer(rows, source, clock).select(at, copy=False)


def _row_by_row(node: Sequence, span: Duration, catalogue: Catalogue, clock: Clock) -> exp.Select:
    source, other = catalogue.sources[node.first.source], catalogue.sources[node.then.source]
    began = exp.alias_(column(source.instant, ROWS), _AT, quoted=True)
    rows = exp.select(column(CUSTOMER, ROWS), began, copy=False)
    rows = rows.from_(table(source.table, ROWS), copy=False)
    rows = rows.where(every(row_tests(node.first, source, clock, ROWS)), copy=False)
    follows = row_tests(node.then, other, clock, _THEN)
    follows += _after_the_first(node, catalogue, clock, _THEN)
    follows += [
        exp.EQ(this=column(CUSTOMER, _THEN), expression=column(CUSTOMER, _FIRST)),
        exp.GT(this=column(other.instant, _THEN), expression=column(_AT, _FIRST)),
        exp.LTE(this=column(other.instant, _THEN), expression=column(_OVER, _FIRST)),
    ]
    matching = exp.select(exp.Literal.number(1), copy=False)
    matching = matching.from_(table(other.table, _THEN), copy=False)
    tests: list[exp.Expr] = [exp.Exists(this=matching.where(every(follows), copy=False))]
    if node.negated:
        # Until its time has passed, nobody can say that nothing followed.
        passed = exp.LTE(this=column(_OVER, _FIRST), expression=moment(clock.instant))
        tests = [passed, exp.Not(this=tests[0])]
    timed = exp.Subquery(this=with_end(rows, span, clock), alias=alias_of(_FIRST))
    kept = exp.select(column(CUSTOMER, _FIRST), copy=False).from_(timed, copy=False)
    return kept.where(every(tests), copy=False)
