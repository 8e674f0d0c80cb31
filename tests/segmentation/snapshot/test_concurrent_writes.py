"""Writers and syncs at the same time: in the end the snapshot is what a whole rebuild makes."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from customers.fields import address_hash
from customers.models import ConsentRecord, Customer, Event, Order, OrderLine, Product, Suppression
from segmentation import snapshot
from segmentation.snapshot import reader, syncing
from tests.segmentation.snapshot.conftest import NOON, everything, rows

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


def write_something(draw: random.Random, products: list[Product]) -> None:
    """One transaction of some kind, in one of the ways applications write."""
    people = list(Customer.objects.order_by("id")[:200])
    person = draw.choice(people) if people else Customer.objects.create()
    match draw.randrange(12):
        case 0:
            Customer.objects.bulk_create(
                [Customer(city=f"Ville {draw.randrange(9)}") for _ in range(draw.randrange(1, 9))]
            )
        case 1:
            Customer.objects.filter(pk=person.pk).update(city=f"Ville {draw.randrange(9)}")
        case 2 | 3:
            with transaction.atomic():
                bought = Order.objects.create(
                    customer=person,
                    number=f"N{draw.randrange(10**9)}",
                    placed_at=NOON + dt.timedelta(hours=draw.randrange(-900, 900)),
                    total=Decimal(draw.randrange(900)),
                )
                OrderLine.objects.create(
                    order=bought, product=draw.choice(products), amount=bought.total
                )
        case 4:
            Order.objects.filter(customer=person).update(status=draw.choice(["paid", "refunded"]))
        case 5:
            if len(people) > 5:
                person.delete()
        case 6:
            email = f"p{draw.randrange(5)}@example.org"
            hashed = address_hash(email)
            Customer.objects.filter(pk=person.pk).update(email=email, email_hash=hashed)
            Suppression.objects.get_or_create(
                channel="email", address_hash=hashed, defaults={"reason": "complaint"}
            )
        case 7:
            ConsentRecord.objects.create(
                customer=person, subject="email", state=draw.choice(["given", "withdrawn"])
            )
        case 8:
            # Someone else's from now on, lines and all.
            Order.objects.filter(customer=draw.choice(people or [person])).update(customer=person)
        case 9:
            known = Product.objects.filter(pk=draw.choice(products).pk)
            known.update(category=draw.choice(["Thés", "THÉS", "Miels"]))
        case 10:
            soon = timezone.now() + dt.timedelta(seconds=draw.random())
            Order.objects.create(customer=person, placed_at=soon, total=Decimal(5))
        case _:
            Event.objects.create(customer=person, name="visit", occurred_at=NOON)


def run(seconds: float, writers: int, seed: int) -> int:
    """Write and sync together for some time, then compare; how many versions were renewed."""
    products = Product.objects.bulk_create(
        [Product(name=f"p{n}", category=f"c{n % 3}") for n in range(6)]
    )
    faults: list[BaseException] = []
    stop = threading.Event()

    def write(seed: int) -> None:
        draw = random.Random(seed)
        try:
            while not stop.is_set():
                try:
                    write_something(draw, products)
                except (Customer.DoesNotExist, IntegrityError):
                    # The person was deleted by another writer meanwhile.
                    continue
                time.sleep(0.002)
        except Exception as fault:  # noqa: BLE001 - reported by the test
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(seed * 100 + n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    renewed = 0
    try:
        while time.monotonic() < deadline or renewed < 2:
            synced = snapshot.sync()
            renewed += synced.published and not synced.whole
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults
    snapshot.sync()
    while snapshot.meta().stale_at is not None:
        # An order that is yet to come would tell the two builds apart.
        snapshot.sync()
    assert snapshot.pending() == 0
    kept = everything()
    snapshot.sync(rebuild=True)
    assert everything() == kept
    counted = rows("SELECT count(*), sum(orders_count) FROM profiles")
    paid = Order.objects.filter(status="paid", placed_at__lte=snapshot.meta().built_at).count()
    assert counted == [(Customer.objects.count(), paid)]
    reader.close()
    return renewed


@pytest.fixture(autouse=True)
def renewed_whatever_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "SHARE", 1000.0)


def test_writers_and_syncs_at_once_lose_no_write() -> None:
    assert run(seconds=1.5, writers=2, seed=1) >= 2


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 8))
def test_writers_and_syncs_at_once_lose_no_write_for_long(seed: int) -> None:
    assert run(seconds=45, writers=4, seed=seed) >= 2
