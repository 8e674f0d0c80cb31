"""Workbooks: Excel's (.xlsx, .xls) and LibreOffice's (.ods), bounded before they are opened.

A sheet that is hidden is listed but never chosen for someone; merged cells are told so that a
header can be read over them.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from customers.fieldtypes import Cell
from customers.spreadsheets import measuring, old_workbooks
from customers.spreadsheets.errors import SpreadsheetError, refuse
from customers.spreadsheets.measuring import too_large

_DAMAGED_ZIP: Final = (
    zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError,
    KeyError, zlib.error,
)  # fmt: skip
_OTHER_ZIPS: Final[tuple[tuple[str, str, str | Promise], ...]] = (
    ("Index/", "numbers", _(
        "This file was made by Numbers. In Numbers, choose File > Export To > Excel (or CSV) and "
        "import that file."
    )),
    ("xl/workbook.bin", "binary_workbook", _(
        "This workbook is in Excel's binary format (.xlsb). Save it as .xlsx and retry."
    )),
    ("word/", "not_a_workbook", _(
        "This file is a text document. Copy its table into a spreadsheet and save that as .xlsx."
    )),
)  # fmt: skip
_Result = TypeVar("_Result")


def check_workbook(path: Path) -> str:
    """The format of a workbook that can be held: xlsx or ods. Raises SpreadsheetError."""
    told = path.stat()
    return _measured(path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=64)
def _measured(path: Path, _changed_at: int, _size: int) -> str:
    """Measure a file once a process: the wizard opens it again at each change of an option."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {part.filename for part in archive.infolist()}
            measuring.measure_parts(archive)
            if any(name.lower().endswith("workbook.xml") for name in names):
                measuring.measure_xlsx(archive)
                return "xlsx"
            if "content.xml" in names and b"spreadsheet" in _type_of(archive, names):
                if b"encryption-data" in _content(archive, names, "META-INF/manifest.xml"):
                    raise protected()
                measuring.measure_ods(archive)
                return "ods"
    except _DAMAGED_ZIP:
        raise damaged() from None
    for start, code, message in _OTHER_ZIPS:
        if any(name.startswith(start) for name in names):
            raise refuse(code, message)
    raise refuse(
        "not_a_workbook",
        _(
            "This file is an archive without a workbook. If it holds spreadsheets, unpack it and "
            "import them one by one."
        ),
    )


def check_old_workbook(path: Path) -> str:
    """The same for an OLE file: xls. Raises SpreadsheetError."""
    try:
        streams = old_workbooks.streams(path)
    except (old_workbooks.NotOle, OSError):
        raise damaged() from None
    if "EncryptedPackage" in streams:
        raise protected()
    book = streams.get("Workbook") or streams.get("Book")
    if not book:
        raise refuse(
            "not_a_workbook", _("This file is not an Excel workbook. Save it as .xlsx or as CSV.")
        )
    old_workbooks.measure(book)
    return "xls"


def _content(archive: zipfile.ZipFile, names: set[str], name: str) -> bytes:
    if name not in names:
        return b""
    with archive.open(name) as file:
        return file.read(1 << 20)


def _type_of(archive: zipfile.ZipFile, names: set[str]) -> bytes:
    return _content(archive, names, "mimetype") or _content(archive, names, "content.xml")


class Workbook:
    """An opened workbook: its sheets' names, and the rows of one of them."""

    def __init__(self, path: Path, *, old: bool = False) -> None:
        self.format = check_old_workbook(path) if old else check_workbook(path)
        self._book: Any = _guarded(lambda: CalamineWorkbook.from_path(str(path)))
        listed = [
            each for each in self._book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet
        ]
        self.hidden = {each.name for each in listed if each.visible != SheetVisibleEnum.Visible}
        self.sheets: list[str] = sorted(
            (each.name for each in listed), key=lambda name: name in self.hidden
        )
        if not self.sheets:
            raise refuse("empty_file", _("This workbook has no sheet."))
        self._opened: tuple[str, CalamineSheet] | None = None

    def rows(self, name: str) -> Iterator[tuple[int, list[Cell]]]:
        """Each row of a sheet that holds anything, with its number as Excel shows it.

        Empty columns before the table are left out.
        """
        sheet = self._sheet(name)
        start = sheet.start
        if start is None:
            return
        first_row, _first_column = start
        lines: Iterator[Any] = sheet.iter_rows()
        for number, cells in enumerate(lines, start=first_row + 1):
            for cell in cells:
                if cell != "" and cell is not None and not (type(cell) is str and cell.isspace()):
                    yield number, cells
                    break

    def merged(self, name: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """The ranges of merged cells, columns as in `rows`: ((row, column), (last ones))."""
        sheet = self._sheet(name)
        ranges, left = sheet.merged_cell_ranges or [], (sheet.start or (0, 0))[1]
        return [
            ((top, max(first - left, 0)), (bottom, max(last - left, 0)))
            for (top, first), (bottom, last) in ranges
        ]

    def first_filled(self) -> str:
        """The first visible sheet that holds a table, else anything; else the first.

        A sheet of explanations often stands before the table: sentences in one column.
        """
        visible = [name for name in self.sheets if name not in self.hidden] or self.sheets
        widths = {}
        for name in visible:
            widths[name] = self._widths(name)
            if sum(width >= 2 for width in widths[name]) >= 2:
                return name
        for wide, long in ((1, 2), (1, 1)):
            for name in visible:
                if sum(width >= wide for width in widths[name]) >= long:
                    return name
        return visible[0]

    def _widths(self, name: str) -> list[int]:
        """How many cells of each of the first filled rows hold anything."""
        rows = islice(self.rows(name), 40)
        return [sum(cell not in ("", None) for cell in cells) for _number, cells in rows]

    def _sheet(self, name: str) -> CalamineSheet:
        # One sheet is held at a time: they are laid out whole.
        if self._opened is None or self._opened[0] != name:
            self._opened = None
            self._opened = (name, _guarded(lambda: self._book.get_sheet_by_name(name)))
        return self._opened[1]


def _guarded(action: Callable[[], _Result]) -> _Result:
    try:
        return action()
    except PasswordError:
        raise protected() from None
    except (CalamineError, OSError, ValueError, OverflowError):
        raise damaged() from None
    except BaseException as error:
        # The reader is not Python: where it gives up, it raises what no one can import.
        if type(error).__name__ == "PanicException":
            raise damaged() from None
        raise


def protected() -> SpreadsheetError:
    """The error for a workbook that asks for a password."""
    return refuse(
        "protected_workbook",
        _(
            "This workbook is protected by a password. Open it in your spreadsheet, remove the "
            "password (in Excel: File > Info > Protect Workbook > Encrypt with Password, and clear "
            "it), save it and retry."
        ),
    )


def damaged() -> SpreadsheetError:
    """The error for a workbook that cannot be opened."""
    return refuse(
        "damaged_workbook",
        _("This workbook is damaged. Open it in your spreadsheet, save it as .xlsx and retry."),
    )


__all__ = ["Workbook", "check_old_workbook", "check_workbook", "damaged", "protected", "too_large"]
