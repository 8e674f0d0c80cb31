"""Exports that tell an order once, and what was bought on the lines below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from customers.models import ImportJob, Order, OrderLine
from customers.spreadsheets import jobs, rejects
from tests.customers.imports.making import (
    check_file,
    csv_file,
    figures,
    import_file,
    import_text,
    job_for,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]

HEAD = "N° commande;Client;Date;Article;Quantité;Montant\n"
FILE = (
    HEAD
    + "A1;anne@b.fr;01/02/2024;Thé;1;10,00\n;;;Café;2;8,00\n;;;Remise;1;-3,00\n"
    + "A2;zoe@b.fr;02/02/2024;Thé;1;10,00\nA2;;;Sucre;1;2,00\n"
    # Without a number it is an order of its own: nothing tells what follows it.
    + ";luc@b.fr;03/02/2024;Thé;1;10,00\n;;;Café;1;4,00\n"
    + "A4;eve@b.fr;hier;Thé;1;10,00\n;;;Café;1;4,00\n"
    + "A5;lea@b.fr;05/02/2024;Thé;1;10,00\n;;;Miel;x;6,00\n;;;Total;;47,00\n;;;;;47,00\n"
)
WRONG = [
    (8, "no_customer"), (8, "no_date"), (9, "not_a_date"), (10, "order_unread"),
    (12, "not_a_number"), (13, "no_customer"), (13, "no_date"), (14, "no_customer"),
    (14, "no_date"),
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 1000])
def test_lines_below_belong_to_the_order_above_wherever_a_batch_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", size)
    path = csv_file(tmp_path, FILE)
    checked = check_file(path, "orders")
    report = import_file(path, "orders")
    assert figures(report) == figures(checked) == (4, 0, 0, 6, 0)
    assert report.continued == checked.continued == 3
    assert [(each["row"], each["code"]) for each in report.errors] == WRONG
    totals = dict(Order.objects.values_list("number", "total"))
    assert totals == {"A1": 15, "A2": 12, None: 10, "A5": 10}
    assert OrderLine.objects.count() == 7
    assert figures(import_file(path, "orders"))[:3] == (0, 0, 4)


def test_rejected_lines_say_themselves_whose_they_are(tmp_path: Path) -> None:
    job = job_for(csv_file(tmp_path, FILE), "orders")
    jobs.run(job.pk)
    job.refresh_from_db()
    rejected = jobs.rejected_path(job)
    assert rejected is not None
    text = rejected.read_text("utf-8-sig")
    assert "A5;lea@b.fr;05/02/2024 00:00:00;Miel;x" in text
    mended = text.replace("hier", "04/02/2024").replace("Miel;x", "Miel;1")
    report = import_text(tmp_path, mended, "orders")
    # What stood below an order that is not in this file follows another one here.
    assert (report.created, report.rejected, report.continued) == (1, 3, 1)
    totals = dict(Order.objects.values_list("number", "total"))
    assert totals == {"A1": 15, "A2": 12, None: 10, "A4": 14, "A5": 16}


class Killed(BaseException):
    """What kills a worker: nothing catches it."""


def test_an_import_taken_up_again_knows_the_line_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", 1)
    job = job_for(csv_file(tmp_path, FILE), "orders")
    calls = []
    real = rejects.append_rejected

    def killed_twice(*told: Any) -> None:
        calls.append(told)
        if len(calls) in (2, 4):
            raise Killed
        real(*told)

    monkeypatch.setattr("customers.spreadsheets.engine.append_rejected", killed_twice)
    for _kill in range(2):
        with pytest.raises(Killed):
            jobs.run(job.pk)
        ImportJob.objects.update(leased_until=None)
    jobs.run(job.pk)
    assert list(OrderLine.objects.filter(order__number="A1").values_list("amount", flat=True)) == [
        10, 8, -3,
    ]  # fmt: skip


def test_the_check_page_says_so(tmp_path: Path, client: Client) -> None:
    job = job_for(csv_file(tmp_path, FILE), "orders")
    ImportJob.objects.filter(pk=job.pk).update(state="checking")
    jobs.check(job.pk)
    client.force_login(
        User.objects.create_user("m@b.test", role="marketer", language="en"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    page = client.get(reverse("customers:import_check", args=[job.pk])).content.decode()
    assert "3 lines do not say whose order they are" in page
