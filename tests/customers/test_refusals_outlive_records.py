"""A no outlives the record it was said on: deleted, purged or merged, no file reverses it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import removal
from customers.consent import withdraw
from customers.duplicates import merging
from customers.forms.person import PersonForm
from customers.models import Customer, Suppression
from customers.reachability import reachable
from customers.rights import erasure, retention
from tests.customers.conftest import AddCustomer
from tests.customers.imports.making import import_text
from tests.customers.imports.test_customer_lines import given

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - dt.timedelta(days=5 * 365)


def delete(person: Customer) -> None:
    removal.delete(person, by=None, at_their_request=False)


def purge(person: Customer) -> None:
    Customer.objects.filter(pk=person.pk).update(created_at=LONG_AGO)
    retention.run(retention.decide(retention.limit(), by=None).pk)


def erase(person: Customer) -> None:
    erasure.erase(person, by=None)


def merge(person: Customer) -> None:
    other = Customer.objects.create(email="other@b.fr", last_name="Morel")
    merging.merge(other.pk, person.pk, by=None)


@pytest.mark.parametrize("goes", [delete, purge, erase, merge])
def test_an_old_file_brings_nobody_back_who_said_no(
    add_customer: AddCustomer, tmp_path: Path, goes: Callable[[Customer], None]
) -> None:
    person = add_customer(email="a@b.fr", last_name="Morel")
    withdraw(person, "email", source="Call", occurred_at=LONG_AGO)
    goes(person)
    told: dict[str, Any] = given()
    told["columns"] = {"mail": "email"}
    import_text(tmp_path, "mail\na@b.fr\nnew@b.fr\n", told=told)
    assert list(reachable(Customer.objects.all(), "email").values_list("email", flat=True)) == [
        "new@b.fr"
    ]


@pytest.mark.parametrize("goes", [delete, purge])
def test_who_said_nothing_is_not_suppressed(
    add_customer: AddCustomer, goes: Callable[[Customer], None]
) -> None:
    goes(add_customer(email="a@b.fr"))
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("goes", [delete, erase, merge])
def test_an_edit_that_comes_after_brings_nobody_back(
    add_customer: AddCustomer,
    goes: Callable[[Customer], None],
    marketer: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = add_customer(email="a@b.fr", last_name="Morel")
    checked = PersonForm.is_valid

    def meanwhile(form: PersonForm) -> bool:
        valid = checked(form)
        goes(Customer.objects.get(pk=person.pk))
        return valid

    monkeypatch.setattr(PersonForm, "is_valid", meanwhile)
    said = {"last_name": "Morel", "email": "a@b.fr"}
    assert marketer.post(reverse("customers:edit", args=[person.pk]), said).status_code == 404
    assert not Customer.objects.filter(pk=person.pk).exists()
