"""A file becomes a header and lines of cells, whatever its format; nothing is interpreted here.

Invariant: `open_spreadsheet` looks at the bytes, never at the file's name, and a file it accepts
and `count`s to the end can be read again to the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell, text_of
from customers.spreadsheets import text_files
from customers.spreadsheets.errors import Issue, SpreadsheetError, refuse
from customers.spreadsheets.workbooks import Workbook

MAX_BYTES: Final = 200 * 1024 * 1024
_OTHERS: Final = (
    (b"%PDF", "pdf", _("This file is a PDF, whatever its name. Export the table as .xlsx or CSV.")),
    (
        b"\xd0\xcf\x11\xe0",
        "old_excel",
        _("This workbook is in the old Excel format or protected. Save it as .xlsx and retry."),
    ),
    (b"\x89PNG", "image", _("This file is an image. Choose a spreadsheet: .xlsx or CSV.")),
    (b"\xff\xd8\xff", "image", _("This file is an image. Choose a spreadsheet: .xlsx or CSV.")),
    (b"\x1f\x8b", "compressed", _("This file is compressed. Unpack it first.")),
)


@dataclass
class Spreadsheet:
    """A readable file: how it is read, its header, and its rows under that header."""

    path: Path
    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    book: Workbook | None = None

    @cached_property
    def _head(self) -> tuple[int, list[str]]:
        for number, cells in self._all_rows():
            return number, _unique([text_of(cell) for cell in cells])
        raise refuse("empty_file", _("This file is empty."))

    @property
    def header(self) -> list[str]:
        """The columns' names, each once; those without one are named by their position."""
        return self._head[1]

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Each row under the header that holds anything, with its number in the file.

        A row is as long as the header, or longer when it has cells no column covers.
        """
        head, names = self._head
        width = len(names)
        for number, cells in self._all_rows():
            if number <= head:
                continue
            if len(cells) < width:
                cells = [*cells, *[""] * (width - len(cells))]
            elif len(cells) > width:
                while len(cells) > width and text_of(cells[-1]) == "":
                    cells = cells[:-1]
            yield number, cells

    def count(self) -> int:
        """How many rows there are under the header; reads the file to its end."""
        number = sum(1 for _row in self.rows())
        if not number:
            raise refuse("header_only", _("This file has a header but no line under it."))
        return number

    def _all_rows(self) -> Iterator[tuple[int, list[Cell]]]:
        if self.book is not None:
            yield from self.book.rows(self.sheet)
            return
        for number, row in text_files.rows(self.path, self.encoding, self.delimiter):
            cells: list[Cell] = list(row)
            yield number, cells


def open_spreadsheet(
    path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> Spreadsheet:
    """Open a .csv or .xlsx file; what is not given is found from the file itself.

    Raises SpreadsheetError for a file that is no spreadsheet, empty or too large.
    """
    if not path.is_file():
        raise refuse("no_file", _("There is no such file."))
    size = path.stat().st_size
    if size == 0:
        raise refuse("empty_file", _("This file is empty."))
    if size > MAX_BYTES:
        raise too_many_bytes()
    with path.open("rb") as file:
        head = file.read(512)
    for magic, code, message in _OTHERS:
        if head.startswith(magic):
            raise refuse(code, message)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_workbook(path, sheet)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<!doctype html", b"<html")):
        raise refuse("web_page", _("This file is a web page. Save the table as .xlsx or CSV."))
    encoding = encoding or text_files.find_encoding(path)
    try:
        delimiter = delimiter or text_files.find_delimiter(path, encoding)
        found = Spreadsheet(path, "csv", encoding=encoding, delimiter=delimiter)
        found.header  # noqa: B018 - reads the first row, so that an empty table is told at once
    except (UnicodeError, LookupError):
        message = _("This file cannot be read in this encoding. Choose another one.")
        raise SpreadsheetError(Issue("encoding", message, path="options.encoding")) from None
    return found


def _open_workbook(path: Path, sheet: str) -> Spreadsheet:
    book = Workbook(path)
    if sheet and sheet not in book.sheets:
        message = _("This workbook has no sheet of that name.")
        raise SpreadsheetError(Issue("unknown_sheet", message, path="options.sheet"))
    name = sheet or book.first_filled()
    found = Spreadsheet(path, "xlsx", sheet=name, sheets=book.sheets, book=book)
    found.header  # noqa: B018 - as above
    return found


def too_many_bytes() -> SpreadsheetError:
    """The error for a file over MAX_BYTES."""
    return refuse("too_large", _("This file is over 200 MB. Split it into several files."))


def _unique(names: list[str]) -> list[str]:
    """Name every column, and tell those of the same name apart: Date, Date (2)."""
    while names and not names[-1]:
        names.pop()
    taken = set(names)
    unique: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        name = name[:120] or gettext("Column %(position)s") % {"position": position}
        found, number = name, 1
        while found in unique or (number > 1 and found in taken):
            number += 1
            found = f"{name} ({number})"
        unique[found] = None
    return list(unique)
