"""Customers as a table for a spreadsheet, and what keeps such a table harmless.

A text that a spreadsheet would run as a formula is written with an apostrophe before it, in CSV
as in XLSX. Phones are written as people do, so that they keep their first 0. A worksheet is
bounded; a CSV file is written as it is read, a thousand people at a time.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from customers.addresses import readable_phone
from customers.attributes import shown
from customers.consent import UNKNOWN, consent_states
from customers.formulas import FORMULA_SIGNS
from customers.models import ConsentState, CustomAttribute, Customer, Subject

WORKSHEET_ROWS: Final = 20_000
_BATCH: Final = 1000
_PLAIN_NUMBER: Final = re.compile(r"[+-]?[\d  ]+([.,]\d+)?")

COLUMNS: Final = (
    *("external_id", "first_name", "last_name", "email", "phone", "gender", "birth_date"),
    *("address", "postal_code", "city", "country", "language", "marital_status", "children"),
    *("profession", "education", "income_band", "interests", "preferred_channel"),
    *("preferred_frequency", "acquisition_source", "signed_up_at"),
)


def safe_cell(value: Any) -> Any:
    """A value that no spreadsheet runs as a formula."""
    if not isinstance(value, str) or not value.lstrip(" ").startswith(tuple(FORMULA_SIGNS)):
        return value
    return value if _PLAIN_NUMBER.fullmatch(value) else f"'{value}"


class CustomerResource(resources.ModelResource):
    """A person's columns, then tags, consents and custom attributes."""

    tags = fields.Field(attribute="tags")

    class Meta:
        model = Customer
        fields = (*COLUMNS, "tags")
        export_order = (*COLUMNS, "tags")

    def __init__(self) -> None:
        super().__init__()
        self.custom = list(CustomAttribute.objects.all())

    def headers(self) -> list[str]:
        """The first line, in the reader's language."""
        names = {f.name: f.verbose_name for f in Customer._meta.concrete_fields}
        own = [str(names[column]) for column in COLUMNS]
        subjects = [str(subject.label) for subject in Subject]
        custom = [each.label for each in self.custom]
        return [str(safe_cell(h)) for h in (*own, gettext("Tags"), *subjects, *custom)]

    def rows(self, people: QuerySet[Customer]) -> Iterator[list[Any]]:
        """One line a person, by id, a thousand read at a time."""
        last = 0
        while batch := list(people.order_by("pk").filter(pk__gt=last)[:_BATCH]):
            last = batch[-1].pk
            prefetch_related_objects(batch, "tags")
            ids = [person.pk for person in batch]
            states = {subject: consent_states(ids, subject) for subject in Subject.values}
            for person in batch:
                said = [_state(states[subject][person.pk]) for subject in Subject.values]
                custom = [shown(each, person.attributes.get(each.key)) for each in self.custom]
                line = (*self.export_resource(person), *said, *custom)
                yield [safe_cell(value) for value in line]

    def dehydrate_phone(self, person: Customer) -> str:
        return readable_phone(person.phone)

    def dehydrate_gender(self, person: Customer) -> str:
        return str(person.get_gender_display())

    def dehydrate_marital_status(self, person: Customer) -> str:
        return str(person.get_marital_status_display())

    def dehydrate_preferred_channel(self, person: Customer) -> str:
        return str(person.get_preferred_channel_display())

    def dehydrate_preferred_frequency(self, person: Customer) -> str:
        return str(person.get_preferred_frequency_display())

    def dehydrate_interests(self, person: Customer) -> str:
        return ", ".join(map(str, person.interests or []))

    def dehydrate_tags(self, person: Customer) -> str:
        return ", ".join(tag.name for tag in person.tags.all())

    def dehydrate_birth_date(self, person: Customer) -> str:
        return f"{person.birth_date:%d/%m/%Y}" if person.birth_date else ""

    def dehydrate_signed_up_at(self, person: Customer) -> str:
        at = person.signed_up_at
        return f"{timezone.localtime(at):%d/%m/%Y %H:%M}" if at else ""


def _state(state: str) -> str:
    return gettext("Unknown") if state == UNKNOWN else str(ConsentState(state).label)


class _Line:
    """A file whose only act is to hand back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(people: QuerySet[Customer]) -> Iterator[str]:
    """The lines of a CSV file that French spreadsheets open as it is (semicolons, BOM)."""
    resource = CustomerResource()
    writer = csv.writer(_Line(), delimiter=";")
    yield "\ufeff" + writer.writerow(resource.headers())
    for row in resource.rows(people):
        yield writer.writerow(["" if value is None else value for value in row])


def worksheet(people: QuerySet[Customer]) -> IO[bytes]:
    """An XLSX file, on disk beyond a few megabytes. At most WORKSHEET_ROWS people are written."""
    resource = CustomerResource()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(gettext("Customers")[:31])
    sheet.append(_cells(sheet, resource.headers()))
    for number, row in enumerate(resource.rows(people)):
        if number >= WORKSHEET_ROWS:
            break
        sheet.append(_cells(sheet, row))
    file: IO[bytes] = SpooledTemporaryFile(max_size=4_000_000)  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return file


def _cells(sheet: Any, values: list[Any]) -> list[Any]:
    cells = []
    for value in values:
        if value is None or isinstance(value, int | float | Decimal | dt.date):
            cells.append(WriteOnlyCell(sheet, value))
            continue
        cell = WriteOnlyCell(sheet, _CONTROL.sub("", str(value))[:32_767])
        # A text stays a text, whatever it begins with.
        cell.data_type = "s"
        cells.append(cell)
    return cells


# Characters that a worksheet cannot hold.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
FORMATS: Final = {"csv": _("CSV file"), "xlsx": _("Excel workbook")}
