"""Fills an empty installation with the demo shop.

The facts are written by the same models as everyone's; then the snapshot is built and the
segments are filled, so that the first page opened already has true figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from random import Random

from django.db import transaction
from django.utils import timezone

from accounts.demo_access import ensure_demo_users
from accounts.models import Installation
from campaigns.models import (
    Campaign,
    CampaignSegment,
    Engagement,
    LinkTotal,
    Message,
    SendingSettings,
)
from customers.folding import fold
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    CustomerTag,
    Event,
    Order,
    OrderLine,
    Place,
    Product,
    Suppression,
    Tag,
)
from demo import contact, people, shop
from demo.life import Drawn, Life, draw_products, number_orders
from demo.past import CAMPAIGNS, SEGMENTS, SegmentSpec
from demo.sent import PastCampaign, Shop
from segmentation import editing
from segmentation.models import Segment

BATCH = 2000


class NotEmpty(Exception):
    """The installation already holds customers, segments or campaigns."""


def fill(customers: int, seed: int, say: Callable[[str], None]) -> None:
    """Fill the facts, all or nothing; `say` is told each step. Raises NotEmpty."""
    if Customer.objects.exists() or Segment.objects.exists() or Campaign.objects.exists():
        raise NotEmpty
    with transaction.atomic():
        _write_facts(customers, seed, say)
        ensure_demo_users()


def _write_facts(number: int, seed: int, say: Callable[[str], None]) -> None:
    random, now = Random(seed), timezone.now()
    installation = Installation.load()
    installation.demo, installation.shop_name = True, shop.SHOP_NAME
    installation.save()
    _settle_sending()
    CustomAttribute.objects.create(
        key="pointure",
        label="Pointure",
        type=CustomAttribute.Type.NUMBER,
        purpose="Proposer des chaussures à la bonne pointure",
    )
    Place.objects.bulk_create(
        Place(
            name=name,
            folded=fold(name),
            postal_code=postal_code,
            city=city,
            latitude=Decimal(latitude),
            longitude=Decimal(longitude),
        )
        for name, (postal_code, city, latitude, longitude) in shop.PLACES.items()
    )
    say(f"{number} customers")
    people_drawn = Customer.objects.bulk_create(
        people.draw_customers(random, number, now), batch_size=BATCH
    )
    records, suppressions = people.draw_consents(random, people_drawn, now)
    tags = Tag.objects.bulk_create(Tag(name=name, folded=fold(name)) for name in shop.TAGS)
    CustomerTag.objects.bulk_create(
        people.draw_tags(random, people_drawn, tags, now), batch_size=BATCH
    )
    segments = {spec.name: (_segment(spec, rank), spec) for rank, spec in enumerate(SEGMENTS)}

    say("two years of orders and visits")
    drawn = Drawn()
    life = Life(random, Product.objects.bulk_create(draw_products(random)), now)
    habits = {person.pk: people.draw_habits(random, person, now) for person in people_drawn}
    for person in people_drawn:
        life.live(person, habits[person.pk], drawn)
    for person in random.sample(people_drawn, max(1, number // 250)):
        life.abandon_cart(person, habits[person.pk], drawn)

    say("past campaigns")
    ledger: dict[tuple[int, str], list[ConsentRecord]] = defaultdict(list)
    for record in records:
        ledger[record.customer_id, record.subject].append(record)
    world = Shop(people_drawn, habits, ledger, segments, drawn)
    outcomes = []
    for campaign in CAMPAIGNS:
        outcome = PastCampaign(campaign, world, life).draw()
        for record in outcome.withdrawals:
            ledger[record.customer_id, record.subject].append(record)
        records += outcome.withdrawals
        suppressions += outcome.suppressions
        outcomes.append(outcome)

    say(f"{len(drawn.orders)} orders, {len(drawn.events)} visits")
    number_orders(drawn)
    Order.objects.bulk_create(drawn.orders, batch_size=BATCH)
    OrderLine.objects.bulk_create(
        (line for lines in drawn.lines for line in lines), batch_size=BATCH
    )
    Event.objects.bulk_create(drawn.events, batch_size=BATCH)
    ConsentRecord.objects.bulk_create(records, batch_size=BATCH)
    Suppression.objects.bulk_create(suppressions, batch_size=BATCH, ignore_conflicts=True)
    for outcome in outcomes:
        Message.objects.bulk_create(outcome.messages, batch_size=BATCH)
        Engagement.objects.bulk_create(outcome.engagements, batch_size=BATCH)
        LinkTotal.objects.bulk_create(outcome.totals)
    _draft(segments["Fidèles"][0])
    contact.write(timezone.localdate(now))


def _settle_sending() -> None:
    settings = SendingSettings.load()
    settings.sender_name = shop.SHOP_NAME
    settings.sender_email = "bonjour@maison-garance.example"
    settings.sms_sender = "Garance"
    settings.save()


def _segment(spec: SegmentSpec, rank: int) -> Segment:
    segment = editing.create(
        spec.name, spec.description, {"version": 1, "rule": spec.rule}, author=None
    )
    segment.priority = (rank + 1) * 10
    segment.save(update_fields=["priority"])
    return segment


def _draft(segment: Segment) -> None:
    draft = Campaign.objects.create(
        name="Ventes privées d’hiver",
        channel="sms",
        body="Bonjour {{ first_name }}, vos ventes privées ouvrent samedi : "
        "https://maison-garance.example/hiver",
    )
    CampaignSegment.objects.create(campaign=draft, segment=segment)
