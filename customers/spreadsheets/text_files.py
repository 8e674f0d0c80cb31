"""CSV files as they come: any usual encoding and delimiter, told from the bytes themselves.

Reads one line at a time and never more than MAX_LINE characters of it, so a hostile file costs
no memory. Rows are numbered as a spreadsheet shows them, a cell with line breaks being one row.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from django.utils.translation import gettext_lazy as _

from customers.spreadsheets.errors import Issue, SpreadsheetError, refuse

DELIMITERS: Final = (";", ",", "\t", "|")
ENCODINGS: Final = ("utf-8", "utf-16", "cp1252", "iso-8859-15", "mac-roman")
MAX_LINE: Final = 1_000_000
MAX_CELL: Final = 100_000
MAX_COLUMNS: Final = 500
_SAMPLE: Final = 64 * 1024
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_UNDEFINED_IN_CP1252: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def find_encoding(path: Path) -> str:
    """The encoding of a text file: by its mark, else UTF-8 if all of it is, else cp1252.

    Raises SpreadsheetError where the bytes are no text in any of these.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if unmarked := _utf16_without_mark(head):
        return unmarked
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8 = True
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if _CONTROL.search(chunk):
                raise _not_text()
            if utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    utf8 = False
            if not utf8 and _UNDEFINED_IN_CP1252.search(chunk):
                raise _not_text()
    return "utf-8" if utf8 else "cp1252"


def _utf16_without_mark(head: bytes) -> str:
    """Text in Latin letters has a zero in every other byte."""
    half = max(len(head) // 2, 1)
    if len(head) >= 4 and head[1::2].count(0) > 0.7 * half and head[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if len(head) >= 4 and head[::2].count(0) > 0.7 * half and head[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return ""


def find_delimiter(path: Path, encoding: str) -> str:
    """The delimiter that cuts the first lines into the most, and the most regular, columns."""
    with _opened(path, encoding) as file:
        lines = [line for _n, line in zip(range(50), _bounded(file), strict=False)]
    if lines and (told := _told_delimiter(lines[0])):
        return told
    lines = [line for line in lines if line.strip()]
    best, best_score = ";", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not widths or widths[0] < 2:
            continue
        alike = sum(width == widths[0] for width in widths) / len(widths)
        score = alike * 10 + min(widths[0], 50) / 50
        if score > best_score:
            best, best_score = delimiter, score
    return best


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with its number; SpreadsheetError for what cannot be read."""
    # The limit is the module's, shared with whoever else reads CSV in this process.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    with _opened(path, encoding) as file:
        lines = _bounded(file)
        reader = csv.reader(lines, delimiter=delimiter)
        number = 0
        while True:
            try:
                row = next(reader, None)
            except csv.Error:
                raise SpreadsheetError(_unclosed(number + 1)) from None
            except UnicodeError:
                raise _not_text() from None
            if row is None:
                return
            number += 1
            if number == 1 and len(row) <= 2 and _told_delimiter(delimiter.join(row)):
                continue
            if len(row) > MAX_COLUMNS:
                raise SpreadsheetError(
                    Issue("too_many_columns", _("This line has too many columns."), row=number)
                )
            if any(len(cell) > MAX_CELL for cell in row):
                raise SpreadsheetError(_unclosed(number))
            if any(cell and not cell.isspace() for cell in row):
                yield number, row


def _opened(path: Path, encoding: str) -> TextIO:
    return path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")


def _bounded(file: TextIO) -> Iterator[str]:
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            message = _("This line is longer than a million characters; this is not a table.")
            raise SpreadsheetError(Issue("line_too_long", message, row=number))
        yield line


def _told_delimiter(line: str) -> str:
    """The delimiter a first line `sep=;` announces."""
    match = re.fullmatch(r"\ufeff?sep=([;,|\t])?\s*", line, re.IGNORECASE)
    return (match[1] or "") if match else ""


def _unclosed(row: int) -> Issue:
    message = _("A cell that starts here is too long; perhaps its quotation mark is never closed.")
    return Issue("cell_too_long", message, row=row)


def _not_text() -> SpreadsheetError:
    message = _(
        "This file is not text that we can read. Save it again from your spreadsheet as CSV "
        "(UTF-8) or as .xlsx."
    )
    return refuse("not_text", message)
