"""A few facts to mirror, and the marks as a set, for the snapshot's tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer, Order, OrderLine, Product
from segmentation import snapshot
from segmentation.models import ChangeMark
from segmentation.snapshot import reader, tables, triggers

Marks = set[tuple[str, int | None]]
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def own_connection() -> Iterator[None]:
    """Let go of the connection on a test's private snapshot."""
    yield
    reader.close()


@pytest.fixture
def marks(db: None) -> Callable[[], Marks]:
    """The marks left since the last call (or since the test began), taken away."""

    def take() -> Marks:
        found = set(ChangeMark.objects.values_list("table", "customer_id"))
        ChangeMark.objects.all().delete()
        return found

    if not triggers.stand():
        triggers.install()
    take()
    return take


def customer(**values: Any) -> Customer:
    return Customer.objects.create(**values)


def order(
    customer: Customer, total: str = "10", placed_at: dt.datetime = NOON, **values: Any
) -> Order:
    nth = Order.objects.filter(customer=customer).count() + 1
    return Order.objects.create(
        customer=customer, total=Decimal(total), placed_at=placed_at, nth=nth, **values
    )


def line(order: Order, category: str, amount: str = "5", **values: Any) -> OrderLine:
    product, _ = Product.objects.get_or_create(
        name=f"Produit {category}", defaults={"category": category, "brand": "Marque"}
    )
    return OrderLine.objects.create(order=order, product=product, amount=Decimal(amount), **values)


def rows(sql: str) -> list[tuple[Any, ...]]:
    """What the current version answers."""
    with snapshot.cursor() as cursor:
        return cursor.execute(sql).fetchall()


def row(sql: str) -> dict[str, Any]:
    """The one row that the current version answers with, by column."""
    with snapshot.cursor() as cursor:
        answer = cursor.execute(sql)
        names = [column[0] for column in answer.description]
        (found,) = answer.fetchall()
    return dict(zip(names, found, strict=True))


def everything() -> dict[str, list[Any]]:
    """Every row of every table but `meta`."""
    names = [*tables.registry.tables, "profiles", "spellings", "labels"]
    return {name: rows(f'SELECT * FROM "{name}" ORDER BY ALL') for name in names}
