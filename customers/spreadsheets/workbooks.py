"""Excel workbooks (.xlsx), bounded before they are opened.

The reader lays a sheet out whole in memory, so what a file unpacks to and the area its cells
span are measured first: a small file can claim to hold thousands of millions of cells.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from customers.fieldtypes import Cell
from customers.spreadsheets.errors import SpreadsheetError, refuse

MAX_UNPACKED: Final = 512 * 1024 * 1024
MAX_CELLS: Final = 25_000_000
MAX_PARTS: Final = 5_000
_REFERENCE: Final = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_CHUNK: Final = 1 << 20


def check_workbook(path: Path) -> None:
    """Raise SpreadsheetError unless the file is a workbook of a size we can hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise refuse(
                    "not_a_workbook",
                    _("This file is not an Excel workbook. Save it as .xlsx or as CSV."),
                )
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise too_large()
            for part in parts:
                _measure(archive, part)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        raise damaged() from None


def _measure(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack a part (which checks its declared size) and, in a sheet, the area of its cells."""
    sheet = part.filename.startswith("xl/worksheets/")
    widest, lowest, rest = 0, 0, b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            if not sheet:
                continue
            seen = set(_REFERENCE.findall(rest + chunk))
            rest = chunk[-20:]
            if seen:
                widest = max(widest, *(_column_number(letters) for letters, _row in seen))
                lowest = max(lowest, *(int(row) for _letters, row in seen))
                if widest * lowest > MAX_CELLS:
                    raise too_large()


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class Workbook:
    """An opened workbook: its sheets' names, and the rows of one of them."""

    def __init__(self, path: Path) -> None:
        check_workbook(path)
        try:
            self._book = CalamineWorkbook.from_path(str(path))
            self.sheets: list[str] = list(self._book.sheet_names)
        except (CalamineError, OSError):
            raise damaged() from None
        if not self.sheets:
            raise refuse("empty_file", _("This workbook has no sheet."))

    def rows(self, name: str) -> Iterator[tuple[int, list[Cell]]]:
        """Each row of a sheet that holds anything, with its number as Excel shows it."""
        sheet = self._sheet(name)
        start = sheet.start
        if start is None:
            return
        first_row, first_column = start
        for number, cells in enumerate(sheet.iter_rows(), start=first_row + 1):
            if any(cell not in ("", None) for cell in cells):
                padded: list[Cell] = [""] * first_column
                yield number, [*padded, *cells]

    def first_filled(self) -> str:
        """The first sheet that holds a table, else anything; else the first.

        A sheet of explanations often stands before the table: sentences in one column.
        """
        filled = {name: self._widths(name) for name in self.sheets}
        for shape in ((2, 2), (1, 2), (1, 1)):
            wide, long = shape
            for name, widths in filled.items():
                if len(widths) >= long and all(width >= wide for width in widths):
                    return name
        return self.sheets[0]

    def _widths(self, name: str) -> list[int]:
        """How many cells of each of the first two filled rows hold anything."""
        rows = islice(self.rows(name), 2)
        return [sum(cell not in ("", None) for cell in cells) for _number, cells in rows]

    def _sheet(self, name: str) -> CalamineSheet:
        try:
            return self._book.get_sheet_by_name(name)
        except (CalamineError, OSError):
            raise damaged() from None


def too_large() -> SpreadsheetError:
    """The error for a workbook that unpacks to more than we can hold."""
    return refuse(
        "too_large",
        _("This workbook unpacks to more than we can read. Save its sheet as CSV, or split it."),
    )


def damaged() -> SpreadsheetError:
    """The error for a workbook that cannot be opened."""
    return refuse(
        "damaged_workbook",
        _("This workbook is damaged or protected by a password. Save it again and retry."),
    )
