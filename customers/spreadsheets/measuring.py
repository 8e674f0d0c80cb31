"""How much a workbook would take to open, measured before anything opens it.

The reader lays sheets out whole in memory, so what a file unpacks to, the area its cells span and
the text they repeat are bounded first: a small file can claim thousands of millions of cells.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Final

from django.utils.translation import gettext_lazy as _

from customers.spreadsheets.errors import SpreadsheetError, refuse

MAX_UNPACKED: Final = 512 * 1024 * 1024
# A cell takes some 80 bytes with a short text: 400 MB in all.
MAX_CELLS: Final = 5_000_000
MAX_TEXT: Final = 200_000_000
MAX_PARTS: Final = 5_000
_CHUNK: Final = 1 << 20
# The column of a cell once digits are left out, and the row of one.
_COLUMN: Final = re.compile(rb"""\sr=["']([A-Z]{1,3})["']""")
_ROW: Final = re.compile(rb"""\sr=["'][A-Z]{1,3}(\d{1,7})["']""")
_DIGITS: Final = b"0123456789"
_TEXT: Final = re.compile(rb"<(?:\w+:)?si[\s>/]")
_SHARED: Final = re.compile(rb"""\bt=["']s["'][^>]*>\s*<(?:\w+:)?v>(\d+)""")
_ODS_TAG: Final = re.compile(
    rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)\b"
    rb"((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>"
)
_REPEATED: Final = re.compile(rb"""number-(?:columns|rows)-repeated=["'](\d{1,9})["']""")


def measure_parts(archive: zipfile.ZipFile) -> None:
    """Refuse an archive of too many parts, or that says it unpacks to too much."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise too_large()


def measure_xlsx(archive: zipfile.ZipFile) -> None:
    """Refuse an .xlsx whose sheets span too many cells or repeat too much text.

    Reads every part to its end, which also checks its declared size and its checksum.
    """
    lengths: list[int] = []
    sheets: list[str] = []
    for part in archive.infolist():
        name = part.filename.lower()
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            sheets.append(part.filename)
        elif name == "xl/sharedstrings.xml":
            with archive.open(part) as file:
                lengths = _lengths(file)
        else:
            with archive.open(part) as file:
                while file.read(_CHUNK):
                    pass
    longest = max(lengths, default=0)
    for name in sheets:
        with archive.open(name) as file:
            shared = _span(file)
        if shared * longest > MAX_TEXT:
            with archive.open(name) as file:
                _repeated_text(file, lengths)


def _span(file: IO[bytes]) -> int:
    """Check the area of a sheet's cells; gives how many of them share a text."""
    widest, lowest, cells, shared = 0, 0, 0, 0
    for chunk in _pieces(file):
        cells += sum(map(chunk.count, (b"<c ", b"<c>", b"<c/", b":c ", b":c>", b":c/")))
        shared += chunk.count(b't="s"') + chunk.count(b"t='s'")
        # Two passes with one group each are three times as fast as one with two.
        columns = set(_COLUMN.findall(chunk.translate(None, _DIGITS)))
        widest = max(widest, *map(_column_number, columns)) if columns else widest
        rows = set(_ROW.findall(chunk))
        lowest = max(lowest, *map(int, rows)) if rows else lowest
        if widest * lowest > MAX_CELLS or cells > MAX_CELLS:
            raise too_large()
    return shared


def _lengths(file: IO[bytes]) -> list[int]:
    """The length of each shared text, its markup included."""
    lengths: list[int] = []
    for chunk in _pieces(file):
        first, *others = _TEXT.split(chunk)
        if lengths:
            lengths[-1] += len(first)
        lengths += map(len, others)
        if len(lengths) > MAX_CELLS:
            raise too_large()
    return lengths


def _repeated_text(file: IO[bytes], lengths: list[int]) -> None:
    total = 0
    for chunk in _pieces(file):
        for number in map(int, _SHARED.findall(chunk)):
            total += lengths[number] if number < len(lengths) else 0
        if total > MAX_TEXT:
            raise too_large()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The content in chunks, each cut before a tag so that none is seen in part."""
    rest = b""
    while chunk := file.read(_CHUNK):
        rest += chunk
        cut = rest.rfind(b"<")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        if len(rest) > 16 * _CHUNK:
            raise too_large()
    yield rest


def measure_ods(archive: zipfile.ZipFile) -> None:
    """Refuse an .ods whose repeated cells and rows come to too many."""
    row_cells, row_repeat, filled, total = 0, 1, 0, 0
    widest, lowest = 0, 0
    with archive.open("content.xml") as file:
        for chunk in _pieces(file):
            for closing, tag, attributes, empty in _ODS_TAG.findall(chunk):
                if tag == b"table":
                    total, widest, lowest = total + widest * lowest, 0, 0
                elif tag == b"table-row" and not closing:
                    row_cells, filled, row_repeat = 0, 0, _repeat(attributes)
                    lowest += row_repeat if empty else 0
                elif tag == b"table-row":
                    # Rows formatted to the end of the sheet hold nothing: the reader drops them.
                    if filled:
                        lowest += row_repeat
                        widest = max(widest, filled)
                elif not closing:
                    row_cells += _repeat(attributes)
                    if not empty or b"value" in attributes:
                        filled = row_cells
                if total + widest * lowest > MAX_CELLS:
                    raise too_large()


def _repeat(attributes: bytes) -> int:
    found = _REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def too_large() -> SpreadsheetError:
    """The error for a workbook that unpacks to more than we can hold."""
    return refuse(
        "too_large",
        _(
            "This workbook is too large to be read at once: the limit is 5 million cells, for "
            "instance 400,000 lines of 12 columns. Save its sheet as CSV, which has no such "
            "limit, or split it."
        ),
    )
