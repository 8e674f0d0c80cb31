"""Undoing an import: what it did and nobody touched since goes, the rest stays."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone, translation

from customers import tasks
from customers.consent import consent_states, record_consent, suppressed_hashes, withdraw
from customers.fields import address_hash
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    Event,
    ImportChange,
    ImportJob,
    Note,
    Order,
    Product,
    SignupForm,
    Tag,
)
from customers.spreadsheets import engine, jobs, telling
from customers.spreadsheets.undo import foresight, people, registry, running
from segmentation.models import Segment
from tests.customers.imports.making import csv_file, import_text, job_for
from tests.customers.imports.test_customer_lines import given

pytestmark = pytest.mark.django_db


def undo(job: ImportJob | None = None) -> dict[str, Any]:
    """Undo an import (the latest) and give the counts of its report."""
    job = job or ImportJob.objects.latest("pk")
    assert running.ask_for_undo(job, None)
    tasks.undo_import(job.pk)
    job.refresh_from_db()
    assert job.state == "undone"
    assert not ImportChange.objects.filter(job=job).exists()
    counts: dict[str, Any] = job.undo_report.get("counts", {})
    return counts


PEOPLE = "N° client;E-mail;Nom;Ville;Tags\n1;a@b.fr;Morel;Lyon;vip\n2;b@b.fr;Petit;;\n"


@pytest.mark.both_databases
def test_people_an_import_made_and_nobody_touched_are_removed(tmp_path: Path) -> None:
    import_text(tmp_path, PEOPLE)
    assert undo()["customer"] == {"removed": 2}
    assert not Customer.objects.exists()


def note(person: Customer) -> None:
    Note.objects.create(customer=person, text="Called back")


def edit(person: Customer) -> None:
    person.city = "Nice"
    person.save()


def order(person: Customer) -> None:
    Order.objects.create(customer=person, placed_at=timezone.now(), total=10)


def visit(person: Customer) -> None:
    Event.objects.create(customer=person, name="visit", occurred_at=timezone.now())


def agree(person: Customer) -> None:
    record_consent(person, "email", "given", source="form")


def tag(person: Customer) -> None:
    person.tags.add(Tag.objects.create(name="Ami", folded="ami"))


@pytest.mark.parametrize("touch", [note, edit, order, visit, agree, tag])
def test_who_was_touched_since_is_kept(tmp_path: Path, touch: Any) -> None:
    import_text(tmp_path, PEOPLE)
    touch(Customer.objects.get(external_id="2"))
    told = foresight.foresee(ImportJob.objects.get())
    assert (told.removed, told.kept) == (1, 1)
    assert undo()["customer"] == {"removed": 1, "kept": 1}
    assert Customer.objects.get().external_id == "2"


@pytest.mark.both_databases
def test_fields_are_restored_where_nobody_changed_them_after(tmp_path: Path) -> None:
    born = dt.date(1980, 1, 2)
    Customer.objects.create(
        external_id="1", email="old@b.fr", birth_date=born, city="Nice", attributes={"size": "38"}
    )
    told = {
        "columns": {
            "id": "external_id", "mail": "email", "né": "birth_date", "ville": "city",
            "taille": "attr:size", "carte": "attr:card", "nom": "last_name",
        },
        "attributes": {"size": {"label": "S"}, "card": {"label": "C"}},
    }  # fmt: skip
    text = "id;mail;né;ville;taille;carte;nom\n1;new@b.fr;05/06/1990;Lyon;40;oui;Morel\n"
    import_text(tmp_path, text, told=told)
    person = Customer.objects.get()
    person.city = "Paris"
    person.save()
    assert foresight.foresee(ImportJob.objects.get()).changed_since == 1
    assert undo()["customer"] == {"restored": 1}
    person.refresh_from_db()
    assert (person.email, person.birth_date, person.last_name) == ("old@b.fr", born, "")
    assert person.attributes == {"size": "38"}
    assert person.city == "Paris"
    assert person.email_hash == address_hash("old@b.fr")
    assert "morel" not in person.search_text


def test_two_imports_undone_in_turn_lead_back_to_the_start(tmp_path: Path) -> None:
    Customer.objects.create(external_id="1", city="Nice")
    for city in ("Lyon", "Paris"):
        import_text(tmp_path, f"N° client;Ville\n1;{city}\n")
    second, first = ImportJob.objects.order_by("-pk")
    undo(second)
    assert Customer.objects.get().city == "Lyon"
    undo(first)
    assert Customer.objects.get().city == "Nice"


def test_the_first_of_two_imports_undone_leaves_what_the_second_changed(tmp_path: Path) -> None:
    import_text(tmp_path, PEOPLE)
    import_text(tmp_path, "N° client;Ville\n1;Paris\n")
    assert undo(ImportJob.objects.earliest("pk"))["customer"] == {"removed": 1, "kept": 1}
    assert Customer.objects.get().city == "Paris"


def test_later_lines_about_someone_the_file_made_do_not_keep_them(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", 1)
    import_text(tmp_path, "N° client;Ville;Nom\n1;;Morel\n1;Lyon;\n")
    assert Customer.objects.get().city == "Lyon"
    assert undo()["customer"] == {"removed": 1}


@pytest.mark.both_databases
def test_consents_are_taken_back_by_the_ledger_and_refusals_never(tmp_path: Path) -> None:
    yes, later, no = (
        Customer.objects.create(external_id=str(n), email=f"{n}@b.fr") for n in (1, 2, 3)
    )
    told = given()
    told["columns"] = {"id": "external_id", "ok": "email_consent"}
    import_text(tmp_path, "id;ok\n1;oui\n2;oui\n3;non\n", told=told)
    withdraw(later, "email", source="link")
    lines = ConsentRecord.objects.count()
    assert undo()["consent"] == {"restored": 1, "kept": 2}
    assert ConsentRecord.objects.count() == lines + 1
    assert consent_states([yes.pk, later.pk, no.pk], "email") == {
        yes.pk: "unknown", later.pk: "withdrawn", no.pk: "withdrawn",
    }  # fmt: skip
    # What was taken back can be given again, by the same file.
    import_text(tmp_path, "id;ok\n1;oui\n2;oui\n3;oui\n", told=told)
    assert consent_states([yes.pk, later.pk], "email") == {yes.pk: "given", later.pk: "withdrawn"}


def test_whoever_refused_in_the_file_is_not_written_to_once_removed(tmp_path: Path) -> None:
    import_text(tmp_path, "E-mail;Newsletter\na@b.fr;non\nb@b.fr;\n")
    undo()
    assert not Customer.objects.exists()
    assert suppressed_hashes("email", [address_hash("a@b.fr"), address_hash("b@b.fr")]) == {
        address_hash("a@b.fr")
    }


def test_tags_put_on_by_an_import_come_off_and_older_ones_stay(tmp_path: Path) -> None:
    person = Customer.objects.create(external_id="1")
    person.tags.add(Tag.objects.create(name="vip", folded="vip"))
    import_text(tmp_path, "N° client;Tags\n1;vip, bio\n")
    assert undo()["tag"] == {"removed": 1}
    assert list(person.tags.values_list("name", flat=True)) == ["vip"]


MADE = {
    "columns": {"id": "external_id", "taille": "attr:size", "carte": "attr:card"},
    "attributes": {"size": {"label": "Taille", "type": "number"}, "card": {"label": "Carte"}},
}


def edit_it() -> None:
    CustomAttribute.objects.filter(key="card").update(purpose="Fidélité")


def give_it() -> None:
    Customer.objects.create(external_id="9", attributes={"card": "x"})


def ask_it() -> None:
    SignupForm.objects.create(name="f", fields=[{"key": "attr:card"}])


def rule_on_it() -> None:
    rule = {"field": "attr:card", "op": "is_set"}
    Segment.objects.create(name="s", rule={"all": [rule]})


def match_it() -> None:
    mapping = {"columns": {"id": "external_id", "c": "attr:card"}}
    ImportJob.objects.create(kind="customers", state="checked", mapping=mapping)


@pytest.mark.parametrize("use", [None, edit_it, give_it, ask_it, rule_on_it, match_it])
def test_attributes_an_import_made_go_unless_they_serve_somebody(tmp_path: Path, use: Any) -> None:
    import_text(tmp_path, "id;taille;carte\n1;38;oui\n", told=MADE)
    job = ImportJob.objects.get()
    if use is not None:
        use()
    assert undo(job)["attribute"] == {"removed": 1 if use else 2}
    assert list(CustomAttribute.objects.values_list("key", flat=True)) == (["card"] if use else [])
    with translation.override("en"):
        told = telling.undone_in_words(job.undo_report)
    assert f"{1 if use else 2} custom attribute" in " ".join(told)


def test_attributes_that_were_there_before_outlive_the_undo(tmp_path: Path) -> None:
    CustomAttribute.objects.create(key="size", label="Taille", type="number")
    import_text(tmp_path, "id;taille;carte\n1;38;oui\n", told=MADE)
    undo()
    assert CustomAttribute.objects.get().key == "size"


ORDERS = "Client;Commande;Date;Produit;Montant\n1;A;01/02/2025;Thé;10\n2;B;01/02/2025;Café;5\n"


def test_orders_their_products_and_people_go_together(tmp_path: Path) -> None:
    import_text(tmp_path, ORDERS, "orders")
    undo()
    assert not Order.objects.exists()
    assert not Product.objects.exists()
    assert not Customer.objects.exists()


def test_a_killed_undo_goes_on_with_what_is_left(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "BATCH", 3)
    text = "N° client;E-mail\n" + "".join(f"{n};c{n}@b.fr\n" for n in range(10))
    import_text(tmp_path, text)
    job = ImportJob.objects.get()
    assert running.ask_for_undo(job, None)
    calls = []

    def die(*told: Any) -> Any:
        calls.append(told)
        if len(calls) == 3:
            raise SystemExit
        return people.undo_people(*told)

    with monkeypatch.context() as patch:
        patch.setitem(registry._undoers, "customer", die)
        with pytest.raises(SystemExit):
            running.run(job.pk)
    assert Customer.objects.count() == 4
    running.run(job.pk)
    # The dead worker still holds its lease.
    assert Customer.objects.count() == 4
    ImportJob.objects.update(leased_until=timezone.now() - dt.timedelta(minutes=5))
    assert jobs.waiting() == [(job.pk, "undoing")]
    running.run(job.pk)
    job.refresh_from_db()
    assert job.undo_report["counts"]["customer"] == {"removed": 10}
    assert not Customer.objects.exists()


def test_an_import_is_undone_once_and_within_thirty_days(tmp_path: Path) -> None:
    import_text(tmp_path, PEOPLE)
    job = ImportJob.objects.get()
    ImportJob.objects.update(finished_at=timezone.now() - dt.timedelta(days=31))
    job.refresh_from_db()
    assert not running.ask_for_undo(job, None)
    assert running.forget_old_changes(timezone.now()) == 3
    ImportJob.objects.update(finished_at=timezone.now())
    job.refresh_from_db()
    assert not running.ask_for_undo(job, None)


def test_an_import_that_is_cancelled_keeps_what_it_committed_and_can_be_undone(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", 2)
    text = "N° client;E-mail\n" + "".join(f"{n};c{n}@b.fr\n" for n in range(10))
    job = job_for(csv_file(tmp_path, text), "customers")
    real, batches = engine._commit, []

    def commit(*told: Any) -> None:
        real(*told)
        batches.append(1)
        if len(batches) == 2:
            assert jobs.ask_to_stop(job)

    monkeypatch.setattr(engine, "_commit", commit)
    report = jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.position, report.rows if report else 0) == ("cancelled", 4, 4)
    assert Customer.objects.count() == 4
    assert not jobs.ask_to_stop(job)
    undo(job)
    assert not Customer.objects.exists()


def test_a_queued_import_that_nobody_holds_stops_at_once(tmp_path: Path) -> None:
    job = job_for(csv_file(tmp_path, PEOPLE), "customers")
    assert jobs.ask_to_stop(job)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert jobs.run(job.pk) is None
    assert not Customer.objects.exists()
