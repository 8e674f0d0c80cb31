"""Bringing a version up to date: whatever changes, the outcome is what a whole rebuild makes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Campaign, CampaignLink, Engagement
from customers.fields import address_hash
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    CustomerTag,
    Event,
    EventProperty,
    Order,
    Product,
    Suppression,
    Tag,
)
from segmentation import snapshot
from segmentation.models import ChangeMark, Membership, MembershipChange, Segment
from segmentation.snapshot import marks, part, syncing, triggers, versions
from tests.segmentation.snapshot.conftest import NOON, customer, everything, line, order, rows

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


@pytest.fixture
def people() -> list[Customer]:
    """Twenty customers who did a bit of everything, and a version that tells of it."""
    made = [
        customer(city=f"Ville {n % 3}", email=f"p{n}@example.org", interests=["Vélo", "Thé"])
        for n in range(20)
    ]
    tag = Tag.objects.create(name="Fidèle", folded="fidele")
    for n, person in enumerate(made[:8]):
        line(order(person, str(n + 1)), ["Thés", "Cafés", "Miels"][n % 3])
        Event.objects.create(
            customer=person,
            name="product_view",
            occurred_at=NOON,
            product=Product.objects.filter(category="Thés").first(),
        )
        CustomerTag.objects.create(customer=person, tag=tag)
    assert snapshot.sync().whole
    return made


def renewed() -> snapshot.Synced:
    """A sync that had no need to build whole; the outcome is compared by the caller."""
    synced = snapshot.sync()
    assert synced.published
    assert not synced.whole
    assert snapshot.pending() == 0
    return synced


def as_rebuilt() -> None:
    """What is stored is what a whole rebuild stores, row by row."""
    kept, told = everything(), snapshot.meta()
    assert snapshot.sync(rebuild=True).whole
    assert everything() == kept
    again = snapshot.meta()
    assert (again.tables, again.customers) == (told.tables, told.customers)
    assert (again.next_row_at, again.stale_at) == (told.next_row_at, told.stale_at)


def test_one_order_writes_its_customer_alone_and_everyones_ranks(people: list[Customer]) -> None:
    before = dict(rows("SELECT customer_id, revenue_rank FROM profiles"))
    line(order(people[2], "500"), "THÉS")
    synced = renewed()
    assert synced.tables["orders"] == 9
    assert synced.changed_rows < 20
    after = dict(rows("SELECT customer_id, revenue_rank FROM profiles"))
    assert (before[people[2].pk], after[people[2].pk]) == (6, 1)
    assert (before[people[7].pk], after[people[7].pk]) == (1, 2)
    as_rebuilt()


def test_rows_that_pass_to_someone_else_are_told_of_them(people: list[Customer]) -> None:
    ada, bob = people[0], people[9]
    Order.objects.filter(customer=ada).update(customer=bob)
    Event.objects.filter(customer=ada).update(customer=bob)
    renewed()
    owners = "SELECT (SELECT count(*) FROM {} WHERE customer_id = {})"
    for table in ("orders", "items", "events"):
        counted = [rows(owners.format(table, who.pk))[0][0] for who in (ada, bob)]
        assert counted == [0, 1]
    ada.delete()
    renewed()
    assert snapshot.meta().customers == 19
    as_rebuilt()


def test_the_spelling_met_most_often_stays_the_label(people: list[Customer]) -> None:
    assert rows("SELECT label, n FROM labels WHERE folded = 'ville 1'") == [("Ville 1", 7)]
    for n in (1, 4, 7, 10):
        Customer.objects.filter(pk=people[n].pk).update(city="VILLE 1")
        snapshot.sync()
    assert rows("SELECT label, n FROM labels WHERE folded = 'ville 1'") == [("VILLE 1", 7)]
    as_rebuilt()


def test_what_many_rows_repeat_reaches_them_all(
    people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "SHARE", 1.0)
    campaign = Campaign.objects.create(name="Soldes", channel="email")
    link = CampaignLink.objects.create(campaign=campaign, url="https://a.example/x", position=1)
    Engagement.objects.create(
        customer=people[3],
        campaign=campaign,
        kind="click",
        channel="email",
        link=link,
        occurred_at=NOON,
    )
    renewed()
    Product.objects.filter(category="Thés").update(name="Sencha", category="Thés verts")
    Tag.objects.update(name="Fidélisé", folded="fidelise")
    CampaignLink.objects.update(url="https://b.example/y")
    renewed()
    for table, column, text, n in (
        ("items", "category", "thes verts", 3),
        ("events", "product", "sencha", 8),
        ("customer_tags", "tag", "fidelise", 8),
        ("engagements", "link", "b.example/y", 1),
    ):
        assert rows(f"SELECT count(*) FROM {table} WHERE {column} = '{text}'") == [(n,)]
    Product.objects.create(name="Neuf", category="Nouveautés")
    renewed()
    as_rebuilt()


def test_an_address_suppressed_before_anyone_was_seen_to_have_it(people: list[Customer]) -> None:
    hashed = address_hash("p4@example.org") or ""
    Suppression.objects.create(channel="email", address_hash=hashed, reason="complaint")
    # Its transaction did not see the one that gave them the address.
    ChangeMark.objects.filter(customer_id=people[4].pk).delete()
    renewed()
    assert rows("SELECT id FROM customers WHERE email_suppressed") == [(people[4].pk,)]
    as_rebuilt()


def test_a_list_made_of_a_rule_has_its_members_at_once(people: list[Customer]) -> None:
    segment = Segment.objects.create(name="Règle")
    for person in people[:3]:
        Membership.objects.create(segment=segment, customer=person)
        MembershipChange.objects.create(
            segment=segment, customer=person, kind="entered", cause="refresh", at=NOON
        )
    renewed()
    assert rows("SELECT count(*) FROM segment_changes") == [(3,)]
    assert rows("SELECT count(*) FROM static_members") == [(0,)]
    Segment.objects.update(kind=Segment.Kind.STATIC)
    renewed()
    assert rows("SELECT count(*) FROM static_members") == [(3,)]
    as_rebuilt()


def test_what_was_to_come_comes_to_pass_without_a_write(
    people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    order(people[12], placed_at=soon)
    later = soon + dt.timedelta(hours=1)
    ConsentRecord.objects.create(
        customer=people[13], subject="email", state="given", occurred_at=later
    )
    renewed()
    assert (snapshot.meta().next_row_at, snapshot.meta().stale_at) == (soon, soon)
    monkeypatch.setattr(timezone, "now", lambda: soon)
    renewed()
    assert rows(f"SELECT orders_count FROM profiles WHERE customer_id = {people[12].pk}") == [(1,)]
    assert (snapshot.meta().next_row_at, snapshot.meta().stale_at) == (None, later)
    monkeypatch.setattr(timezone, "now", lambda: later)
    renewed()
    assert rows("SELECT id FROM customers WHERE email_consent = 'given'") == [(people[13].pk,)]
    as_rebuilt()
    # A clock set back: what came to pass by that version's is yet to come.
    monkeypatch.setattr(timezone, "now", lambda: soon - dt.timedelta(minutes=1))
    customer()
    assert snapshot.sync().whole
    assert rows(f"SELECT orders_count FROM profiles WHERE customer_id = {people[12].pk}") == [(0,)]


def _change_many() -> None:
    Customer.objects.filter(pk__in=Customer.objects.values("pk")[:5]).update(city="Ailleurs")


def _swell() -> None:
    customer()
    version = snapshot.current_version()
    assert version is not None
    pointer = versions.folder() / versions.POINTER
    told = json.loads(pointer.read_text())
    pointer.write_text(json.dumps(told | {"whole_size": version.size // 3}))


def _empty_a_table() -> None:
    ChangeMark.objects.create(table=triggers.EVERYTHING)


def _change_a_type() -> None:
    CustomAttribute.objects.filter(key="taille").update(type="text")


WHOLE: dict[str, Callable[[], object]] = {
    "above a fifth of the customers": _change_many,
    "after an erasure": marks.mark_everything,
    "after a table was emptied": _empty_a_table,
    "for a file grown too large": _swell,
    "for a new attribute": lambda: CustomAttribute.objects.create(key="vip", label="VIP"),
    "for an attribute of another type": _change_a_type,
    "for a new property of events": lambda: EventProperty.objects.create(key="x", type="text"),
    "for a table that nobody declares": lambda: ChangeMark.objects.create(table="gone"),
}


def test_everything_is_built_anew_where_the_current_version_will_not_do() -> None:
    CustomAttribute.objects.create(key="taille", label="Taille", type="number")
    for n in range(20):
        customer(attributes={"taille": str(n)})
    snapshot.sync()
    for reason, change in WHOLE.items():
        change()
        assert snapshot.sync().whole, reason
    Customer.objects.filter(attributes__taille="7").update(city="Lyon")
    renewed()
    assert rows("""SELECT "attr:taille" FROM customers WHERE city = 'lyon'""") == [("7",)]
    as_rebuilt()


def test_where_renewing_fails_everything_is_built_anew(
    people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: Any) -> part.Neglected:
        return part.Neglected([people[0].pk])

    people[1].delete()
    monkeypatch.setattr(part, "renew", endless)
    assert snapshot.sync().whole
    monkeypatch.undo()
    as_rebuilt()


def test_syncs_do_not_make_the_file_grow(people: list[Customer]) -> None:
    sizes = []
    for turn in range(6):
        Customer.objects.filter(pk=people[turn % 4].pk).update(city=f"Lieu {turn}")
        renewed()
        version = snapshot.current_version()
        assert version is not None
        sizes.append(version.size)
    # What one leaves free the next one fills.
    assert max(sizes[3:]) <= max(sizes[:3])
    as_rebuilt()
