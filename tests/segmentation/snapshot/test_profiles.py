"""Profiles are what plain Python computes of the same orders, at any instant."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlglot

from customers.models import Customer, Order, OrderLine, Product
from segmentation import snapshot
from segmentation.snapshot import profiles
from tests.segmentation.snapshot.conftest import NOON, customer, line, order, row

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]
PARIS = ZoneInfo("Europe/Paris")


def naive(person: Customer, now: dt.datetime) -> dict[str, Any]:
    """The same figures, one order at a time."""
    orders = [o for o in Order.objects.filter(customer=person) if o.placed_at <= now]
    paid = sorted((o for o in orders if o.status == "paid"), key=lambda o: o.placed_at)
    days = {o.placed_at.astimezone(PARIS).date() for o in paid}
    total = sum((o.total for o in paid), Decimal(0))
    lines: dict[str, list[OrderLine]] = defaultdict(list)
    for each in OrderLine.objects.filter(order__in=paid).select_related("order", "product"):
        if each.product is not None and each.product.category:
            lines[each.product.category].append(each)
    ranked = sorted(
        lines,
        key=lambda name: (
            -len(lines[name]),
            -sum(each.amount for each in lines[name]),
            -max(each.order.placed_at for each in lines[name]).timestamp(),
            name,
        ),
    )
    first, last = (paid[0].placed_at, paid[-1].placed_at) if paid else (None, None)
    span = (max(days) - min(days)).days if days else 0
    discounted = sum(o.discount > 0 for o in paid)
    return {
        "customer_id": person.pk,
        "orders_count": len(paid),
        "total_spent": total,
        "average_basket": float(total) / len(paid) if paid else None,
        "discounted_orders": discounted,
        "discount_share": discounted / len(paid) if paid else None,
        "order_days": len(days),
        "days_between_orders": span / (len(days) - 1) if len(days) > 1 else None,
        "first_order_at": first and first.replace(tzinfo=None),
        "first_order_at_on": min(days, default=None),
        "last_order_at": last and last.replace(tzinfo=None),
        "last_order_at_on": max(days, default=None),
        "favourite_category": ranked[0] if ranked else None,
        "categories": sorted(lines) or None,
    }


# What compares a buyer with all others is judged by the oracle of rules.
COMPARED = {
    *("buyers", "spenders", "revenue_rank", "pmg"),
    *("recency_score", "frequency_score", "monetary_score"),
}


def told(sql: str) -> dict[int, dict[str, Any]]:
    with snapshot.cursor() as cursor:
        answer = cursor.execute(sql)
        names = [column[0] for column in answer.description]
        rows = [dict(zip(names, each, strict=True)) for each in answer.fetchall()]
    return {
        row["customer_id"]: {name: row[name] for name in names if name not in COMPARED}
        for row in rows
    }


def fill(draw: random.Random) -> list[Customer]:
    people = Customer.objects.bulk_create([Customer() for _ in range(25)])
    goods = Product.objects.bulk_create(
        [Product(name=f"p{n}", category=c) for n, c in enumerate(["the", "cafe", "miel", ""])]
    )
    for person in people[:-3]:
        for nth in range(draw.randrange(6)):
            bought = Order.objects.create(
                customer=person,
                nth=nth + 1,
                placed_at=NOON + dt.timedelta(hours=draw.randrange(-24 * 60, 24 * 20, 7)),
                total=Decimal(draw.randrange(0, 9)),
                discount=Decimal(draw.choice([0, 0, 1])),
                status=draw.choice(["paid", "paid", "paid", "refunded", "pending"]),
            )
            OrderLine.objects.bulk_create(
                OrderLine(order=bought, product=draw.choice([*goods, None]), amount=Decimal(n))
                for n in range(draw.randrange(4))
            )
    return people


def test_profiles_agree_with_plain_python_at_any_instant() -> None:
    people = fill(random.Random(7))
    snapshot.sync()
    built_at = snapshot.meta().built_at
    assert told("SELECT * FROM profiles") == {p.pk: naive(p, built_at) for p in people}
    for now in (NOON - dt.timedelta(days=30), NOON, NOON + dt.timedelta(days=300)):
        assert told(profiles.select_sql(now)) == {p.pk: naive(p, now) for p in people}


def test_an_order_at_the_very_instant_counts() -> None:
    order(customer(), placed_at=NOON)
    snapshot.sync()
    assert row(profiles.select_sql(NOON))["orders_count"] == 1
    assert row(profiles.select_sql(NOON - dt.timedelta(microseconds=1)))["orders_count"] == 0


@pytest.mark.parametrize(
    ("lines", "favourite"),
    [
        ([("the", "1"), ("the", "1"), ("cafe", "99")], "the"),
        ([("the", "1"), ("cafe", "2")], "cafe"),
        ([("the", "1"), ("cafe", "1")], "cafe"),
    ],
)
def test_the_favourite_category_has_most_lines_then_most_spent_then_comes_first(
    lines: list[tuple[str, str]], favourite: str
) -> None:
    bought = order(customer())
    for category, amount in lines:
        line(bought, category, amount)
    snapshot.sync()
    assert row("SELECT * FROM profiles")["favourite_category"] == favourite


def test_of_equal_categories_the_latest_bought_is_the_favourite() -> None:
    ada = customer()
    line(order(ada, placed_at=NOON - dt.timedelta(days=1)), "cafe")
    line(order(ada, placed_at=NOON), "the")
    snapshot.sync()
    assert row("SELECT * FROM profiles")["favourite_category"] == "the"


def test_the_sql_goes_through_sqlglot_unchanged_in_meaning() -> None:
    people = fill(random.Random(8))
    snapshot.sync()
    parsed = sqlglot.parse_one(profiles.select_sql(NOON), dialect="duckdb")
    assert told(parsed.sql(dialect="duckdb")) == {p.pk: naive(p, NOON) for p in people}
