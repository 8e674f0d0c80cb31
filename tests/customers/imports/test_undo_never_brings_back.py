"""Undoing an import lifts what the import alone had said, and nobody's own refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers import tasks
from customers.consent import suppress, withdraw_address
from customers.models import ImportJob, Suppression
from customers.spreadsheets.undo import running
from tests.customers.imports.making import import_text

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
LIST = "E-mail\nanne@b.fr\nautre@b.fr\n"


def undo(job: ImportJob) -> dict[str, int]:
    assert running.ask_for_undo(job, None)
    tasks.undo_import(job.pk)
    job.refresh_from_db()
    counts: dict[str, int] = job.undo_report["counts"]["suppressed"]
    return counts


def listed(tmp_path: Path) -> ImportJob:
    import_text(tmp_path, LIST, kind=ImportJob.Kind.SUPPRESSIONS)
    return ImportJob.objects.latest("pk")


def test_a_list_undone_lifts_what_nothing_else_says(tmp_path: Path) -> None:
    assert undo(listed(tmp_path)) == {"removed": 2, "kept": 0}
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("reason", ["stop", "unsubscribe", "bounce", "complaint"])
def test_an_address_that_refused_since_stays_suppressed(tmp_path: Path, reason: str) -> None:
    job = listed(tmp_path)
    if reason == "bounce":
        suppress("email", "anne@b.fr", reason)
    else:
        withdraw_address("email", "anne@b.fr", reason, "link")
    assert undo(job) == {"removed": 1, "kept": 1}
    assert Suppression.objects.count() == 1
    assert suppress("email", "autre@b.fr", "stop"), "the other one was lifted"


def test_an_address_on_two_lists_stays_while_one_of_them_holds(tmp_path: Path) -> None:
    first = listed(tmp_path)
    import_text(tmp_path, "E-mail\nanne@b.fr\n", kind=ImportJob.Kind.SUPPRESSIONS)
    assert undo(first) == {"removed": 1, "kept": 1}
    assert Suppression.objects.count() == 1


def test_a_line_twice_in_one_list_is_no_second_list(tmp_path: Path) -> None:
    import_text(tmp_path, LIST + "ANNE@b.fr\n", kind=ImportJob.Kind.SUPPRESSIONS)
    assert undo(ImportJob.objects.latest("pk")) == {"removed": 2, "kept": 0}
