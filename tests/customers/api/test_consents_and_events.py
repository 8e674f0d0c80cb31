"""Consents by the API, never over a refusal; events, once each and of known people only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from customers import consent
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    Event,
    Order,
    Product,
    Suppression,
)
from tests.customers.api.conftest import Program, codes, told

YES: dict[str, Any] = {
    "customer": {"external_id": "1"}, "subject": "email", "state": "given", "source": "Checkout",
    "wording": "Je veux recevoir vos offres.", "proof": "order A-1",
}  # fmt: skip
NO = {"customer": {"external_id": "1"}, "subject": "email", "state": "withdrawn", "source": "Phone"}


@pytest.fixture
def ana(db: None) -> Customer:
    return Customer.objects.create(external_id="1", email="ana@exemple.fr", phone="+33612345678")


def test_a_consent_is_appended_with_its_source_and_wording(program: Program, ana: Customer) -> None:
    said = YES | {"occurred_at": "2026-01-05T10:00:00Z"}
    answer = program.post("consents", said)
    assert (answer.status_code, told(answer)["status"]) == (201, "recorded")
    record = ConsentRecord.objects.get()
    assert (record.wording, record.source, record.proof) == (
        "Je veux recevoir vos offres.", "Checkout", "order A-1",
    )  # fmt: skip
    assert told(program.post("consents", said))["status"] == "unchanged"
    assert ConsentRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"source": None}, "source", "required"),
        ({"wording": ""}, "wording", "required"),
        ({"subject": "fax"}, "subject", "not_a_choice"),
        ({"state": "unknown"}, "state", "not_a_choice"),
        ({"basis": "whim"}, "basis", "not_a_choice"),
        ({"occurred_at": "2099-01-01"}, "occurred_at", "in_the_future"),
        ({"attribute": "diet"}, "attribute", "not_for_this"),
        ({"suppress": "stop"}, "suppress", "not_for_this"),
        ({"suppress": "erasure"}, "suppress", "not_a_choice"),
        ({"basis": "customer"}, "", "never_bought"),
        ({"customer": {"external_id": "2"}}, "customer", "unknown_customer"),
        ({"customer": {}}, "customer", "no_identity"),
        ({"subject": "sensitive", "attribute": "diet"}, "attribute", "unknown_field"),
    ],
)
def test_a_consent_that_proves_nothing_is_refused(
    program: Program, ana: Customer, changes: dict[str, Any], path: str, code: str
) -> None:
    answer = program.post("consents", YES | changes)
    assert (answer.status_code, codes(answer)) == (422, [(path, code)])
    assert not ConsentRecord.objects.exists()


def test_nobody_who_withdrew_is_turned_back(program: Program, ana: Customer) -> None:
    assert program.post("consents", NO).status_code == 201
    answer = program.post("consents", YES)
    assert (answer.status_code, codes(answer)) == (422, [("", "refused_withdrawn")])


@pytest.mark.parametrize("reason", ["unsubscribe", "stop", "bounce", "opposition", "listed"])
def test_no_suppressed_address_is_turned_back(program: Program, ana: Customer, reason: str) -> None:
    consent.suppress("email", ana.email, reason)
    assert codes(program.post("consents", YES)) == [("", "refused_suppressed")]


def test_a_refusal_inside_a_batch_holds_for_the_items_after_it(
    program: Program, ana: Customer
) -> None:
    results = program.items("consents", YES, NO, YES | {"proof": "again", "source": "Fair"})
    assert [each["status"] for each in results] == ["recorded", "recorded", "rejected"]
    assert consent.consent_states([ana.pk], "email")[ana.pk] == "withdrawn"


def test_a_withdrawal_may_also_suppress_the_address(program: Program, ana: Customer) -> None:
    program.post("consents", NO | {"suppress": "opposition"})
    assert Suppression.objects.get().reason == "opposition"


def test_under_fifteen_nobody_consents_alone(program: Program, ana: Customer) -> None:
    ana.birth_date = timezone.localdate() - dt.timedelta(days=14 * 365)
    ana.save()
    assert codes(program.post("consents", YES)) == [("", "too_young")]
    assert program.post("consents", YES | {"basis": "guardian"}).status_code == 201


def test_a_buyer_may_be_written_to_as_an_existing_customer(program: Program, ana: Customer) -> None:
    Order.objects.create(customer=ana, number="A", placed_at=timezone.now(), total=5)
    assert program.post("consents", YES | {"basis": "customer"}).status_code == 201


def test_consent_to_sensitive_data_opens_it_and_withdrawal_erases_it(
    program: Program, ana: Customer
) -> None:
    CustomAttribute.objects.create(key="diet", label="Diet", sensitive="health")
    about = {"subject": "sensitive", "attribute": "diet"}
    assert program.post("consents", YES | about).status_code == 201
    program.post("customers", {"external_id": "1", "attributes": {"diet": "halal"}})
    assert program.post("consents", NO | about).status_code == 201
    ana.refresh_from_db()
    assert ana.attributes == {}


def test_an_event_is_kept_once_by_its_number(program: Program, ana: Customer) -> None:
    event = {
        "external_id": "e-1", "customer": {"email": "ana@exemple.fr"}, "name": "page_view",
        "page": "https://shop.fr/p/ts?token=secret#x", "reference": "TS", "value": "12.5",
        "properties": {"lang": "fr"},
    }  # fmt: skip
    assert program.post("events", event).status_code == 201
    assert told(program.post("events", event))["status"] == "unchanged"
    kept = Event.objects.get()
    assert (kept.customer, kept.page, kept.properties) == (ana, "/p/ts", {"lang": "fr"})
    assert kept.product == Product.objects.get(reference="TS")


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"name": ""}, "name", "required"),
        ({"customer": {"email": "nobody@exemple.fr"}}, "customer", "unknown_customer"),
        ({"properties": {"a": {}}}, "properties", "wrong_type"),
        ({"properties": {"a": "\x00"}}, "properties", "wrong_type"),
        ({"properties": {"a": "\ud800"}}, "properties", "wrong_type"),
        ({"properties": {"a": "x" * 5000}}, "properties", "wrong_type"),
        ({"occurred_at": 12}, "occurred_at", "not_a_date"),
    ],
)
def test_an_event_that_says_nothing_is_refused(
    program: Program, ana: Customer, changes: dict[str, Any], path: str, code: str
) -> None:
    answer = program.post("events", {"customer": {"external_id": "1"}, "name": "visit"} | changes)
    assert (answer.status_code, codes(answer)) == (422, [(path, code)])
    assert not Event.objects.exists()
    assert Customer.objects.count() == 1


def test_the_number_of_an_event_belongs_to_one_person(program: Program, ana: Customer) -> None:
    Customer.objects.create(external_id="2")
    event = {"external_id": "e", "name": "visit"}
    results = program.items(
        "events", *(event | {"customer": {"external_id": number}} for number in "12")
    )
    assert [each["status"] for each in results] == ["created", "rejected"]


def test_withdrawals_of_a_batch_suppress_in_a_fixed_number_of_queries(
    program: Program, django_assert_max_num_queries: Any
) -> None:
    people = [Customer.objects.create(email=f"p{n}@exemple.fr") for n in range(30)]
    Suppression.objects.create(
        channel="email", address_hash=people[0].email_hash or "", reason="listed", source="List"
    )
    stop = {"subject": "email", "state": "withdrawn", "source": "Till", "suppress": "opposition"}
    items = [{"customer": {"email": person.email}, **stop} for person in people]
    before = Suppression.objects.get().created_at
    with django_assert_max_num_queries(30):
        told = program.items("consents", *items, *items)
    assert [each["status"] for each in told] == ["recorded"] * 60
    assert Suppression.objects.filter(reason="opposition", source="Till").count() == 29
    # The first reason stays, dated anew: undoing the list must not lift what was said since.
    listed = Suppression.objects.get(reason="listed")
    assert listed.created_at > before


@pytest.mark.parametrize("odd", [b"1e400", b"-1e400"])
def test_a_number_without_end_is_no_property(program: Program, odd: bytes) -> None:
    Customer.objects.create(external_id="C-1")
    body = (
        b'{"name": "cart", "customer": {"external_id": "C-1"}, "properties": {"a": ' + odd + b"}}"
    )
    assert codes(program.post("events", body)) == [("properties", "wrong_type")]
