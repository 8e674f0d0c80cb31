"""How fast spreadsheets of customers are imported, against two other ways to write the same rows.

    python bench/imports.py [--lines 100000] [--plain-lines 10000] [--memory-lines 1000000]
                            [--database sqlite|postgresql] [--only create,update,…]

A file of 12 columns, as a French shop would export it, is imported into an empty database:

- `create`, `update`: by Tamis, as the worker does; then again with three columns changed for all;
- `xlsx`: the same rows in a workbook;
- `bulk`: a bare `bulk_create(update_conflicts=True)` a thousand rows at a time, of the same rows
  in all the same tables: people, ledger and undo notes, the same computed fields;
- `plain`: django-import-export's ModelResource with its defaults, on the first lines of the file;
- `memory`: the peak of a long import above what the idle worker takes.

Each runs in a process of its own on a database of its own. Only ratios of one run compare; both
the clock and the processor's own time are shown. Results: bench/imports.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
HEADER = (
    "N° client;Nom;Prénom;E-mail;Portable;Civilité;Date de naissance;Adresse;CP;Ville;"
    "Inscrit le;Newsletter"
).split(";")
MAPPING = {
    "columns": dict(
        zip(
            HEADER,
            "external_id last_name first_name email phone gender birth_date address postal_code "
            "city signed_up_at email_consent".split(),
            strict=True,
        )
    ),
    "options": {
        "date_format": "DMY",
        "consent": {
            "email": {
                "state": "given",
                "source": "site",
                "collected_at": "2024-01-02",
                "wording": "J’accepte",
                "proof": "export",
            }
        },
    },
}
CITIES = (
    ("75011", "Paris"), ("69003", "Lyon"), ("13001", "Marseille"), ("59000", "Lille"),
    ("01000", "Bourg-en-Bresse"), ("20200", "Bastia"), ("35000", "Rennes"),
)  # fmt: skip
NAMES = "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Lefèvre".split()
FIRST_NAMES = "Anaïs Hugo Lou Jean Marie Paul Léa Emma Louis Jules Zoé Camille Chloé".split()


def rows(lines: int, version: int) -> Iterator[list[str]]:
    """The same people each time; in version 2 the name, the phone and the city are others."""
    random = Random(7)
    for number in range(lines):
        postcode, city = CITIES[(random.randrange(7) + version) % 7]
        name = f"{NAMES[random.randrange(11)]}-{random.randrange(5000) + version}"
        phone = (random.randrange(10**8) + version) % 10**8
        yield [
            f"C{number:07d}",
            name,
            FIRST_NAMES[random.randrange(13)],
            f"client{number}@exemple{random.randrange(50)}.fr",
            f"06{phone % 89_000_000:08d}",
            ("M.", "Mme")[random.randrange(2)],
            f"{random.randrange(1, 29):02d}/{random.randrange(1, 13):02d}/"
            f"{random.randrange(1940, 2005)}",
            f"{random.randrange(1, 200)} rue de la République",
            postcode,
            city,
            f"{random.randrange(1, 29):02d}/{random.randrange(1, 13):02d}/2023",
            ("oui", "oui", "non", "")[random.randrange(4)],
        ]


def write_csv(path: Path, lines: int, version: int = 0) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(";".join(HEADER) + "\r\n")
        for row in rows(lines, version):
            file.write(";".join(row) + "\r\n")


def write_workbook(path: Path, lines: int) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Clients")
    sheet.append(HEADER)
    for row in rows(lines, 0):
        sheet.append(row)
    book.save(path)


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
    named = {key: name for name, key in MAPPING["columns"].items() if key != "email_consent"}

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


def run_one(name: str, folder: Path) -> None:
    """In a process of its own: time one way to write, and tell the parent."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import logging

    import django

    django.setup()
    logging.disable(logging.INFO)
    from config.celery import app
    from customers.signals import facts_changed

    # All that an idle worker has loaded; and what it asks of other workers is not measured.
    app.loader.import_default_modules()
    facts_changed.receivers.clear()
    facts_changed.sender_receivers_cache.clear()
    warm_up()
    idle = _resident()
    started, used = time.perf_counter(), time.process_time()
    TASKS[name](folder)
    told = {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - used,
        "megabytes": (_peak() - idle) / 1024,
    }
    print("TOLD", json.dumps(told))


