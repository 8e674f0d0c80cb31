"""Interrupted imports go on; two workers never do one twice; rejected lines come back safe."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from customers import tasks
from customers.models import (
    ConsentRecord,
    Customer,
    CustomerTag,
    ImportJob,
    ImportTrace,
    Order,
    OrderLine,
    Suppression,
)
from customers.signals import facts_changed
from customers.spreadsheets import engine, jobs
from customers.spreadsheets.order_lines import OrderLines
from customers.spreadsheets.rejects import append_rejected, safe
from customers.spreadsheets.report import Report
from tests.customers.imports.making import check_file, csv_file, figures, import_file, job_for

pytestmark = pytest.mark.django_db

CUSTOMERS = "N° client;E-mail;Nom;Tags;Newsletter\n" + "".join(
    f"{n % 7};c{n % 7}@b.fr;Nom{n};t{n % 2};oui\n" if n % 5 else "x;pas une adresse;;;\n"
    for n in range(12)
)
ORDERS = (
    "Commande;Client;Date;Produit;Quantité;Montant\n"
    + "N1;A;1/2/2024;P;1;10\n;A;1/2/2024;;1;10\nN2;B;1/2/2024;Q;1;5\n" * 3
    + "N1;C;1/2/2024;P;1;10\n"
)


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def facts() -> dict[str, Any]:
    """Everything an import writes, without ids and instants."""
    return {
        "customers": sorted(Customer.objects.values_list("external_id", "email", "last_name")),
        "tags": sorted(CustomerTag.objects.values_list("customer__external_id", "tag__folded")),
        "consents": sorted(
            ConsentRecord.objects.values_list("customer__external_id", "subject", "state")
        ),
        "orders": sorted(
            Order.objects.values_list("customer__external_id", "placed_at", "total", "nth")
        ),
        "lines": sorted(
            OrderLine.objects.values_list("order__customer__external_id", "quantity", "amount")
        ),
    }


def wipe() -> None:
    Order.objects.all().delete()
    Customer.objects.all().delete()
    ImportJob.objects.all().delete()


def rejected_rows(job: ImportJob) -> list[list[str]]:
    path = Path(settings.MEDIA_ROOT) / str(job.rejected_file.name)
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))


def expire(job: ImportJob) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    ImportJob.objects.filter(pk=job.pk).update(leased_until=past)


@pytest.mark.parametrize(("kind", "text"), [("customers", CUSTOMERS), ("orders", ORDERS)])
@pytest.mark.parametrize("moment", ["before", "inside", "after"])
def test_an_import_killed_at_any_batch_goes_on_with_nothing_lost_or_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, text: str, moment: str
) -> None:
    monkeypatch.setattr(engine, "BATCH", 3)
    path = csv_file(tmp_path, text)
    whole_job = job_for(path, kind)
    whole = jobs.run(whole_job.pk)
    assert whole is not None
    whole_job.refresh_from_db()
    expected, expected_rejected = facts(), rejected_rows(whole_job)
    batches = -(-whole.rows // 3)
    commit = engine._commit
    append = append_rejected
    for fatal in range(batches):
        wipe()
        job = job_for(path, kind)
        calls = {"commit": 0, "append": 0}

        def commit_or_die(*args: Any, fatal: int = fatal, calls: Any = calls) -> None:
            calls["commit"] += 1
            if moment == "before" and calls["commit"] == fatal + 1:
                raise Killed
            commit(*args)
            if moment == "after" and calls["commit"] == fatal + 1:
                raise Killed

        def append_or_die(*args: Any, fatal: int = fatal, calls: Any = calls) -> None:
            calls["append"] += 1
            append(*args)
            if moment == "inside" and calls["append"] == fatal + 1:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(engine, "_commit", commit_or_die)
            patch.setattr(engine, "append_rejected", append_or_die)
            with pytest.raises(Killed):
                jobs.run(job.pk)
        assert jobs.run(job.pk) is None, "a job under lease is nobody else's"
        expire(job)
        assert jobs.waiting() == [(job.pk, "running")]
        report = jobs.run(job.pk)
        assert report is not None
        assert figures(report) == figures(whole)
        assert facts() == expected
        job.refresh_from_db()
        assert (job.state, job.position) == ("done", whole.rows)
        assert rejected_rows(job) == expected_rejected
        assert not ImportTrace.objects.exists()


def test_a_worker_that_was_overtaken_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BATCH", 3)
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    commit = engine._commit

    def overtaken_first(*args: Any) -> None:
        expire(job)
        monkeypatch.setattr(engine, "_commit", commit)
        jobs.run(job.pk)
        commit(*args)

    monkeypatch.setattr(engine, "_commit", overtaken_first)
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.report["rows"]) == ("done", 12)


def test_a_key_written_meanwhile_by_someone_else_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_for(csv_file(tmp_path, "N° client;E-mail\n1;a@b.fr\nx;faux\n"), "customers")
    once = engine._commit_once
    failures: list[int] = []

    def fail_once(*args: Any) -> None:
        if not failures:
            failures.append(1)
            Customer.objects.create(external_id="1")
            raise IntegrityError
        once(*args)

    monkeypatch.setattr(engine, "_commit_once", fail_once)
    report = jobs.run(job.pk)
    assert report is not None
    assert (report.rejected, len(report.errors), Customer.objects.count()) == (1, 1, 1)


def test_a_busy_database_leaves_the_job_to_be_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_commit", lambda *args: (_ for _ in ()).throw(OperationalError()))
        with pytest.raises(OperationalError):
            jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "running"
    expire(job)
    assert jobs.run(job.pk) is not None


def test_a_fault_of_ours_ends_the_import_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_for(csv_file(tmp_path, ORDERS), "orders")

    def fail(self: OrderLines, lines: Any, report: Report) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(OrderLines, "batch", fail)
    with pytest.raises(ZeroDivisionError):
        jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error
    assert not Customer.objects.exists()


def test_a_file_changed_beyond_reading_ends_the_import_with_its_message(tmp_path: Path) -> None:
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    jobs.path_of(job).write_bytes(b"%PDF-1.7")
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert (job.state, "PDF" in job.error) == ("failed", True)


def test_the_tick_hands_out_what_nobody_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path, CUSTOMERS)
    lost, fresh, held, checking = (job_for(path, "customers") for _n in range(4))
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    ImportJob.objects.filter(pk=lost.pk).update(started_at=long_ago)
    soon = timezone.now() + dt.timedelta(minutes=1)
    ImportJob.objects.filter(pk=held.pk).update(state="running", leased_until=soon)
    ImportJob.objects.filter(pk=checking.pk).update(state="checking", leased_until=long_ago)
    handed: list[tuple[str, int]] = []
    monkeypatch.setattr(tasks.run_import, "delay", lambda pk: handed.append(("run", pk)))
    monkeypatch.setattr(tasks.check_import, "delay", lambda pk: handed.append(("check", pk)))
    tasks.resume_imports()
    assert handed == [("run", lost.pk), ("check", checking.pk)]
    assert fresh.pk not in {pk for _what, pk in handed}


def test_old_files_are_forgotten_and_reports_stay(tmp_path: Path) -> None:
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert jobs.rejected_path(job) is not None
    assert not jobs.path_of(job).exists(), "the upload goes as soon as it has served"
    assert jobs.forget_old_files(timezone.now()) == 0
    assert jobs.forget_old_files(timezone.now() + dt.timedelta(days=31)) == 1
    job.refresh_from_db()
    assert (jobs.rejected_path(job), job.report["rows"]) == (None, 12)


def test_everyone_is_told_once_that_facts_changed(tmp_path: Path) -> None:
    told: list[Any] = []

    def listen(sender: Any, **_: Any) -> None:
        told.append(sender)

    facts_changed.connect(listen)
    try:
        import_file(csv_file(tmp_path, CUSTOMERS), "customers")
    finally:
        facts_changed.disconnect(listen)
    assert told == [ImportJob]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33 6", "-2", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"]
)
def test_no_cell_of_the_rejected_lines_can_start_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


def test_rejected_lines_come_back_with_their_reason_and_can_be_mended(tmp_path: Path) -> None:
    text = "N° client;E-mail;Note\n1;faux;=cmd|' /C calc'!A0\n2;b@b.fr;\n3;a;+33612345678\n"
    job = job_for(csv_file(tmp_path, text), "customers")
    jobs.run(job.pk)
    job.refresh_from_db()
    header, first, second = rejected_rows(job)
    assert header[:3] == ["N° client", "E-mail", "Note"]
    assert first[:3] == ["1", "faux", "'=cmd|' /C calc'!A0"]
    assert "E-mail" in first[3]
    assert second[2] == "'+33612345678"
    mended = Path(settings.MEDIA_ROOT) / str(job.rejected_file.name)
    mended.write_text(mended.read_text("utf-8-sig").replace("faux", "c@b.fr"), "utf-8-sig")
    assert figures(import_file(mended, "customers")) == (1, 0, 0, 1, 0)


def test_suppressions_are_left_as_they_are(tmp_path: Path) -> None:
    Suppression.objects.create(channel="email", address_hash="0" * 32, reason="stop")
    import_file(csv_file(tmp_path, CUSTOMERS), "customers")
    assert Suppression.objects.count() == 1


def test_a_check_counts_no_change_to_people_its_earlier_batches_would_create(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BATCH", 1)
    path = csv_file(tmp_path, "N° client;E-mail;Ville\n1;a@b.fr;Brest\n1;a@b.fr;Brest\n")
    report = check_file(path, "customers")
    assert (report.created, report.duplicates, report.fields) == (1, 1, {})
