"""A few people's key figures, computed from their orders each time they are asked for.

Only paid orders count, as in rules. Nothing is kept: what a million people add up to is the
snapshot's business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Min, Sum

from customers.models import Order


@dataclass(frozen=True)
class KeyFigures:
    """Paid orders of one person: how many, how much, when first and last."""

    orders: int = 0
    spent: Decimal = Decimal(0)
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None

    @property
    def average_basket(self) -> Decimal | None:
        return self.spent / self.orders if self.orders else None


def key_figures(customer_ids: Collection[int]) -> dict[int, KeyFigures]:
    """The figures of each of these people, in one query; nobody is left out."""
    figures = dict.fromkeys(customer_ids, KeyFigures())
    paid = Order.objects.filter(customer_id__in=customer_ids, status=Order.Status.PAID)
    rows = (
        paid.order_by()
        .values_list("customer_id")
        .annotate(Count("id"), Sum("total"), Min("placed_at"), Max("placed_at"))
    )
    return figures | {pk: KeyFigures(*found) for pk, *found in rows}