def warm_up() -> None:
    """Load what is loaded once, such as the numbering plans, by checking a line or two."""
    from customers.spreadsheets import engine
    from customers.spreadsheets.mapping import read_mapping

    with tempfile.TemporaryDirectory() as folder:
        for name, write in (("a.csv", write_csv), ("a.xlsx", write_workbook)):
            write(Path(folder) / name, 2)
            mapping = read_mapping("customers", MAPPING)
            file = engine.open_for(Path(folder) / name, mapping)
            engine.check(file, mapping, file_name=name)


def _resident() -> int:
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    from tests import postgresql

    binaries = postgresql.binaries()
    if binaries is None:
        sys.exit("PostgreSQL is not installed here.")
    with postgresql.server(binaries) as url:
        yield url


def measure(name: str, kind: str, files: Path) -> dict[str, float]:
    """Run one way on a database of its own; `update` meets people who are there already."""
    with tempfile.TemporaryDirectory() as home, database(kind, Path(home)) as url:
        environment = os.environ | {"TAMIS_VAR": home, "DATABASE_URL": url, "DJANGO_DEBUG": ""}

        def call(*arguments: str) -> str:
            command = [sys.executable, *arguments]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(done.stderr)
            return done.stdout

        call("manage.py", "migrate", "--verbosity", "0")
        if name == "update":
            call(__file__, "--one", "create", "--files", str(files))
        told = call(__file__, "--one", name, "--files", str(files))
    found: dict[str, float] = json.loads(told.partition("TOLD ")[2])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--plain-lines", type=int, default=10_000)
    parser.add_argument("--memory-lines", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--files", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        run_one(told.one, Path(told.files))
        return
    wanted = told.only.split(",")
    lines = dict.fromkeys(TASKS, told.lines)
    lines |= {"plain": min(told.plain_lines, told.lines), "memory": told.memory_lines}
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        write_csv(files / "people.csv", told.lines)
        write_csv(files / "changed.csv", told.lines, version=1)
        write_csv(files / "first.csv", lines["plain"])
        if "xlsx" in wanted:
            write_workbook(files / "people.xlsx", told.lines)
        if "memory" in wanted:
            write_csv(files / "long.csv", told.memory_lines)
        print(f"{told.database}, {told.lines} lines")
        measured: dict[str, dict[str, Any]] = {}
        for name in wanted:
            measured[name] = measure(name, told.database, files)
            show(name, lines[name], measured[name])
    compare(measured, lines)


def show(name: str, lines: int, told: dict[str, float]) -> None:
    """One line a way of writing."""
    print(
        f"{name:8} {lines:>9} lines {told['seconds']:8.1f} s {lines / told['seconds']:9.0f} a s"
        f" {told['cpu']:8.1f} s of processor {told['megabytes']:6.0f} MB above idle",
        flush=True,
    )


def compare(measured: dict[str, dict[str, Any]], lines: dict[str, int]) -> None:
    """The ratios promised, by the clock and by the processor's time."""
    promised = (
        ("create", "plain", 10), ("create", "bulk", 0.5), ("update", "create", 0.7),
        ("xlsx", "create", 0.6),
    )  # fmt: skip
    for one, other, wanted in promised:
        if one not in measured or other not in measured:
            continue
        ratios = [
            (lines[one] / measured[one][unit]) / (lines[other] / measured[other][unit])
            for unit in ("seconds", "cpu")
        ]
        print(
            f"{one} / {other}: {ratios[0]:.2f} by the clock, {ratios[1]:.2f} by the processor"
            f" (at least {wanted})"
        )
    if "memory" in measured:
        print(f"memory: {measured['memory']['megabytes']:.0f} MB above idle (under 300)")


if __name__ == "__main__":
    main()
