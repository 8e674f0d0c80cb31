"""A file becomes a header and lines of cells, whatever its format; nothing is interpreted here.

Invariant: `open_spreadsheet` looks at the bytes, never at the file's name, and a file it accepts
and `count`s to the end can be read again to the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell, text_of
from customers.folding import fold
from customers.spreadsheets import encodings, old_workbooks, text_files, titles
from customers.spreadsheets.errors import Issue, SpreadsheetError, refuse
from customers.spreadsheets.formats import refuse_what_is_no_spreadsheet
from customers.spreadsheets.text_files import BrokenRow
from customers.spreadsheets.workbooks import Workbook

MAX_BYTES: Final = 200 * 1024 * 1024
_HEAD: Final = 2048


@dataclass
class Spreadsheet:
    """A readable file: how it is read, its header, and its rows under that header.

    `header_line` is the number of the line that names the columns, 0 when no line does. `format`
    is csv, xlsx, xls or ods; `hidden` are those of `sheets` a spreadsheet would not show.
    """

    path: Path
    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    book: Workbook | None = None
    header_line: int = 0

    @cached_property
    def first_rows(self) -> list[titles.Row]:
        """The first rows that hold anything, titles and header included."""
        rows = list(islice(self._all_rows(), titles.LOOKED_AT))
        if not rows:
            raise refuse("empty_file", _("This file is empty."))
        return rows

    @cached_property
    def header(self) -> list[str]:
        """The columns' names, each once; those without one are named by their position."""
        merged = self.book.merged(self.sheet) if self.book is not None else ()
        return titles.column_names(self.first_rows, self.header_line, merged)

    def find_header(self, told: int | None) -> None:
        """Take the line told as the header, or find it. Raises SpreadsheetError for a wrong one."""
        if told is None:
            self.header_line = titles.find_header(self.first_rows)
        elif told and told not in [number for number, _cells in self.first_rows]:
            message = _("This line of the file cannot be its header: it is empty or too far down.")
            raise SpreadsheetError(Issue("wrong_header", message, path="options.header_line"))
        else:
            self.header_line = told

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Each row under the header that holds anything, with its number in the file.

        A row is as long as the header, or longer when it has cells no column covers. A line of a
        text file that cannot be cut into cells is a BrokenRow.
        """
        head, width = self.header_line, len(self.header)
        cut = self.has_reasons
        for number, cells in self._all_rows():
            if number <= head:
                continue
            if cut and len(cells) > width and not isinstance(cells, BrokenRow):
                cells = cells[:width]
                if not any(map(text_of, cells)):
                    continue
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            elif len(cells) > width:
                while len(cells) > width and text_of(cells[-1]) == "":
                    cells.pop()
            yield number, cells

    def count(self) -> int:
        """How many rows there are under the header; reads the file to its end."""
        number = sum(1 for _row in self.rows())
        if not number:
            raise refuse("header_only", _("This file has a header but no line under it."))
        return number

    @cached_property
    def has_reasons(self) -> bool:
        """Say whether the last column is the one we added to rejected lines, which says nothing."""
        names = next((cells for n, cells in self.first_rows if n == self.header_line), [])
        told = [fold(text_of(cell)) for cell in names[len(self.header) :] if text_of(cell)]
        return len(told) == 1 and told[0] in titles.reason_names()

    def _all_rows(self) -> Iterator[titles.Row]:
        if self.book is not None:
            return self.book.rows(self.sheet)
        return text_files.rows(self.path, self.encoding, self.delimiter)


def open_spreadsheet(
    path: Path,
    *,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_line: int | None = None,
) -> Spreadsheet:
    """Open a text file or a workbook; what is not given is found from the file itself.

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
        head = file.read(_HEAD)
    refuse_what_is_no_spreadsheet(head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        found = _open_workbook(Workbook(path), path, sheet)
    elif head.startswith(old_workbooks.MAGIC):
        found = _open_workbook(Workbook(path, old=True), path, sheet)
    else:
        if encoding:
            encodings.check_encoding(path, encoding)
        encoding = encoding or encodings.find_encoding(path)
        delimiter = delimiter or text_files.find_delimiter(path, encoding)
        found = Spreadsheet(path, "csv", encoding=encoding, delimiter=delimiter)
    found.find_header(header_line)
    if not found.header:
        raise refuse("empty_file", _("This file is empty."))
    return found


def _open_workbook(book: Workbook, path: Path, sheet: str) -> Spreadsheet:
    if sheet and sheet not in book.sheets:
        message = _("This workbook has no sheet of that name.")
        raise SpreadsheetError(Issue("unknown_sheet", message, path="options.sheet"))
    name = sheet or book.first_filled()
    return Spreadsheet(
        path, book.format, sheet=name, sheets=book.sheets, hidden=book.hidden, book=book
    )


def too_many_bytes() -> SpreadsheetError:
    """The error for a file over MAX_BYTES."""
    return refuse("too_large", _("This file is over 200 MB. Split it into several files."))
