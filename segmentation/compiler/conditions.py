"""One field against one operator and value, as SQL.

Invariant: a positive test is true, false or NULL and NULL means false; whoever negates goes
through `negate`, which makes the complement exact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from sqlglot import exp

from customers.folding import fold
from segmentation.calendar import Clock, Range, anniversaries, dates, instants
from segmentation.catalogue import Age, Linked, Ratio
from segmentation.catalogue.expressions import day, moment, month_and_day, number, text
from segmentation.compiler.ages import births
from segmentation.rules import Duration, Kind, Number, Value
from segmentation.rules.operators import COMPLEMENT_OF


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant and its local date."""

    instant: exp.Expr
    local_date: exp.Expr


T = TypeVar("T", dt.datetime, dt.date)
Subject = exp.Expr | Ratio | Linked | Age | Moment

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    ">": exp.GT,
    ">=": exp.GTE,
    "<": exp.LT,
    "<=": exp.LTE,
}
# Up to so many members, looking for each is two to six times quicker than comparing lists.
_FEW: Final = 8
_TEXT_FUNCTIONS = {"contains": "contains", "starts_with": "starts_with", "ends_with": "suffix"}


def negate(test: exp.Expr) -> exp.Expr:
    """The exact complement: true wherever the test is false or unknown."""
    known = exp.Coalesce(this=test, expressions=[exp.false()])
    return exp.Not(this=known)


def every(tests: Iterable[exp.Expr]) -> exp.Expr:
    """All of them, flat; true where there is none."""
    listed = list(tests)
    if not listed:
        return exp.true()
    return exp.paren(exp.and_(*listed, copy=False), copy=False)


def some(tests: Iterable[exp.Expr]) -> exp.Expr:
    """At least one of them, flat; false where there is none."""
    listed = list(tests)
    if not listed:
        return exp.false()
    return exp.paren(exp.or_(*listed, copy=False), copy=False)


def passes(
    kind: Kind,
    subject: Callable[[], Subject],
    op: str,
    value: Value,
    clock: Clock,
    customer: Callable[[], exp.Expr] | None = None,
) -> exp.Expr:
    """The test as SQL. `subject` makes a fresh expression each time it is called.

    `customer` gives the customer's id, for sets kept in another table.
    """
    if op in COMPLEMENT_OF:
        return negate(passes(kind, subject, COMPLEMENT_OF[op], value, clock, customer))
    made = subject()
    if isinstance(made, Linked):
        assert customer is not None
        return _linked(made, op, value, customer)
    if op == "is_set":
        return _is_set(made, kind)
    if isinstance(made, Ratio):
        return _ratio(made, op, value)
    if isinstance(made, Age):
        return _age(made, op, value, clock)
    if kind in (Kind.TEXT, Kind.CHOICE):
        return _text(_plain(made), op, value)
    if kind is Kind.NUMBER:
        return _number(made, op, value)
    if kind in (Kind.DATE, Kind.INSTANT):
        return _date(made, op, value, clock)
    if kind is Kind.SET:
        return _list(_plain(made), op, value)
    if kind is Kind.BOOLEAN:
        return exp.EQ(this=_plain(made), expression=exp.true() if value else exp.false())
    numbers = cast("tuple[int, ...]", value if isinstance(value, tuple) else (value,))
    return exp.In(this=_plain(made), expressions=[number(n) for n in dict.fromkeys(numbers)])


def within(make: Callable[[], exp.Expr], bounds: Range[dt.datetime]) -> exp.Expr:
    """Whether an instant lies in a range; always, where the range is open on both ends."""
    return _in_range(make, bounds, moment)


def folded(value: Value) -> list[exp.Expr]:
    """A text or texts as folded literals, each once."""
    texts = value if isinstance(value, tuple) else (value,)
    return [text(t) for t in dict.fromkeys(fold(str(item)) for item in texts)]


