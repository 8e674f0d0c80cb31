"""After a restored backup: whoever was erased is erased again, and nobody else."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from customers.models import Customer, ErasedNumber, Suppression
from customers.rights import erasure, journal
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db
ANA = {"external_id": "A-1", "email": "ana@exemple.fr", "phone": "+33612345678"}


def reapply(*arguments: str) -> dict[str, object]:
    output = StringIO()
    call_command("reapply_erasures", "--json", *arguments, stdout=output)
    told: dict[str, object] = json.loads(output.getvalue())
    return told


@pytest.fixture
def restored(add_customer: AddCustomer, member: User) -> Customer:
    """Ana as an older backup has her: erased since, which only the journal knows."""
    ana = add_customer(**ANA)
    born = ana.created_at
    erasure.erase(ana, by=member)
    Suppression.objects.all().delete()
    ErasedNumber.objects.all().delete()
    return add_customer(**ANA, created_at=born)


def test_whom_a_backup_brings_back_is_erased_again(restored: Customer) -> None:
    assert reapply("--dry-run")["erased"] == 1
    assert Customer.objects.count() == 1
    assert reapply()["erased"] == 1
    assert not Customer.objects.exists()
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"erasure"}
    assert ErasedNumber.objects.count() == 1
    assert reapply()["erased"] == 0


def test_the_suppression_list_is_enough_without_a_journal(
    add_customer: AddCustomer, member: User
) -> None:
    ana = add_customer(**ANA)
    born = ana.created_at
    erasure.erase(ana, by=member)
    journal.path().unlink()
    add_customer(**ANA, created_at=born)
    assert reapply()["erased"] == 1


def test_someone_known_by_a_number_alone_is_found(add_customer: AddCustomer, member: User) -> None:
    bare = add_customer(external_id="B-2")
    born = bare.created_at
    erasure.erase(bare, by=member)
    add_customer(external_id="B-2", created_at=born)
    add_customer(external_id="B-3")
    assert reapply()["erased"] == 1
    assert [person.external_id for person in Customer.objects.all()] == ["B-3"]


def test_a_relative_who_shares_the_address_is_only_named(
    restored: Customer, add_customer: AddCustomer
) -> None:
    paul = add_customer(
        email="ana@exemple.fr", phone="+33698765432", created_at=restored.created_at
    )
    told = reapply()
    assert (told["erased"], told["to_look_at"]) == (1, [paul.pk])
    assert [person.pk for person in Customer.objects.all()] == [paul.pk]


def test_someone_who_came_back_by_themselves_stays(
    add_customer: AddCustomer, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure.erase(add_customer(**ANA), by=member)
    Suppression.objects.all().delete()
    monkeypatch.setattr("customers.rights.reapplying._LEEWAY", dt.timedelta(0))
    ana = add_customer(**ANA)
    assert reapply()["erased"] == 0
    assert [person.pk for person in Customer.objects.all()] == [ana.pk]
    assert not Suppression.objects.exists()


def test_a_journal_kept_elsewhere_is_read_too(restored: Customer, tmp_path: Path) -> None:
    elsewhere = tmp_path / "kept.jsonl"
    journal.path().rename(elsewhere)
    assert reapply()["erased"] == 0
    assert reapply(str(elsewhere))["erased"] == 1


@pytest.mark.parametrize("content", ["not json\n", '{"at": "x", "hashes": []}\n', "[]\n"])
def test_a_damaged_journal_changes_nothing(
    restored: Customer, tmp_path: Path, content: str
) -> None:
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text(content)
    errors = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reapply_erasures", str(damaged), stderr=errors)
    assert ended.value.code == 2
    assert json.loads(errors.getvalue())["errors"][0]["code"] == "unreadable"
    assert Customer.objects.count() == 1
