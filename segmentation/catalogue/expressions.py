"""The SQL of fields: plain columns, and what depends on the clock.

Invariant: no number computed here is rounded; averages stay pairs, ages come from calendar dates.
"""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from segmentation.calendar import day_of_year
from segmentation.catalogue.entries import Age, Linked, Point, Ratio, Scope, Sql
from segmentation.rules import Number


def column(name: str) -> Sql:
    """A column of the customers table, or of a source's rows."""
    return lambda scope: scope.column(name)


def profile(name: str) -> Sql:
    """A column of the profiles relation."""
    return lambda scope: scope.profile(name)


def linked(table: str, owner: str, value: str) -> Sql:
    """A set whose members are rows of another table."""
    return lambda scope: Linked(table, owner, value)


def location(scope: Scope) -> Point:
    """Where a customer lives; missing where only their department is known."""
    return Point(scope.column("latitude"), scope.column("longitude"))


def number(value: Number) -> exp.Expr:
    """An exact number as a literal, never in exponent form."""
    digits = format(value, "f") if not isinstance(value, int) else str(value)
    if digits.startswith("-"):
        return exp.Neg(this=exp.Literal.number(digits[1:]))
    return exp.Literal.number(digits)


def text(value: str) -> exp.Expr:
    """A text as a literal."""
    return exp.Literal.string(value)


def moment(value: dt.datetime) -> exp.Expr:
    """A naive UTC instant as a literal."""
    written = value.isoformat(sep=" ", timespec="microseconds")
    return exp.cast(text(written), exp.DataType.Type.TIMESTAMP)


def day(value: dt.date) -> exp.Expr:
    """A local date as a literal."""
    return exp.cast(text(f"{value:%Y-%m-%d}".rjust(10, "0")), exp.DataType.Type.DATE)


def month_and_day(date: exp.Expr) -> exp.Expr:
    """The day of the year of a date: month × 100 + day."""
    return exp.Add(
        this=exp.Mul(this=exp.Month(this=date.copy()), expression=exp.Literal.number(100)),
        expression=exp.Day(this=date),
    )


def age(scope: Scope) -> Age:
    """Completed years; someone born on 29 February turns on 1 March in other years."""
    today = scope.clock.today
    birth = scope.column("birth_date")
    years = exp.Sub(this=number(today.year), expression=exp.Year(this=birth))
    still_to_come = exp.GT(
        this=exp.paren(month_and_day(scope.column("birth_date")), copy=False),
        expression=number(day_of_year(today)),
    )
    not_yet = exp.Case(
        ifs=[exp.If(this=still_to_come, true=exp.Literal.number(1))], default=exp.Literal.number(0)
    )
    completed = exp.paren(exp.Sub(this=years, expression=not_yet), copy=False)
    return Age(scope.column("birth_date"), completed)


def average_basket(scope: Scope) -> Ratio:
    """What an order comes to."""
    return Ratio(scope.profile("total_spent"), scope.profile("orders_count"))


def discount_share(scope: Scope) -> Ratio:
    """Orders with a discount among all, 0 to 1."""
    return Ratio(scope.profile("discounted_orders"), scope.profile("orders_count"))


def days_between_orders(scope: Scope) -> Ratio:
    """Days from the first to the last order day, over the gaps between order days."""
    days = exp.Sub(
        this=scope.profile("last_order_at_on"), expression=scope.profile("first_order_at_on")
    )
    gaps = exp.Sub(this=scope.profile("order_days"), expression=exp.Literal.number(1))
    return Ratio(exp.paren(days, copy=False), exp.paren(gaps, copy=False))


_MICROSECONDS_A_DAY = 86_400_000_000


def expected_next_order_at(scope: Scope) -> exp.Expr:
    """The last order and once more the time between orders; missing where that is."""
    between = days_between_orders(scope)
    elapsed = exp.Mul(this=between.numerator, expression=number(_MICROSECONDS_A_DAY))
    each = exp.IntDiv(this=exp.paren(elapsed, copy=False), expression=between.denominator)
    gap = exp.Anonymous(this="to_microseconds", expressions=[each])
    several = exp.GT(this=between.denominator.copy(), expression=number(0))
    ahead = exp.Add(this=scope.profile("last_order_at"), expression=gap)
    return exp.Case(ifs=[exp.If(this=several, true=ahead)])


# Upper bounds of days_between_orders, in days, both in.
_RHYTHMS = (("weekly", 10), ("monthly", 45), ("quarterly", 120))


def purchase_rhythm(scope: Scope) -> exp.Expr:
    """How regularly a buyer comes back; missing without an order."""
    dormant = exp.LT(
        this=scope.profile("last_order_at"), expression=moment(scope.clock.shift(-6, "month"))
    )
    ifs = [
        exp.If(
            this=exp.Is(this=scope.profile("last_order_at"), expression=exp.Null()),
            true=exp.Null(),
        ),
        exp.If(this=dormant, true=text("dormant")),
    ]
    for code, most in _RHYTHMS:
        ifs.append(exp.If(this=_every(scope, most), true=text(code)))
    return exp.Case(ifs=ifs, default=text("occasional"))


def _every(scope: Scope, most: int) -> exp.Expr:
    between = days_between_orders(scope)
    several = exp.GT(this=between.denominator, expression=exp.Literal.number(0))
    limit = exp.Mul(this=number(most), expression=days_between_orders(scope).denominator)
    return exp.And(this=several, expression=exp.LTE(this=between.numerator, expression=limit))