def _plain(subject: Subject) -> exp.Expr:
    assert isinstance(subject, exp.Expr)
    return subject


def _is_set(subject: Subject, kind: Kind) -> exp.Expr:
    if isinstance(subject, Ratio):
        return exp.GT(this=subject.denominator, expression=number(0))
    if isinstance(subject, Age):
        plain = subject.birth
    else:
        plain = subject.instant if isinstance(subject, Moment) else _plain(subject)
    if kind is Kind.SET:
        length = exp.Anonymous(this="len", expressions=[plain])
        return exp.GT(this=length, expression=number(0))
    return exp.Not(this=exp.Is(this=plain, expression=exp.Null()))


def _text(subject: exp.Expr, op: str, value: Value) -> exp.Expr:
    if isinstance(subject, exp.Case) and op in ("is", "in"):
        return gives(subject, [literal.this for literal in folded(value)])
    literals = folded(value)
    if op == "is":
        return exp.EQ(this=subject, expression=literals[0])
    if op == "in":
        return exp.In(this=subject, expressions=literals)
    return exp.Anonymous(this=_TEXT_FUNCTIONS[op], expressions=[subject, literals[0]])


def gives(case: exp.Case, wanted: Collection[str]) -> exp.Expr:
    """Whether the first case that holds gives one of these texts.

    "The stage is at risk" becomes "not earlier than …, and before …": bare comparisons, by which
    the database leaves out blocks of rows, instead of a text made for everyone and compared.
    """
    earlier: list[exp.Expr] = []
    found: list[exp.Expr] = []
    for branch in [*case.args["ifs"], exp.If(this=exp.true(), true=case.args.get("default"))]:
        value = branch.args["true"]
        if isinstance(value, exp.Case):
            found.append(every([*_none_of(earlier), branch.this.copy(), gives(value, wanted)]))
        elif isinstance(value, exp.Literal) and value.this in wanted:
            found.append(every([*_none_of(earlier), branch.this.copy()]))
        earlier.append(branch.this)
    return some(found)


def _none_of(tests: Iterable[exp.Expr]) -> Iterable[exp.Expr]:
    return (_fails(test) for test in tests)


def _fails(test: exp.Expr) -> exp.Expr:
    """The exact complement, as bare comparisons where it can be."""
    if isinstance(test, exp.Is):
        return exp.Not(this=test.copy())
    if isinstance(test, exp.LT) and isinstance(test.this, exp.Column):
        later = exp.GTE(this=test.this.copy(), expression=test.expression.copy())
        return some([later, exp.Is(this=test.this.copy(), expression=exp.Null())])
    return negate(exp.paren(test))


def _number(subject: Subject, op: str, value: Value) -> exp.Expr:
    plain = _plain(subject)
    if op == "between":
        low, high = cast("tuple[Number, Number]", value)
        return exp.Between(this=plain, low=number(low), high=number(high))
    return _COMPARISONS[op](this=plain, expression=number(cast("Number", value)))


def _ratio(ratio: Ratio, op: str, value: Value) -> exp.Expr:
    """Compared without dividing: numerator against value × denominator."""

    def against(bound: Number) -> exp.Expr:
        return exp.Mul(this=number(bound), expression=ratio.denominator.copy())

    defined = exp.GT(this=ratio.denominator, expression=number(0))
    if op == "between":
        low, high = cast("tuple[Number, Number]", value)
        return every(
            [
                defined,
                exp.GTE(this=ratio.numerator, expression=against(low)),
                exp.LTE(this=ratio.numerator.copy(), expression=against(high)),
            ]
        )
    compared = _COMPARISONS[op](this=ratio.numerator, expression=against(cast("Number", value)))
    return every([defined, compared])


def _age(age: Age, op: str, value: Value, clock: Clock) -> exp.Expr:
    born = births(op, value, clock.today)
    if born is None:
        return exp.false()
    known = exp.Not(this=exp.Is(this=age.birth, expression=exp.Null()))
    return every([known, _in_range(age.birth.copy, born, day)])


