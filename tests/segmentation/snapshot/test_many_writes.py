"""Every kind of write, one sync after the other: each leaves what a whole rebuild makes.

Time passes between them, over the night clocks go forward, and what was dated ahead comes to pass.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from campaigns.models import Campaign, CampaignLink, Engagement
from customers.duplicates import merging
from customers.fields import address_hash
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    CustomerTag,
    Event,
    EventProperty,
    Order,
    OrderLine,
    Product,
    Suppression,
    Tag,
)
from segmentation import deletion, snapshot
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.snapshot import syncing
from tests.segmentation.snapshot.conftest import everything

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
EVENING = dt.datetime(2026, 3, 28, 22, tzinfo=dt.UTC)
WORDS = ["", "Thé", "THÉ", "the", "  thé ", "Café", "x\ty", "œuf", "OEUF", "\u00a0", "ß", "SS"]
# Fifteen on that very night, the day before, and long ago.
BIRTHS = [None, dt.date(2011, 3, 29), dt.date(2011, 3, 28), dt.date(1980, 1, 1)]
MINUTES = [-600_000, -90_000, -3000, -60, 0, 30, 60, 90, 600, 3000]


class Writer:
    """Writes something somewhere; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.now = EVENING
        writes: list[Callable[[], object]] = [
            *(self.person, self.values, self.address, self.suppression, self.consent),
            *(self.consent, self.order, self.order, self.moved_order, self.product, self.event),
            *(self.tag, self.changed_tag, self.segment, self.member, self.changed_list),
            *(self.engagement, self.link, self.gone),
        ]
        self.writes = writes

    def write(self) -> None:
        try:
            with transaction.atomic():
                self.draw.choice(self.writes)()
        except IntegrityError:
            # What it refers to has gone, or is there already.
            pass

    def word(self) -> str:
        return self.draw.choice(WORDS)

    def at(self) -> dt.datetime:
        return self.now + dt.timedelta(minutes=self.draw.choice(MINUTES))

    def some(self, model: type[Model]) -> Any:
        return self.draw.choice([None, *model._default_manager.order_by("pk")])

    def one(self) -> Customer:
        return self.draw.choice(list(Customer.objects.order_by("pk")))

    def update(self, model: type[Model], **values: Any) -> None:
        found = self.some(model)
        if found is not None:
            model._default_manager.filter(pk=found.pk).update(**values)

    def person(self) -> None:
        Customer.objects.create(city=self.word(), interests=[self.word(), self.word()])

    def values(self) -> None:
        carried = {"Size": self.draw.choice(["3.5", 4, "x"]), "size": self.word(), "ill": "yes"}
        birth = self.draw.choice(BIRTHS)
        self.update(Customer, attributes=carried, birth_date=birth, profession=self.word())

    def _address(self) -> tuple[str, str]:
        if self.draw.random() < 0.5:
            return "email", f"p{self.draw.randrange(4)}@example.org"
        return "phone", f"+3361234567{self.draw.randrange(3)}"

    def address(self) -> None:
        field, address = self._address()
        self.update(Customer, **{field: address, f"{field}_hash": address_hash(address)})

    def suppression(self) -> None:
        field, address = self._address()
        named = {"channel": field.replace("phone", "sms"), "address_hash": address_hash(address)}
        if not Suppression.objects.filter(**named).delete()[0]:
            Suppression.objects.create(reason="complaint", **named)

    def consent(self) -> None:
        subject = self.draw.choice(["email", "sms", "tracking", "sensitive"])
        ConsentRecord.objects.create(
            customer=self.one(),
            subject=subject,
            state=self.draw.choice(["given", "withdrawn", "unknown"]),
            basis=self.draw.choice(["consent", "customer", "guardian"]),
            attribute_key="ill" if subject == "sensitive" else "",
            occurred_at=self.at(),
        )

    def order(self) -> None:
        total = Decimal(self.draw.randrange(-50, 300))
        made = Order.objects.create(
            customer=self.one(), placed_at=self.at(), total=total, store=self.word()
        )
        for _ in range(self.draw.randrange(3)):
            OrderLine.objects.create(order=made, product=self.some(Product), amount=total)

    def moved_order(self) -> None:
        self.update(Order, customer=self.one(), status=self.draw.choice(["paid", "refunded"]))
        if (other := self.some(Order)) is not None:
            self.update(OrderLine, order=other)

    def product(self) -> None:
        names = {name: self.word() for name in ("name", "category", "brand")}
        self.update(Product, **names) if self.draw.random() < 0.7 else Product(**names).save()

    def event(self) -> None:
        Event.objects.create(
            customer=self.one(),
            name="visit",
            occurred_at=self.at(),
            product=self.some(Product),
            properties={"shade": self.word(), "Shade": "other"},
        )

    def tag(self) -> None:
        name = f"t{self.draw.randrange(3)}"
        tag, _ = Tag.objects.get_or_create(folded=name, defaults={"name": name})
        CustomerTag.objects.create(customer=self.one(), tag=tag)

    def changed_tag(self) -> None:
        tag, other = self.some(Tag), self.some(Tag)
        if tag is None or other is None:
            return
        if tag == other:
            Tag.objects.filter(pk=tag.pk).update(name=self.word())
            return
        there = CustomerTag.objects.filter(tag=other).values("customer")
        CustomerTag.objects.filter(tag=tag).exclude(customer__in=there).update(tag=other)
        tag.delete()

    def segment(self) -> None:
        kind = self.draw.choice(Segment.Kind.values)
        Segment.objects.create(name=str(self.draw.random()), kind=kind)

    def member(self) -> None:
        segment, person = self.some(Segment), self.one()
        if segment is not None:
            told = {"segment": segment, "customer": person}
            cause = self.draw.choice(["refresh", "first_fill"])
            MembershipChange.objects.create(kind="entered", cause=cause, at=self.at(), **told)
            Membership.objects.create(**told)

    def changed_list(self) -> None:
        self.update(Segment, kind=self.draw.choice(Segment.Kind.values))
        if (segment := self.some(Segment)) is not None:
            deletion.delete(segment)

    def engagement(self) -> None:
        Engagement.objects.create(
            customer=self.one(),
            campaign=Campaign.objects.get(),
            kind=self.draw.choice(["click", "open"]),
            channel="email",
            link=self.some(CampaignLink),
            occurred_at=self.at(),
        )

    def link(self) -> None:
        self.update(CampaignLink, url=self.draw.choice(["https://a/x?u=1", "http://a/x#z", "b"]))

    def gone(self) -> None:
        one, other = self.one(), self.one()
        known = Customer.objects.filter(erased_at=None).count()
        if known < 6:
            return
        if one != other and not (one.erased_at or other.erased_at):
            merging.merge(one.pk, other.pk, by=None)
        elif self.draw.random() < 0.5:
            one.delete()
        else:
            erased_at = None if one.erased_at else self.now
            Customer.objects.filter(pk=one.pk).update(erased_at=erased_at)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_written_a_sync_makes_what_a_rebuild_makes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(seed)
    monkeypatch.setattr(timezone, "now", lambda: writer.now)
    for bound in ("SHARE", "SWOLLEN"):
        monkeypatch.setattr(syncing, bound, 1000.0)
    CustomAttribute.objects.create(key="Size", label="Size", type="number")
    CustomAttribute.objects.create(key="size", label="size")
    CustomAttribute.objects.create(key="ill", label="Ill", sensitive="health")
    EventProperty.objects.create(key="shade", label="Shade", type="text")
    campaign = Campaign.objects.create(name="Soldes", channel="email")
    CampaignLink.objects.create(campaign=campaign, url="https://a/x", position=1)
    for _ in range(8):
        writer.person()
    snapshot.sync()
    for turn in range(60):
        for _ in range(writer.draw.randrange(1, 6)):
            writer.write()
        writer.now += dt.timedelta(minutes=writer.draw.choice([0, 0, 0, 1, 30, 60, 700, 5000]))
        assert not snapshot.sync().whole
        if turn % 3:
            continue
        kept, told = everything(), snapshot.meta()
        snapshot.sync(rebuild=True)
        assert everything() == kept
        again = snapshot.meta()
        assert (again.tables, again.next_row_at, again.stale_at) == (
            *(told.tables, told.next_row_at, told.stale_at),
        )
