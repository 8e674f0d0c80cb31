"""The rejected lines of an import as a file to mend and import again, in the original's format.

The columns of the original and one more with the reason, which reading leaves out. Text files keep
their encoding and delimiter; a workbook of any kind comes back as .xlsx, its cells of the same
types. No cell can start a formula.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import IllegalCharacterError

from customers.fieldtypes import Cell, text_of
from customers.formulas import inert
from customers.models import ImportJob
from customers.spreadsheets.lines import Line
from customers.spreadsheets.reading import Spreadsheet
from customers.spreadsheets.titles import reason_name

# A workbook cannot be added to: its lines wait in a file of their own until the import ends.
_WAITING: Final = ".jsonl"
_MARKS: Final = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE}
_MAX_TEXT: Final = 32_000


def safe(cell: Cell) -> str:
    """A cell as text that no spreadsheet takes for a formula."""
    text = cell if isinstance(cell, str) else text_of(cell)
    return inert(text)


def append_rejected(job: ImportJob, file: Spreadsheet, lines: list[Line]) -> None:
    """Add lines of this file to the job's, and note its name and size on the job (unsaved).

    Whatever a killed worker wrote past the size last committed is cut off first.
    """
    if not lines:
        return
    suffix = ".csv" if file.format == "csv" else _WAITING
    if not job.rejected_file:
        job.rejected_file.name = f"imports/{job.created_at:%Y/%m}/{job.pk}-rejected{suffix}"
    path = _path(job)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows: list[list[Cell]] = [[*_cells(line, len(file.header)), _reason(line)] for line in lines]
    if not job.rejected_bytes:
        rows.insert(0, [*file.header, reason_name()])
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as kept:
        kept.truncate(job.rejected_bytes)
        kept.seek(job.rejected_bytes)
        if suffix == _WAITING:
            kept.writelines(json.dumps(list(map(_plain, row))).encode() + b"\n" for row in rows)
        else:
            # Written with a mark even where the original had none: Excel needs it.
            encoding = "utf-16-le" if file.encoding.startswith("utf-16") else file.encoding
            mark = b"" if job.rejected_bytes else _MARKS.get(encoding, b"")
            kept.write(mark + _csv(rows, file.delimiter).encode(encoding, errors="replace"))
        job.rejected_bytes = kept.tell()


def finish(job: ImportJob) -> bool:
    """Make the workbook of the lines that waited for it; say whether the job changed (unsaved)."""
    name = str(job.rejected_file.name or "")
    if not name.endswith(_WAITING) or not _path(job).exists():
        return False
    waiting = _path(job)
    made = waiting.with_suffix(".xlsx")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(gettext("Rejected lines"))
    sheet.freeze_panes = "A2"
    for number, row in enumerate(_waiting_rows(waiting, job.rejected_bytes)):
        sheet.append([_cell(sheet, value, header=not number) for value in row])
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        book.save(file)
    job.rejected_file.name = str(Path(name).with_suffix(".xlsx"))
    return True


def forget_waiting(job: ImportJob) -> None:
    """Delete the lines that waited, once the job is saved with the workbook made of them."""
    path = _path(job)
    if path.suffix == ".xlsx":
        path.with_suffix(_WAITING).unlink(missing_ok=True)


def _path(job: ImportJob) -> Path:
    return Path(settings.MEDIA_ROOT) / str(job.rejected_file.name)


def _waiting_rows(path: Path, size: int) -> Iterator[list[Any]]:
    with path.open("rb") as file:
        while file.tell() < size:
            yield json.loads(file.readline())


def _plain(cell: Cell) -> Any:
    """A cell as JSON has it; dates and times are named as such."""
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return {type(cell).__name__: cell.isoformat()}
    return cell if isinstance(cell, str | bool | int | float) else text_of(cell)


def _cell(sheet: Any, value: Any, *, header: bool) -> WriteOnlyCell:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        value = getattr(dt, kind).fromisoformat(text)
        # Excel's calendar begins in 1900.
        value = text if getattr(value, "year", 2000) < 1900 else value
    elif isinstance(value, str):
        value = safe(value)[:_MAX_TEXT]
    try:
        cell = WriteOnlyCell(sheet, value)
    except (IllegalCharacterError, ValueError):
        cell = WriteOnlyCell(sheet, safe(text_of(value)))
    if isinstance(value, str):
        cell.data_type = "s"
    if header:
        cell.font = Font(bold=True)
    return cell


def _cells(line: Line, width: int) -> list[Cell]:
    """As many cells as the header has; those too many are in the last one, as they stood."""
    if len(line.cells) <= width:
        return [*line.cells, *[""] * (width - len(line.cells))]
    rest = " ".join(text_of(cell) for cell in line.cells[width - 1 :])
    return [*line.cells[: width - 1], rest]


def _reason(line: Line) -> str:
    told = [
        f"{problem.column} : {problem.message}" if problem.column else str(problem.message)
        for problem in (*line.problems, *line.warnings)
    ]
    return gettext("Line %(row)s") % {"row": line.number} + " – " + " ".join(told)


def _csv(rows: list[list[Cell]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(list(map(safe, row)) for row in rows)
    return text.getvalue()
