"""The facts about each customer as of an instant, read row by row for answers worked out by hand.

Neither the snapshot nor any part of the rule language has a hand in them.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace as Row
from zoneinfo import ZoneInfo

from campaigns.models import Engagement, Message
from customers.models import (
    ConsentRecord,
    Customer,
    CustomerTag,
    Event,
    Order,
    OrderLine,
    Suppression,
)

PARIS = ZoneInfo("Europe/Paris")


def fold(text: str | None) -> str:
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", text or "") if not unicodedata.combining(c)
    )
    return " ".join(bare.casefold().replace("œ", "oe").split())


@dataclass
class Person:
    """A customer's facts as of an instant; `paid` are the orders that count."""

    who: Customer
    tags: set[str] = field(default_factory=set)
    consents: dict[str, str] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    every_order: list[Row] = field(default_factory=list)
    every_item: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    reactions: list[Row] = field(default_factory=list)

    @property
    def paid(self) -> list[Row]:
        return [o for o in self.every_order if o.status == "paid"]

    @property
    def items(self) -> list[Row]:
        return [i for i in self.every_item if i.status == "paid"]

    @property
    def spent(self) -> Decimal:
        return sum((o.total for o in self.paid), Decimal(0))

    @property
    def order_days(self) -> list[dt.date]:
        return sorted({o.day for o in self.paid})

    def reachable(self, channel: str) -> bool:
        has = self.who.email if channel == "email" else self.mobile
        given = self.consents.get(channel) == "given"
        return bool(has) and given and channel not in self.suppressed

    @property
    def mobile(self) -> bool:
        return (self.who.phone or "").startswith(("+336", "+337"))

    @property
    def favourite(self) -> str | None:
        bought: dict[str, list[Row]] = defaultdict(list)
        for item in self.items:
            if item.category:
                bought[item.category].append(item)
        ranked = sorted(
            bought,
            key=lambda c: (
                -len(bought[c]),
                -sum(i.amount for i in bought[c]),
                -max(i.at for i in bought[c]).timestamp(),
                c,
            ),
        )
        return ranked[0] if ranked else None


@dataclass
class Clock:
    """The instant asked at, with its local time."""

    now: dt.datetime

    @property
    def local(self) -> dt.datetime:
        return self.now.astimezone(PARIS)

    @property
    def today(self) -> dt.date:
        return self.local.date()

    def ago(self, n: int, unit: str) -> dt.datetime:
        if unit == "hour":
            return self.now - dt.timedelta(hours=n)
        naive = self.local.replace(tzinfo=None)
        if unit in ("day", "week"):
            naive -= dt.timedelta(days=n * {"day": 1, "week": 7}[unit])
        else:
            months = naive.year * 12 + naive.month - 1 - n * {"month": 1, "year": 12}[unit]
            year, month = divmod(months, 12)
            last = (dt.date(year + month // 11, (month + 1) % 12 + 1, 1) - dt.timedelta(1)).day
            naive = naive.replace(year=year, month=month + 1, day=min(naive.day, last))
        return naive.replace(tzinfo=PARIS).astimezone(dt.UTC)

    def age(self, born: dt.date | None) -> int | None:
        if born is None:
            return None
        early = (self.today.month, self.today.day) < (born.month, born.day)
        return self.today.year - born.year - early


def day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(PARIS).date()


def read_people(now: dt.datetime) -> dict[int, Person]:
    people = {c.pk: Person(c) for c in Customer.objects.all()}
    for tag in CustomerTag.objects.select_related("tag"):
        people[tag.customer_id].tags.add(fold(tag.tag.name))
    for consent in ConsentRecord.objects.order_by("occurred_at", "id"):
        people[consent.customer_id].consents[consent.subject] = consent.state
    stopped = set(Suppression.objects.values_list("channel", "address_hash"))
    for person in people.values():
        hashes = {"email": person.who.email_hash, "sms": person.who.phone_hash}
        person.suppressed = {c for c, hashed in hashes.items() if (c, hashed) in stopped}
    orders = {}
    for o in Order.objects.filter(placed_at__lte=now):
        orders[o.pk] = Row(**vars(o), at=o.placed_at, day=day_of(o.placed_at))
        people[o.customer_id].every_order.append(orders[o.pk])
    for line in OrderLine.objects.select_related("product").filter(order__in=orders):
        parent, product = orders[line.order_id], line.product
        told = {"quantity": line.quantity, "amount": line.amount, "at": parent.at}
        told |= {n: fold(getattr(product, n, "")) for n in ("name", "category", "brand")}
        row = Row(**told, day=parent.day, status=parent.status, channel=parent.channel)
        people[parent.customer_id].every_item.append(row)
    for e in Event.objects.select_related("product").filter(occurred_at__lte=now):
        told = {"name": e.name, "page": fold(e.page), "value": e.value, "at": e.occurred_at}
        category = fold(e.category or getattr(e.product, "category", ""))
        told |= {"product": fold(getattr(e.product, "name", "")), "category": category}
        people[e.customer_id].events.append(Row(**told, day=day_of(e.occurred_at)))
    for m in Message.objects.filter(sent_at__lte=now):
        if m.sent_at:
            row = Row(**vars(m), at=m.sent_at, day=day_of(m.sent_at))
            people[m.customer_id].messages.append(row)
    for r in Engagement.objects.filter(occurred_at__lte=now, machine=False):
        if r.customer_id:
            row = Row(**vars(r), at=r.occurred_at, day=day_of(r.occurred_at))
            people[r.customer_id].reactions.append(row)
    return people
