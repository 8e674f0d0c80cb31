"""Every way of writing leaves the right marks, in the writer's own transaction, and no others."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection, transaction

from campaigns.models import Campaign, Message
from customers.fields import address_hash
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    CustomerTag,
    Event,
    Order,
    OrderLine,
    Product,
    Suppression,
    Tag,
)
from segmentation.models import Membership, Segment
from segmentation.snapshot import triggers
from tests.segmentation.snapshot.conftest import NOON, Marks, customer, line, order

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]
Take = Callable[[], Marks]


def run(sql: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_creating_changing_and_deleting_a_person_marks_them(marks: Take) -> None:
    ada = customer(city="Lyon")
    pk = ada.pk
    assert marks() == {("customers", pk)}
    ada.city = "Lille"
    ada.save()
    assert marks() == {("customers", pk)}
    ada.delete()
    assert ("customers", pk) in marks()


def test_a_write_that_changes_nothing_mirrored_marks_nobody(marks: Take) -> None:
    ada = customer(city="Lyon", first_name="Ada", attributes={"size": "40"})
    marks()
    ada.save()
    ada.first_name = "Adèle"
    ada.save()
    Customer.objects.update(city="Lyon")
    Order.objects.update(total=Decimal(1))
    assert marks() == set()


def test_bulk_writes_mark_every_person_once(marks: Take) -> None:
    people = Customer.objects.bulk_create([Customer(city=f"Ville {n}") for n in range(50)])
    everyone = {("customers", person.pk) for person in people}
    assert marks() == everyone
    Customer.objects.update(city="Brest")
    assert marks() == everyone
    for person in people:
        person.children = 2
    Customer.objects.bulk_update(people[:10], ["children"])
    assert marks() == {("customers", person.pk) for person in people[:10]}


def test_an_upsert_marks_those_it_inserts_and_those_it_changes(marks: Take) -> None:
    old = customer(external_id="A", city="Lyon")
    same = customer(external_id="B", city="Nice")
    marks()
    Customer.objects.bulk_create(
        [
            Customer(external_id="A", city="Metz"),
            Customer(external_id="B", city="Nice"),
            Customer(external_id="C", city="Nancy"),
        ],
        update_conflicts=True,
        update_fields=["city"],
        unique_fields=["external_id"],
    )
    new = Customer.objects.get(external_id="C")
    assert marks() == {("customers", old.pk), ("customers", new.pk)}
    assert ("customers", same.pk) not in marks()
    # With the conflict policy in the writer's statement, and a mark already there.
    Customer.objects.bulk_create([Customer(external_id="C")], ignore_conflicts=True)
    assert marks() == set()


def test_raw_sql_marks_too(marks: Take) -> None:
    ada = customer()
    marks()
    run("UPDATE customers_customer SET city = %s WHERE id = %s", "Dax", ada.pk)
    assert marks() == {("customers", ada.pk)}
    run("DELETE FROM customers_customer WHERE id = %s", ada.pk)
    assert ("customers", ada.pk) in marks()


def test_an_order_that_changes_hands_marks_both_people(marks: Take) -> None:
    ada, bob = customer(), customer()
    bought = order(ada)
    marks()
    bought.customer = bob
    bought.save()
    assert marks() == {("orders", ada.pk), ("orders", bob.pk)}


def test_a_line_marks_the_person_who_ordered(marks: Take) -> None:
    ada, bob = customer(), customer()
    one, two = order(ada), order(bob)
    bought = line(one, "Thé")
    marks()
    bought.amount = Decimal(7)
    bought.save()
    assert marks() == {("lines", ada.pk)}
    OrderLine.objects.filter(pk=bought.pk).update(order=two)
    assert marks() == {("lines", ada.pk), ("lines", bob.pk)}
    bought.refresh_from_db()
    bought.delete()
    assert marks() == {("lines", bob.pk)}


def test_deleting_a_person_in_cascade_marks_all_that_goes_with_them(marks: Take) -> None:
    ada = customer()
    line(order(ada), "Thé")
    Event.objects.create(customer=ada, name="visit", occurred_at=NOON)
    marks()
    pk = ada.pk
    ada.delete()
    assert marks() == {(table, pk) for table in ("customers", "orders", "lines", "events")}


def test_consents_tags_and_events_mark_their_person(marks: Take) -> None:
    ada = customer()
    tag = Tag.objects.create(name="Fidèle", folded="fidele")
    marks()
    ConsentRecord.objects.create(customer=ada, subject="email", state="given", source="form")
    CustomerTag.objects.create(customer=ada, tag=tag)
    Event.objects.create(customer=ada, name="visit", occurred_at=NOON)
    assert marks() == {(table, ada.pk) for table in ("consents", "customer_tags", "events")}


def test_a_suppression_marks_everyone_with_that_address(marks: Take) -> None:
    ada = customer(email="famille@example.org")
    eve = customer(email="famille@example.org")
    bob = customer(phone="+33612345678")
    customer(email="other@example.org")
    marks()
    hashed = address_hash("famille@example.org") or ""
    Suppression.objects.create(channel="email", address_hash=hashed, reason="complaint")
    # The one of nobody is for those who are given the address in a transaction not yet ended.
    nobody = ("suppressions", None)
    assert marks() == {("suppressions", ada.pk), ("suppressions", eve.pk), nobody}
    hashed = address_hash("+33612345678") or ""
    Suppression.objects.create(channel="sms", address_hash=hashed, reason="stop")
    assert marks() == {("suppressions", bob.pk), nobody}
    Suppression.objects.all().delete()
    assert marks() == {nobody} | {("suppressions", person.pk) for person in (ada, bob, eve)}


def test_what_belongs_to_nobody_marks_its_whole_table(marks: Take) -> None:
    tea = Product.objects.create(name="Thé", category="Boissons")
    assert marks() == {("products", None)}
    Product.objects.filter(pk=tea.pk).update(price=Decimal(3))
    assert marks() == set()
    Product.objects.filter(pk=tea.pk).update(category="Thés")
    assert marks() == {("products", None)}
    CustomAttribute.objects.create(key="size", label="Size")
    Tag.objects.create(name="VIP", folded="vip")
    assert marks() == {("attributes", None), ("tags", None)}


def test_only_the_members_of_static_lists_are_marked(marks: Take) -> None:
    ada = customer()
    fixed = Segment.objects.create(name="Liste", kind=Segment.Kind.STATIC)
    moving = Segment.objects.create(name="Règle", kind=Segment.Kind.DYNAMIC)
    marks()
    Membership.objects.create(segment=moving, customer=ada)
    Segment.objects.filter(pk=moving.pk).update(size=1)
    assert marks() == set()
    Segment.objects.filter(pk=moving.pk).update(kind=Segment.Kind.STATIC)
    assert marks() == {("static_segments", ada.pk)}
    Segment.objects.filter(pk=moving.pk).update(kind=Segment.Kind.DYNAMIC)
    assert marks() == {("static_segments", ada.pk)}
    Membership.objects.create(segment=fixed, customer=ada)
    assert marks() == {("static_members", ada.pk)}
    fixed.delete()
    assert marks() == {("static_members", ada.pk)}


def test_a_message_is_marked_once_it_is_sent(marks: Take) -> None:
    ada = customer()
    campaign = Campaign.objects.create(name="Soldes", channel="email")
    marks()
    message = Message.objects.create(campaign=campaign, customer=ada, channel="email")
    Message.objects.filter(pk=message.pk).update(state="sending", attempts=1)
    assert marks() == set()
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=NOON)
    assert marks() == {("messages", ada.pk)}


def test_a_write_rolled_back_leaves_no_mark(marks: Take) -> None:
    with transaction.atomic():
        customer()
        transaction.set_rollback(True)
    assert marks() == set()


def test_a_replaced_row_marks_both_people(marks: Take) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE INTO is SQLite's")
    ada, bob = customer(), customer()
    order(ada, number="N1")
    marks()
    run(
        "REPLACE INTO customers_order (number, customer_id, nth, placed_at, total, discount,"
        " status, channel, store, promo_code, created_at)"
        " VALUES ('N1', %s, 1, '2026-01-01 00:00:00', 5, 0, 'paid', '', '', '', '2026-01-01')",
        bob.pk,
    )
    assert marks() == {("orders", ada.pk), ("orders", bob.pk)}


@pytest.mark.django_db(transaction=True)
def test_emptying_a_table_at_once_marks_all(marks: Take) -> None:
    ada = customer()
    order(ada)
    marks()
    if connection.vendor == "postgresql":
        run("TRUNCATE customers_order CASCADE")
        assert (triggers.EVERYTHING, None) in marks()
    else:
        run("DELETE FROM customers_order")
        assert marks() == {("orders", ada.pk)}
