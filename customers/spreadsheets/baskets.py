"""An order as a batch of lines sees it: what the base has of it, what the file did to it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any, Final

from customers.fieldtypes.numbers import LARGEST_MONEY
from customers.models import ImportChange, Order, OrderLine
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.report import Report

ORDER_KEYS: Final = ("discount", "status", "channel", "store", "promo_code")
ZERO: Final = Decimal(0)
_EMPTY: Final = (None, "", ZERO)


@dataclass(eq=False)
class Basket:
    """An order a batch is about: its lines in the base, and what this import did with it.

    `taken` holds the places, in `bought`, of the lines this import has already spoken of;
    `kept` holds the places of those that only an equal line may be about.
    `total_told` is whether the total was given as such, and so is not the sum of the lines.
    """

    order: Order
    created: bool = False
    outcome: str = ""
    bought: list[OrderLine] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    total_told: bool = False
    changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    lines_before: dict[int, dict[str, Any]] = field(default_factory=dict)
    dirty_lines: list[OrderLine] = field(default_factory=list)

    def assign(self, told: dict[str, Any], *, fill: bool) -> None:
        """Give the order these values; with `fill`, only where it has none."""
        for key, value in told.items():
            old = getattr(self.order, key)
            if old != value and not (fill and old not in _EMPTY):
                self._put(key, value)

    def _put(self, key: str, value: Any) -> None:
        self.before.setdefault(key, getattr(self.order, key))
        setattr(self.order, key, value)
        self.changed = True

    def mend(self, line: OrderLine, told: dict[str, Any]) -> None:
        """Bring a line to what the file says."""
        before = self.lines_before.setdefault(line.pk, {}) if line.pk is not None else {}
        for key, value in told.items():
            before.setdefault(key, getattr(line, key))
            setattr(line, key, value)

    def next_line(self, told: dict[str, Any]) -> OrderLine | None:
        """The line of the order that the file's next line is about; None for one more.

        It is an equal one, else one of the same product, else one that cost the same, whose
        product goes by another name now. Where the file names no product, it is one that cost the
        same, else the next.
        """
        product, cost = told["product_id"], (told["quantity"], told["amount"])
        equal: Hashable = cost if product is None else (product, *cost)
        for key in (cost, None) if product is None else (equal, product, cost):
            places = self._places.get(key, deque())
            while places:
                place = places.popleft()
                if place not in self.taken and (key == equal or place not in self.kept):
                    self.taken.add(place)
                    return self.bought[place]
        self.taken.add(len(self.bought))
        return None

    @cached_property
    def _places(self) -> dict[Hashable, deque[int]]:
        """Where the order's lines stand: by product and cost, by either, and all of them."""
        places: dict[Hashable, deque[int]] = defaultdict(deque)
        for place, line in enumerate(self.bought):
            cost = (line.quantity, line.amount)
            for key in {(line.product_id, *cost), line.product_id, cost, None}:
                places[key].append(place)
        return places

    def add_up(self) -> None:
        """An order whose total nobody gave comes to the sum of its lines."""
        if self.bought and not self.total_told and self.order.total != (added := self._sum):
            self._put("total", added)

    def has_room_for(self, amount: Decimal) -> bool:
        """Whether the lines with so much more still come to a total that can be kept."""
        return self._sum + amount < LARGEST_MONEY

    @property
    def _sum(self) -> Decimal:
        # A rebate may stand before what it is taken off.
        return max(sum((line.amount for line in self.bought), ZERO), ZERO)

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
        taken, self.outcome, owner, total_told = past.split("|")
        self.total_told = self.total_told or bool(total_told)
        self.taken = set(_read_spans(taken))
        self.order.customer_id = self.order.customer_id or int(owner)
        self.created = self.created or self.outcome == "created"

    @property
    def past(self) -> str:
        """What later batches must know of this order."""
        total_told = "told" if self.total_told else ""
        return f"{_spans(self.taken)}|{self.outcome}|{self.order.customer_id}|{total_told}"


def _spans(numbers: Iterable[int]) -> str:
    """Whole numbers briefly: 0-41,43-43."""
    runs = groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _place, number in run] for _step, run in runs]
    return ",".join(f"{run[0]}-{run[-1]}" for run in ends)


def _read_spans(text: str) -> Iterator[int]:
    for run in filter(None, text.split(",")):
        first, _dash, last = run.partition("-")
        yield from range(int(first), int(last) + 1)


def load_lines(baskets: Iterable[Basket]) -> None:
    """Read the lines these orders have: one query."""
    by_order = {basket.order.pk: basket for basket in baskets}
    if by_order:
        for bought in OrderLine.objects.filter(order__in=list(by_order)).order_by("id"):
            by_order[bought.order_id].bought.append(bought)
    for basket in by_order.values():
        basket.total_told = basket.order.total != basket._sum


def keep_lines_of(job_id: int, baskets: Iterable[Basket]) -> None:
    """Keep the lines an import made or changed from others of the same product; one query.

    Its rejected lines, mended, come besides them.
    """
    places = {
        line.pk: (basket, place) for basket in baskets for place, line in enumerate(basket.bought)
    }
    notes = ImportChange.objects.filter(
        job=job_id, record=ImportChange.Record.LINE, record_id__in=list(places)
    )
    for pk in notes.values_list("record_id", flat=True):
        basket, place = places[pk]
        basket.kept.add(place)


def save(baskets: Sequence[Basket], journal: Journal) -> None:
    """Write the orders and lines that are new or changed, and note them."""
    new = [basket.order for basket in baskets if basket.order.pk is None]
    known = [b.order for b in baskets if b.changed and b.order.pk is not None]
    insert(new)
    journal.created(ImportChange.Record.ORDER, [order.pk for order in new])
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
    added = [line for line in lines if line.pk is None]
    insert(added)
    journal.created(ImportChange.Record.LINE, [line.pk for line in added])
    _note(baskets, journal)
    if changed:
        OrderLine.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["product", "quantity", "amount"],
        )


def _note(baskets: Sequence[Basket], journal: Journal) -> None:
    """Tell the journal what orders and lines that were there before have become."""
    for basket in baskets:
        order = basket.order
        if basket.before and not basket.created:
            after = {key: getattr(order, key) for key in basket.before}
            journal.changed(ImportChange.Record.ORDER, order.pk, basket.before, after)
        for line in basket.bought:
            if (before := basket.lines_before.get(line.pk)) is not None:
                after = {key: getattr(line, key) for key in before}
                journal.changed(ImportChange.Record.LINE, line.pk, before, after)
