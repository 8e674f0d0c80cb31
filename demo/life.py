"""What the demo shop's customers did in two years: orders, visits, carts.

Each person buys at their own rate until the day they stop, so that loyal, sleeping and lost
customers come about by themselves, as in a real base.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from customers.models import Customer, Event, Order, OrderLine, Product
from demo import shop
from demo.people import Habits

PARIS = ZoneInfo("Europe/Paris")
CENT = Decimal("0.01")
HISTORY = dt.timedelta(days=730)
BROWSING = dt.timedelta(days=180)
# How busy each month is against the average: presents in December, calm in August.
SEASON = (0.95, 0.9, 0.95, 0.95, 1.1, 1.0, 0.9, 0.7, 0.95, 1.0, 1.25, 1.6)


@dataclass
class Drawn:
    """Unsaved orders with their unsaved lines, and unsaved events."""

    orders: list[Order] = field(default_factory=list)
    lines: list[list[OrderLine]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def draw_products(random: Random) -> list[Product]:
    """The shelves as unsaved products, in the order of `shop.CATEGORIES`."""
    return [
        Product(
            reference=f"{index + 1}{number + 1:02d}",
            name=name,
            category=category.name,
            brand=random.choice(category.brands),
            price=Decimal(price),
        )
        for index, category in enumerate(shop.CATEGORIES)
        for number, (name, price) in enumerate(category.products)
    ]


class Life:
    """Draws what people do, with the saved products at hand."""

    def __init__(self, random: Random, products: list[Product], now: dt.datetime) -> None:
        self.random = random
        self.now = now
        self.shelves = [
            [product for product in products if product.category == category.name]
            for category in shop.CATEGORIES
        ]

    def live(self, customer: Customer, habits: Habits, drawn: Drawn) -> None:
        """Add this person's two years to `drawn`."""
        assert customer.signed_up_at is not None
        start = max(customer.signed_up_at, self.now - HISTORY)
        end = min(habits.stops_at, self.now)
        at = start + dt.timedelta(days=self.random.expovariate(1 / 3))
        while habits.rate and at < end:
            if self.random.random() < SEASON[at.month - 1] / max(SEASON):
                self.order(customer, habits, at, drawn)
            # Some hardly ever buy: their next order may lie beyond the calendar's end.
            at += dt.timedelta(days=min(9999, self.random.expovariate(habits.rate * max(SEASON))))
        self._browse(customer, habits, drawn)

    def order(
        self,
        customer: Customer,
        habits: Habits,
        at: dt.datetime,
        drawn: Drawn,
        promo_code: str = "",
    ) -> Order:
        """Add one order around `at`, in shop or web hours, and the visits that led to it."""
        channel = self.random.choices(["web", "store", "phone"], [66, 30, 4])[0]
        placed_at = min(self._at_a_likely_hour(at, channel), self.now)
        lines = [
            self._line(habits) for _ in range(self.random.choices([1, 2, 3, 4], [45, 30, 17, 8])[0])
        ]
        total = sum((line.amount for line in lines), Decimal(0))
        discount = Decimal(0)
        if promo_code or self.random.random() < 0.14:
            promo_code = promo_code or self.random.choice(["BIENVENUE", "ETE15", "NOEL", "MERCI10"])
            discount = (total * self.random.choice([10, 15]) / 100).quantize(CENT)
        recent = self.now - placed_at < dt.timedelta(days=2)
        statuses = ["paid", "refunded", "cancelled", "pending" if recent else "paid"]
        order = Order(
            customer=customer,
            placed_at=placed_at,
            total=total - discount,
            discount=discount,
            status=self.random.choices(statuses, [960, 12, 18, 10])[0],
            channel=channel,
            store=self.random.choice(shop.STORES) if channel == "store" else "",
            promo_code=promo_code,
        )
        drawn.orders.append(order)
        drawn.lines.append(lines)
        if channel == "web" and self.now - placed_at < BROWSING:
            for line in lines:
                seen_at = placed_at - dt.timedelta(minutes=self.random.randint(2, 60 * 30))
                drawn.events.append(self._event(customer, "page_view", seen_at, line.product))
            drawn.events.append(
                self._event(
                    customer, "cart", placed_at - dt.timedelta(minutes=1), lines[0].product, total
                )
            )
        return order

    def _line(self, habits: Habits) -> OrderLine:
        shelf = self._shelf(habits)
        product = self.random.choice(shelf)
        wanted = 2 if (product.price or 0) < 15 * habits.generosity else 1
        quantity = self.random.randint(1, wanted)
        return OrderLine(
            product=product, quantity=quantity, amount=(product.price or Decimal(0)) * quantity
        )

    def _shelf(self, habits: Habits) -> list[Product]:
        if self.random.random() < 0.6:
            return self.shelves[habits.category]
        return self.random.choices(self.shelves, [c.weight for c in shop.CATEGORIES])[0]

    def _browse(self, customer: Customer, habits: Habits, drawn: Drawn) -> None:
        curious = self.random.random() < 0.55
        at = self.now - BROWSING + dt.timedelta(days=self.random.expovariate(1 / 30))
        while curious and at < self.now:
            product = self.random.choice(self._shelf(habits))
            for _ in range(self.random.choices([1, 2, 3], [70, 20, 10])[0]):
                seen_at = at - dt.timedelta(minutes=self.random.randint(0, 90))
                drawn.events.append(self._event(customer, "page_view", seen_at, product))
            if self.random.random() < 0.12:
                drawn.events.append(self._event(customer, "cart", at, product, product.price))
            elif self.random.random() < 0.05:
                drawn.events.append(self._event(customer, "store_visit", at, None))
            at += dt.timedelta(days=self.random.expovariate(1 / 34))

    def abandon_cart(self, customer: Customer, habits: Habits, drawn: Drawn) -> None:
        """A cart left 2 to 4 hours ago."""
        product = self.random.choice(self._shelf(habits))
        at = self.now - dt.timedelta(minutes=self.random.randint(125, 235))
        drawn.events.append(self._event(customer, "page_view", at, product))
        drawn.events.append(self._event(customer, "cart", at, product, product.price))

    def _event(
        self,
        customer: Customer,
        name: str,
        at: dt.datetime,
        product: Product | None,
        value: Decimal | None = None,
    ) -> Event:
        return Event(
            customer=customer,
            name=name,
            occurred_at=at,
            product=product,
            category=product.category if product else "",
            page=f"/produits/{product.reference}" if product else "",
            value=value,
        )

    def _at_a_likely_hour(self, at: dt.datetime, channel: str) -> dt.datetime:
        opens, closes = (10, 18) if channel != "web" else (7, 22)
        local = at.astimezone(PARIS).replace(
            hour=self.random.randint(opens, closes), minute=self.random.randint(0, 59)
        )
        closed = channel != "web" and local.weekday() == 6
        return local - dt.timedelta(days=1) if closed else local


def number_orders(drawn: Drawn) -> None:
    """Give the orders their numbers, in the order they were placed."""
    pairs = sorted(zip(drawn.orders, drawn.lines, strict=True), key=lambda pair: pair[0].placed_at)
    for index, (order, lines) in enumerate(pairs):
        order.number = f"MG-{order.placed_at:%Y}-{index + 1:06d}"
        for line in lines:
            line.order = order
    drawn.orders = [order for order, _ in pairs]
    drawn.lines = [lines for _, lines in pairs]
