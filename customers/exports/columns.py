"""The columns of an export: a header as people read it, and a typed value for each row.

Values stay numbers, dates and instants until a file writes them, each format in its own way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from import_export import fields

from customers.addresses import FRENCH_PREFIXES, readable_phone
from customers.attributes import shown
from customers.models import CustomAttribute


class Column(fields.Field):
    """A field of a resource whose value is computed from the row."""

    def __init__(self, header: str | Promise, compute: Callable[[Any], Any]) -> None:
        super().__init__(column_name=str(header), readonly=True)
        self.compute = compute

    def export(self, instance: Any, **_kwargs: Any) -> Any:
        """The value of one row: a text, a number, a date, an instant, a boolean or None."""
        return self.compute(instance)


def attribute(header: str | Promise, path: str) -> Column:
    """What a row holds under a path such as `order__number`; None where the path breaks off."""
    *way, last = path.split("__")

    def compute(row: Any) -> Any:
        for step in way:
            row = getattr(row, step)
            if row is None:
                return None
        return getattr(row, last)

    return Column(header, compute)


def label(header: str | Promise, path: str, labels: dict[Any, str]) -> Column:
    """A choice in words."""
    value = attribute(header, path)
    return Column(header, lambda row: labels.get(value.compute(row), ""))


def phone(header: str | Promise, path: str) -> Column:
    """A number as it is dialled from France: never a plus sign, never a number to a program.

    06 12 34 56 78, and 0032 470 12 34 56 from abroad; read again, both are the same numbers.
    """
    value = attribute(header, path)
    return Column(header, lambda row: _dialled(value.compute(row)))


def custom(known: CustomAttribute) -> Column:
    """A custom attribute, by its type."""
    return Column(known.label, lambda person: _typed(known, person.attributes.get(known.key)))


def _dialled(number: str | None) -> str:
    written = readable_phone(number)
    if written.startswith("+"):
        return f"00{written[1:]}"
    if number and not number.startswith(FRENCH_PREFIXES):
        return f"00{number[1:]}"
    return written


def _typed(known: CustomAttribute, value: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        if known.type == CustomAttribute.Type.NUMBER:
            return Decimal(str(value))
        if known.type == CustomAttribute.Type.DATE:
            return dt.date.fromisoformat(str(value))
    except (InvalidOperation, ValueError):
        # Stored before the attribute had this type: as it is.
        return str(value)
    return shown(known, value)
