"""kill -9 of a worker in the middle of an import: the next one goes on, nothing lost or twice."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import environ
import psycopg
import pytest

from tests.customers.imports.final_state import write_people
from tests.installation import Installation

pytestmark = [pytest.mark.processes, pytest.mark.both_databases]
LINES = 6_000
WANTED = {
    "state": "done",
    "rows": LINES,
    "rejected": LINES // 100,
    "refused": LINES // 100,
    "orders": LINES // 3,
    "lines": LINES - LINES // 100,
    "customers": 500,
    "total": 10 * (LINES - LINES // 100),
    "traces": 0,
}
QUEUE = """
from pathlib import Path
from django.core.files import File
from customers.models import ImportJob
from customers.spreadsheets import jobs
with Path({path!r}).open("rb") as file:
    job = jobs.receive("orders", file, "orders.csv", by=None, language="en")
job.state = "checked"
job.save()
jobs.ask_for_import(job)
"""
HAND_OUT = """
from datetime import timedelta
from django.utils import timezone
from customers import tasks
from customers.models import ImportJob
past = timezone.now() - timedelta(minutes=10)
ImportJob.objects.filter(leased_until__isnull=False).update(leased_until=past)
ImportJob.objects.update(started_at=past)
tasks.resume_imports()
"""
TELL = """
import csv, json
from django.db.models import Sum
from customers.models import Customer, ImportJob, ImportTrace, Order, OrderLine
from customers.spreadsheets import jobs
job = ImportJob.objects.get()
refused = jobs.rejected_path(job)
print("TOLD", json.dumps({
    "state": job.state, "rows": job.report.get("rows", 0),
    "rejected": job.report.get("rejected", 0),
    "refused": len(list(csv.reader(refused.open(encoding="utf-8-sig")))) - 1 if refused else 0,
    "orders": Order.objects.count(), "lines": OrderLine.objects.count(),
    "customers": Customer.objects.count(), "traces": ImportTrace.objects.count(),
    "total": int(Order.objects.aggregate(sum=Sum("total"))["sum"] or 0),
}))
"""

QUEUE_PEOPLE = """
from pathlib import Path
from tests.customers.imports.final_state import MAPPING
from tests.customers.imports.making import job_for
job_for(Path({path!r}), "customers", MAPPING)
"""
FORGET = """
from customers.models import Customer, ImportJob, Tag
for model in (Customer, ImportJob, Tag):
    model._default_manager.all().delete()
"""
TELL_PEOPLE = """
import json
from tests.customers.imports.final_state import final_state
print("TOLD", json.dumps(final_state()))
"""


def write_orders(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("Client;Commande;Date;Produit;Montant\n")
        for n in range(LINES):
            # A hundredth of the amounts cannot be read.
            amount = "dix" if n % 100 == 99 else "10,00"
            customer, order = (n // 3) % 500, n // 3
            file.write(f"C{customer};N{order};0{1 + n % 9}/02/2025;P{n % 3};{amount}\n")


def told(installation: Installation) -> dict[str, Any]:
    out = installation.manage("shell", "-v0", "-c", TELL).stdout
    found: dict[str, Any] = json.loads(out.partition("TOLD ")[2].splitlines()[0])
    return found


def job(installation: Installation, column: str) -> Any:
    """A column of the import, asked of the database itself: a command would be too slow."""
    parts = environ.Env.db_url_config(installation.environment["DATABASE_URL"])
    query = f"SELECT {column} FROM customers_importjob"
    if parts["ENGINE"].endswith("sqlite3"):
        with sqlite3.connect(parts["NAME"]) as database:
            return database.execute(query).fetchone()[0]
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given: dict[str, Any] = {name: parts[key] or None for name, key in named.items()}
    with psycopg.connect(dbname=parts["NAME"], **given) as server:
        row = server.execute(query).fetchone()
        assert row is not None
        return row[0]


def _is_past(installation: Installation, position: int) -> bool:
    return bool(job(installation, "position") > position)


def test_an_import_whose_worker_is_killed_ends_as_if_it_had_not_been(
    migrated: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    write_orders(path)
    migrated.start("broker")
    migrated.manage("shell", "-v0", "-c", QUEUE.format(path=str(path)) + HAND_OUT)
    migrated.start("worker")
    migrated.wait_until(lambda: job(migrated, "position") > 0)
    migrated.kill("worker")
    assert 0 < job(migrated, "position") < LINES
    assert job(migrated, "state") == "running"
    migrated.manage("shell", "-v0", "-c", HAND_OUT)
    migrated.start("worker")
    migrated.wait_until(lambda: bool(job(migrated, "state") == "done"))
    assert told(migrated) == WANTED


@pytest.mark.soak
def test_five_kills_in_fifty_thousand_lines_change_nothing(
    migrated: Installation, tmp_path: Path
) -> None:
    lines = 50_000
    path = tmp_path / "people.csv"
    write_people(path, lines)
    migrated.start("broker")
    migrated.manage("shell", "-v0", "-c", QUEUE_PEOPLE.format(path=str(path)) + HAND_OUT)
    for kill in range(1, 6):
        migrated.start("worker")
        reached = kill * lines // 7
        migrated.wait_until(partial(_is_past, migrated, reached), 900)
        migrated.kill("worker")
        assert job(migrated, "state") == "running"
        migrated.manage("shell", "-v0", "-c", HAND_OUT)
    migrated.start("worker")
    migrated.wait_until(lambda: bool(job(migrated, "state") == "done"), 900)
    disturbed = state_left(migrated)
    migrated.manage("shell", "-v0", "-c", FORGET)
    migrated.manage("shell", "-v0", "-c", QUEUE_PEOPLE.format(path=str(path)) + HAND_OUT)
    migrated.wait_until(lambda: bool(job(migrated, "state") == "done"), 900)
    assert disturbed == state_left(migrated)
    assert disturbed["report"]["rows"] == lines


def state_left(installation: Installation) -> dict[str, Any]:
    out = installation.manage("shell", "-v0", "-c", TELL_PEOPLE).stdout
    found: dict[str, Any] = json.loads(out.partition("TOLD ")[2].splitlines()[0])
    return found
