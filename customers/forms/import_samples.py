"""Some cells of a column, as they stand in the file and as they are understood."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

from accounts.templatetags import figures
from customers.addresses import readable_phone
from customers.fieldtypes import CleaningError, Reading
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


def read_cells(field: Field | None, texts: list[str], reading: Reading) -> list[SampleCell]:
    """Each cell as this field understands it, or what is wrong with it."""
    if field is None:
        return [SampleCell(text) for text in texts]
    clean, cells = cleaner_of(field), []
    for text in texts:
        try:
            cells.append(SampleCell(text, _shown(field, clean(text, reading))))
        except CleaningError as error:
            cells.append(SampleCell(text, problem=error.message))
    return cells


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
        # A full name, taken apart.
        return " · ".join(value.values())
    if field.type == "phone":
        return readable_phone(value)
    return str(_WORD_LABELS.get(field.type, {}).get(value, value))