def _date(subject: Subject, op: str, value: Value, clock: Clock) -> exp.Expr:
    local = subject.local_date if isinstance(subject, Moment) else _plain(subject)
    if op == "anniversary_month":
        return exp.EQ(this=exp.Month(this=local), expression=number(cast("int", value)))
    if op == "anniversary_in_next":
        return _anniversary(local, cast("Duration", value), clock)
    if isinstance(subject, Moment):
        return within(subject.instant.copy, instants(op, value, clock))
    bounds = dates(op, value, clock)
    return _in_range(local.copy, bounds, day)


def _anniversary(local: exp.Expr, span: Duration, clock: Clock) -> exp.Expr:
    found = anniversaries(span, clock.today)

    def key() -> exp.Expr:
        return exp.paren(month_and_day(local.copy()), copy=False)

    after = exp.GTE(this=key(), expression=number(found.first))
    until = exp.LTE(this=key(), expression=number(found.last))
    return (some if found.passes_new_year else every)([after, until])


def _list(subject: exp.Expr, op: str, value: Value) -> exp.Expr:
    members = folded(value)
    if len(members) <= _FEW:
        tests = [
            exp.Anonymous(this="list_contains", expressions=[subject.copy(), one])
            for one in members
        ]
        return some(tests) if op == "has_any" else every(tests)
    function = "list_has_any" if op == "has_any" else "list_has_all"
    return exp.Anonymous(this=function, expressions=[subject, exp.Array(expressions=members)])


def _linked(linked: Linked, op: str, value: Value, customer: Callable[[], exp.Expr]) -> exp.Expr:
    def owners(members: list[exp.Expr] | None) -> exp.Expr:
        rows = exp.select(column(linked.owner), copy=False)
        rows = rows.from_(table(linked.table), copy=False)
        if members is not None:
            listed = exp.In(this=column(linked.value), expressions=members)
            rows = rows.where(listed, copy=False)
        return exp.In(this=customer(), query=exp.Subquery(this=rows))

    if op == "is_set":
        return owners(None)
    literals = folded(value)
    if op == "has_any":
        return owners(literals)
    return every(owners([literal]) for literal in literals)


def table(name: str, alias: str | None = None) -> exp.Table:
    """A table of the snapshot, quoted."""
    named = exp.Table(this=exp.to_identifier(name, quoted=True))
    if alias is not None:
        named.set("alias", alias_of(alias))
    return named


def alias_of(name: str) -> exp.TableAlias:
    """The name of a relation in a statement, quoted."""
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def column(name: str, relation: str | None = None) -> exp.Column:
    """A column of a relation, quoted."""
    return exp.column(name, relation, quoted=True)


def moment_of(instant: exp.Expr, clock: Clock) -> Moment:
    """An instant with its local date, which stands beside a column as `<name>_on`.

    That of a computed instant is worked out row by row, which is slower.
    """
    if isinstance(instant, exp.Column):
        return Moment(instant, column(f"{instant.name}_on", instant.table))
    aware = exp.Anonymous(this="timezone", expressions=[text("UTC"), instant.copy()])
    local = exp.Anonymous(this="timezone", expressions=[text(clock.zone.key), aware])
    return Moment(instant, exp.cast(local, exp.DataType.Type.DATE))


def _in_range(
    make: Callable[[], exp.Expr], bounds: Range[T], literal: Callable[[T], exp.Expr]
) -> exp.Expr:
    tests: list[exp.Expr] = []
    if bounds.low is not None:
        above = exp.GTE if bounds.low_in else exp.GT
        tests.append(above(this=make(), expression=literal(bounds.low)))
    if bounds.high is not None:
        below = exp.LTE if bounds.high_in else exp.LT
        tests.append(below(this=make(), expression=literal(bounds.high)))
    return every(tests)
