"""An order as a batch of lines sees it: what the base has of it, what the file did to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from customers.models import Order, OrderLine
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.report import Report

ORDER_KEYS: Final = ("discount", "status", "channel", "store", "promo_code")
ZERO: Final = Decimal(0)
_EMPTY: Final = (None, "", ZERO)


@dataclass(eq=False)
class Basket:
    """An order a batch is about: its lines in the base, and what this import did with it."""

    order: Order
    created: bool = False
    outcome: str = ""
    bought: list[OrderLine] = field(default_factory=list)
    ranks: int = 0
    changed: bool = False
    dirty_lines: list[OrderLine] = field(default_factory=list)

    def assign(self, told: dict[str, Any], *, fill: bool) -> None:
        """Give the order these values; with `fill`, only where it has none."""
        for key, value in told.items():
            old = getattr(self.order, key)
            if old != value and not (fill and old not in _EMPTY):
                setattr(self.order, key, value)
                self.changed = True

    def add_up(self) -> None:
        """Without a column for it, an order's total is the sum of its lines."""
        total = sum((line.amount for line in self.bought), ZERO)
        if self.bought and self.order.total != total:
            self.order.total = total
            self.changed = True

    def count(self, report: Report, before: str = "") -> None:
        """Count the order once, whichever line of it changes it; `before`: as it was counted."""
        if self.outcome == "unchanged" and self.changed:
            self.outcome = "updated"
        if self.outcome != before:
            if before:
                setattr(report, before, getattr(report, before) - 1)
            setattr(report, self.outcome, getattr(report, self.outcome) + 1)

    def recall(self, past: str) -> None:
        """Take up what earlier batches did with the order."""
        ranks, outcome, owner = past.split("|")
        self.ranks, self.outcome = int(ranks), outcome
        self.order.customer_id = self.order.customer_id or int(owner)
        self.created = self.created or outcome == "created"

    @property
    def past(self) -> str:
        """What later batches must know of this order."""
        return f"{self.ranks}|{self.outcome}|{self.order.customer_id}"


def load_lines(baskets: Iterable[Basket]) -> None:
    """Read the lines these orders have: one query."""
    by_order = {basket.order.pk: basket for basket in baskets}
    if by_order:
        for bought in OrderLine.objects.filter(order__in=list(by_order)).order_by("id"):
            by_order[bought.order_id].bought.append(bought)


def save(baskets: Sequence[Basket]) -> None:
    """Write the orders and lines that are new or changed."""
    new = [basket.order for basket in baskets if basket.order.pk is None]
    known = [b.order for b in baskets if b.changed and b.order.pk is not None]
    insert(new)
    if known:
        Order.objects.bulk_create(
            known,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["placed_at", "total", *ORDER_KEYS],
        )
    lines = [line for basket in baskets for line in basket.dirty_lines]
    for line in lines:
        line.order_id = line.order.pk
    changed = [line for line in lines if line.pk is not None]
    insert([line for line in lines if line.pk is None])
    if changed:
        OrderLine.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["product", "quantity", "amount"],
        )
