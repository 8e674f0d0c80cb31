"""The rejected lines of an import as a file to mend and import again.

The columns of the original and one more with the reason; `;`, UTF-8 with its mark, as a French
Excel opens it. No cell can start a formula.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext

from customers.fieldtypes import Cell, text_of
from customers.formulas import inert
from customers.models import ImportJob
from customers.spreadsheets.lines import Line

_BOM: Final = b"\xef\xbb\xbf"


def safe(cell: Cell) -> str:
    """A cell as text that no spreadsheet takes for a formula."""
    text = cell if isinstance(cell, str) else text_of(cell)
    return inert(text)


def append_rejected(job: ImportJob, header: list[str], lines: list[Line]) -> None:
    """Add lines to the job's file, and note its name and size on the job (unsaved).

    Whatever a killed worker wrote past the size last committed is cut off first.
    """
    if not lines:
        return
    if not job.rejected_file:
        job.rejected_file.name = f"imports/{job.created_at:%Y/%m}/{job.pk}-rejected.csv"
    path = Path(settings.MEDIA_ROOT) / str(job.rejected_file.name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(job.rejected_bytes)
        file.seek(job.rejected_bytes)
        if not job.rejected_bytes:
            file.write(_BOM + _rows([[*map(safe, header), gettext("Reason")]]))
        file.write(
            _rows([[*map(safe, _cells(line, len(header))), _reason(line)] for line in lines])
        )
        job.rejected_bytes = file.tell()


def _cells(line: Line, width: int) -> list[Cell]:
    """As many cells as the header has; those too many are in the last one, as they stood."""
    if len(line.cells) <= width:
        return line.cells
    rest = " ".join(text_of(cell) for cell in line.cells[width - 1 :])
    return [*line.cells[: width - 1], rest]


def _reason(line: Line) -> str:
    told = [
        f"{problem.column} : {problem.message}" if problem.column else str(problem.message)
        for problem in line.problems
    ]
    return safe(gettext("Line %(row)s") % {"row": line.number} + " – " + " ".join(told))


def _rows(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode()
