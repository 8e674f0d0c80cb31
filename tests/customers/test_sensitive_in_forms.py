"""A person's form takes a sensitive value only with the consent that allows it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import sensitive
from customers.models import CustomAttribute, Customer
from segmentation.catalogue import load_catalogue
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SAID = {"said_allergies_wording": "Keep my allergies", "said_allergies_source": "Form 12"}
FORM = {"consent_source": "Form", "consent_wording": "Write to me"}


@pytest.fixture(autouse=True)
def allergies() -> CustomAttribute:
    CustomAttribute.objects.create(key="size", label="Shoe size", purpose="Advice")
    return CustomAttribute.objects.create(
        key="allergies", label="Allergies", purpose="Recipes", sensitive="health"
    )


def _save(client: Client, person: Customer | None = None, **said: str) -> Any:
    page = ("customers:edit", [person.pk]) if person else ("customers:create", [])
    given = {"first_name": "Ana", "country": "FR", "language": "fr"}
    return client.post(reverse(page[0], args=page[1]), given | said)


def test_a_value_without_its_consent_is_refused_at_the_field(
    marketer: Client, add_customer: AddCustomer
) -> None:
    ana = add_customer(first_name="Ana")
    response = _save(marketer, ana, attr_allergies="Nuts", attr_size="39")
    assert response.status_code == 422
    missing = {"said_allergies_wording", "said_allergies_source"}
    assert set(response.context["form"].errors) == missing
    ana.refresh_from_db()
    assert ana.attributes == {}


@pytest.mark.parametrize("known", [True, False])
def test_consent_is_recorded_in_the_same_breath_then_the_value_is_free(
    marketer: Client, add_customer: AddCustomer, known: bool
) -> None:
    before = add_customer(first_name="Ana") if known else None
    assert _save(marketer, before, attr_allergies="Nuts", attr_size="39", **SAID).status_code == 302
    ana = Customer.objects.get()
    assert ana.attributes == {"size": "39", "allergies": "Nuts"}
    record = sensitive.agreements(ana)["allergies"]
    assert (record.wording, record.source, str(record.recorded_by)) == (
        "Keep my allergies",
        "Form 12",
        "marketer@shop.test",
    )
    assert _save(marketer, ana, attr_allergies="Milk").status_code == 302
    ana.refresh_from_db()
    assert ana.attributes == {"allergies": "Milk"}
    assert ana.consents.count() == 1


def test_words_without_a_value_record_nothing(marketer: Client, add_customer: AddCustomer) -> None:
    ana = add_customer(first_name="Ana")
    assert _save(marketer, ana, **SAID).status_code == 302
    assert not ana.consents.exists()


def test_a_child_neither_agrees_alone_nor_subscribes_alone(marketer: Client) -> None:
    born = (timezone.localdate() - dt.timedelta(days=12 * 365)).isoformat()
    response = _save(marketer, None, attr_allergies="Nuts", birth_date=born, **SAID)
    assert set(response.context["form"].errors) == {"said_allergies_wording"}
    response = _save(marketer, None, consents="email", birth_date=born, **FORM)
    assert set(response.context["form"].errors) == {"consents"}
    assert not Customer.objects.exists()


def test_the_builder_marks_a_sensitive_attribute() -> None:
    found = {field.key: str(field.label) for field in load_catalogue().fields.values()}
    assert found["attr:size"] == "Shoe size"
    assert found["attr:allergies"] == "Allergies (donnée sensible)"
