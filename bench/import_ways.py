"""The ways to write the same rows that bench/imports.py compares, by their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.import_files import COLUMNS, MAPPING


def imported(path: Path) -> None:
    """Import a file as the worker does."""
    from django.core.files import File

    from customers.models import ImportJob
    from customers.spreadsheets import jobs

    with path.open("rb") as file:
        job = jobs.create("customers", File(file), path.name, by=None, language="fr")
    ImportJob.objects.filter(pk=job.pk).update(state="queued", mapping=MAPPING)
    report = jobs.run(job.pk)
    assert report is not None
    assert report.rejected == 0, report.errors[:3]


def create(folder: Path) -> None:
    imported(folder / "people.csv")


def update(folder: Path) -> None:
    imported(folder / "changed.csv")


def xlsx(folder: Path) -> None:
    imported(folder / "people.xlsx")


def bulk(folder: Path) -> None:
    """The least that Django can do for the same rows: no check, no matching, no report."""
    import csv
    import datetime as dt
    from itertools import islice

    from django.db import transaction
    from django.utils import timezone

    from customers.models import ConsentRecord, Customer, ImportChange, ImportJob

    job = ImportJob.objects.create(kind="customers", file_name="people.csv")
    collected = timezone.make_aware(dt.datetime.combine(dt.date(2024, 1, 2), dt.time()))

    def date(text: str) -> dt.date:
        day, month, year = text.split("/")
        return dt.date(int(year), int(month), int(day))

    with (folder / "people.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        next(reader)
        while batch := list(islice(reader, 1000)):
            people = [
                Customer(
                    external_id=row[0], last_name=row[1], first_name=row[2], email=row[3],
                    phone="+33" + row[4][1:], gender="male" if row[5] == "M." else "female",
                    birth_date=date(row[6]), address=row[7], postal_code=row[8], city=row[9],
                    signed_up_at=timezone.make_aware(
                        dt.datetime.combine(date(row[10]), dt.time())
                    ),
                )
                for row in batch
            ]  # fmt: skip
            with transaction.atomic():
                Customer.objects.bulk_create(
                    people,
                    update_conflicts=True,
                    unique_fields=["external_id"],
                    update_fields=[
                        "last_name", "first_name", "email", "phone", "gender", "birth_date",
                        "address", "postal_code", "city", "signed_up_at", "email_hash",
                        "phone_hash", "city_folded", "search_text", "updated_at",
                    ],
                )  # fmt: skip
                records = [
                    ConsentRecord(
                        customer=person, subject="email", source="site", wording="J’accepte",
                        state="given" if row[11] == "oui" else "withdrawn",
                        occurred_at=collected, proof="export",
                    )
                    for person, row in zip(people, batch, strict=True)
                    if row[11]
                ]  # fmt: skip
                ConsentRecord.objects.bulk_create(records)
                changes = [
                    ImportChange(job=job, record="customer", record_id=person.pk, created=True)
                    for person in people
                ]
                changes += [
                    ImportChange(job=job, record="consent", record_id=record.pk, created=True)
                    for record in records
                ]
                ImportChange.objects.bulk_create(changes)


def plain(folder: Path) -> None:
    """django-import-export as its documentation shows it, dates and names of columns declared."""
    import tablib
    from import_export import fields, resources, widgets

    from customers.models import Customer

    dates = {
        "birth_date": widgets.DateWidget(format="%d/%m/%Y"),
        "signed_up_at": widgets.DateTimeWidget(format="%d/%m/%Y"),
    }
    named = {key: name for name, key in COLUMNS.items() if key != "email_consent"}

    class CustomerResource(resources.ModelResource):
        class Meta:
            model = Customer
            fields = tuple(named)
            import_id_fields = ("external_id",)

    resource = CustomerResource()
    for key, name in named.items():
        widget = dates.get(key)
        resource.fields[key] = fields.Field(
            attribute=key, column_name=name, **({"widget": widget} if widget else {})
        )
    text = (folder / "first.csv").read_text(encoding="utf-8")
    result = resource.import_data(tablib.Dataset().load(text, format="csv", delimiter=";"))
    assert not result.has_errors(), result.row_errors()[:1]


def memory(folder: Path) -> None:
    imported(folder / "long.csv")


TASKS: dict[str, Callable[[Path], None]] = {
    "create": create,
    "update": update,
    "xlsx": xlsx,
    "bulk": bulk,
    "plain": plain,
    "memory": memory,
}
