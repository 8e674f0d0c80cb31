"""Some cells of a column, as they stand in the file and as they are understood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

from accounts.templatetags import figures
from customers.addresses import readable_phone
from customers.fieldtypes import Cell, CleaningError, Reading, text_of
from customers.fieldtypes import clean as clean_value
from customers.models import ConsentState, Customer, Order
from customers.spreadsheets.fields import Field, cleaner_of

_WORD_LABELS: Final[dict[str, dict[str, Any]]] = {
    "gender": dict(Customer.Gender.choices),
    "marital_status": dict(Customer.MaritalStatus.choices),
    "preferred_frequency": dict(Customer.Frequency.choices),
    "preferred_channel": dict(Customer.PreferredChannel.choices),
    "order_status": dict(Order.Status.choices),
    "sales_channel": dict(Order.SalesChannel.choices),
    "consent": dict(ConsentState.choices),
}

_SHOWN: Final = 3
_WIDEST: Final = 40


@dataclass
class SampleCell:
    """A cell as it stands and as it is read, or what is wrong with it."""

    raw: str
    read: str = ""
    problem: str | Promise = ""


@dataclass
class ColumnRow:
    """A column as the wizard shows it."""

    header: str
    select: forms.BoundField
    cells: list[SampleCell]
    problems: list[str | Promise]
    # What its cells suggest, for a column that is left out.
    suggestion: str | Promise = ""
    # It would become a new attribute, and its name is one of sensitive data.
    may_be_sensitive: bool = False


def different(lines: Sequence[Sequence[Cell]], position: int) -> list[Sequence[Cell]]:
    """The first few lines that differ in this column."""
    found: dict[str, Sequence[Cell]] = {}
    for cells in lines:
        text = text_of(cells[position]) if position < len(cells) else ""
        if text:
            found.setdefault(text, cells)
        if len(found) == _SHOWN:
            break
    return list(found.values())


def read_cells(
    field: Field | None,
    lines: Sequence[Sequence[Cell]],
    position: int,
    reading: Reading,
    country: int | None = None,
) -> list[SampleCell]:
    """The cell of each line as this field understands it, or what is wrong with it.

    `country` is the column of each line's country, by which its postcode and phone are read.
    """
    clean, shown = cleaner_of(field) if field else None, []
    for cells in lines:
        text = text_of(cells[position])
        raw = text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
        if field is None or clean is None:
            shown.append(SampleCell(raw))
            continue
        own = replace(reading, country=_country(cells, country, reading))
        try:
            shown.append(SampleCell(raw, _shown(field, clean(cells[position], own))))
        except CleaningError as error:
            shown.append(SampleCell(raw, problem=error.message))
    return shown


def _country(cells: Sequence[Cell], position: int | None, reading: Reading) -> str:
    """The country a line names, '' where it names none that can be read."""
    if position is None or position >= len(cells):
        return ""
    try:
        return str(clean_value("country", cells[position], reading) or "")
    except CleaningError:
        return ""


def _shown(field: Field, value: Any) -> str:
    """A cell as it was understood, in the reader's language; '' where that says nothing new."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, dt.datetime):
        midnight = timezone.localtime(value).time() == dt.time()
        return figures.shortdate(value) if midnight else figures.moment(value)
    if isinstance(value, dt.date):
        return figures.shortdate(value)
    if isinstance(value, Decimal):
        return figures.money(value) if field.type == "money" else figures.number(value)
    if isinstance(value, list):
        return " · ".join(value)
    if isinstance(value, dict):
        # Several fields in one column, taken apart.
        return " · ".join(
            readable_phone(each) if key == "phone" else each for key, each in value.items()
        )
    if field.type == "phone":
        return readable_phone(value)
    return str(_WORD_LABELS.get(field.type, {}).get(value, value))
