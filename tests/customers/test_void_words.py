"""A yes given under 15 stays void whichever way the date of birth that says so is taken out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from customers import consent, tasks
from customers.duplicates.merging import merge
from customers.forms.person import PersonForm
from customers.ingestion.customers import write_customers
from customers.models import ConsentRecord, Customer, ImportJob
from customers.spreadsheets.undo import running
from tests.customers.imports.making import import_text

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
BORN = dt.date(2012, 3, 1)


def _by_the_form(person: Customer, folder: Path) -> None:
    told = {"first_name": "Tom", "email": person.email or "", "birth_date": ""}
    form = PersonForm(told, instance=person)
    assert form.is_valid(), form.errors
    form.save_by(None)


def _by_the_api(person: Customer, folder: Path) -> None:
    assert write_customers([{"email": person.email, "birth_date": None}])[0].status == "updated"


def _by_an_undo(person: Customer, folder: Path) -> None:
    Customer.objects.update(birth_date=None)
    import_text(folder, f"E-mail;Date de naissance\n{person.email};01/03/2012\n")
    job = ImportJob.objects.latest("pk")
    assert running.ask_for_undo(job, None)
    tasks.undo_import(job.pk)


def _by_a_merge(person: Customer, folder: Path) -> None:
    older = Customer.objects.create(email="tom2@exemple.fr", birth_date=dt.date(1980, 3, 1))
    merge(person.pk, older.pk, taken=["birth_date"], by=None)


@pytest.mark.parametrize("forget", [_by_the_form, _by_the_api, _by_an_undo, _by_a_merge])
def test_a_void_yes_stays_void_and_a_later_word_holds(
    forget: Callable[[Customer, Path], None], tmp_path: Path
) -> None:
    person = Customer.objects.create(first_name="Tom", email="tom@exemple.fr", birth_date=BORN)
    for subject, basis, year in (
        ("email", "consent", 2020),
        ("sms", "consent", 2020),
        ("sms", "guardian", 2021),
    ):
        ConsentRecord.objects.create(
            customer=person,
            subject=subject,
            state="given",
            basis=basis,
            occurred_at=dt.datetime(year, 6, 1, tzinfo=dt.UTC),
            source="Contest",
        )
    forget(person, tmp_path)
    person.refresh_from_db()
    assert person.birth_date != BORN
    assert consent.consent_states([person.pk], "email") == {person.pk: "unknown"}
    assert consent.consent_states([person.pk], "sms") == {person.pk: "given"}
