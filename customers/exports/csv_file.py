"""Rows as CSV, line by line: for French spreadsheets (semicolons, decimal commas) or for programs.

Both begin with a byte order mark, without which Excel takes UTF-8 for another encoding.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext

from customers.formulas import inert

_LINES_A_CHUNK: Final = 200


@dataclass(frozen=True)
class Dialect:
    """How cells are parted, and how numbers and dates are written."""

    delimiter: str
    decimal: str
    date: str
    instant: str


FRENCH: Final = Dialect(";", ",", "%d/%m/%Y", "%d/%m/%Y %H:%M:%S")
PLAIN: Final = Dialect(",", ".", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")


class _Line:
    """A file whose only act is to hand back what is written to it."""

    def write(self, text: str) -> str:
        return text


def chunks(
    headers: list[str], rows: Iterable[list[Any]], dialect: Dialect = FRENCH
) -> Iterator[bytes]:
    """The bytes of the file, some lines at a time."""
    writer = csv.writer(_Line(), delimiter=dialect.delimiter)
    lines = ["\ufeff" + _written(writer, [inert(header) for header in headers])]
    for row in rows:
        lines.append(_written(writer, [_cell(value, dialect) for value in row]))
        if len(lines) >= _LINES_A_CHUNK:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()


def _written(writer: Any, cells: list[str]) -> str:
    line: str = writer.writerow(cells)
    return line


def _cell(value: Any, dialect: Dialect) -> str:
    if isinstance(value, str):
        return inert(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal | float):
        # A number, so that its sign is no formula's.
        return f"{value:f}".replace(".", dialect.decimal)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime(dialect.instant)
    if isinstance(value, dt.date):
        return value.strftime(dialect.date)
    return inert(str(value))
