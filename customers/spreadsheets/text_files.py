"""CSV files as they come: the delimiter told from the lines themselves, and one row at a time.

Never holds more than MAX_LINE characters, so a hostile file costs no memory. Rows are numbered as
a spreadsheet shows them, a cell with line breaks being one row. Where a quotation mark is never
closed, only the line it opens on is lost: reading takes up again at the next. A line that is one
quotation, as some programs save them, is cut as the line inside it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell
from customers.spreadsheets.encodings import not_text
from customers.spreadsheets.errors import Issue, SpreadsheetError

DELIMITERS: Final = (";", ",", "\t", "|")
MAX_LINE: Final = 1_000_000
MAX_CELL: Final = 100_000
MAX_COLUMNS: Final = 500
# Of one row: a cell with more line breaks than that was not meant to have them.
MAX_LINES_OF_ROW: Final = 1_000
MAX_BROKEN: Final = 1_000
_SAMPLE: Final = 64 * 1024
_END: Final = "\ue0f7end of file\ue0f7"
_SPOILT: Final = re.compile("[\udc80-\udcff]")


class BrokenRow(list[Cell]):
    """A line that cannot be cut into cells: those it seems to have, and what is wrong with it."""

    def __init__(self, cells: list[Cell], code: str, message: str | Promise) -> None:
        super().__init__(cells)
        self.code = code
        self.message = message


def find_delimiter(path: Path, encoding: str) -> str:
    """The delimiter that cuts the first lines into the most, and the most regular, columns.

    Titles above the table are of another width, so the width that counts is the commonest.
    """
    try:
        with _opened(path, encoding) as file:
            text = file.read(_SAMPLE)
    except UnicodeError:
        raise not_text() from None
    lines = list(islice(io.StringIO(text, newline=""), 60))
    if lines and (told := _told_delimiter(lines[0])):
        return told
    lines = [line for line in lines if line.strip()]
    best, best_score = ";", 0.0
    for delimiter in DELIMITERS:
        try:
            cut = [row for row in csv.reader(lines, delimiter=delimiter) if row]
            widths = Counter(map(len, cut))
            inside = Counter(len(_unwrapped(row, delimiter)) for row in cut)
            # In quotations only where the header is cut alike: a column of texts has commas too.
            if cut and inside.most_common(1)[0][0] == len(_unwrapped(cut[0], delimiter)):
                widths = inside
        except csv.Error:
            continue
        width, alike = max(
            ((width, count) for width, count in widths.items() if width > 1),
            key=lambda pair: pair[1],
            default=(0, 0),
        )
        score = 10 * alike / max(widths.total(), 1) + min(width, 50) / 50
        if width and score > best_score:
            best, best_score = delimiter, score
    return best


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[Cell]]]:
    """Each row that holds anything, with its number; a BrokenRow where it cannot be cut.

    Raises SpreadsheetError for a file that is no table, naming the line.
    """
    # The limit is the module's, shared with whoever else reads CSV in this process.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    with _opened(path, encoding) as file:
        lines = _Lines(file)
        yield from _Rows(lines, delimiter)


class _Lines:
    """The physical lines of a file; those of the row being read can be given back."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.row = 1
        self.taken: list[str] = []
        self.size = 0
        self._again: deque[str] = deque()
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        self.size += len(line)
        # Not past the bounds of a row: the marker ends it, wherever its quotation mark is.
        if not line or (self.taken and self._is_too_long):
            if line:
                self._again.appendleft(line)
            if self.ended:
                raise StopIteration
            self.ended = True
            return _END
        self.taken.append(line)
        return line

    @property
    def _is_too_long(self) -> bool:
        return len(self.taken) >= MAX_LINES_OF_ROW or self.size > MAX_CELL

    def _read(self) -> str:
        try:
            line = self.file.readline(MAX_LINE + 1)
        except UnicodeError:
            raise not_text() from None
        if len(line) > MAX_LINE:
            message = _("This line is longer than a million characters; this is not a table.")
            raise SpreadsheetError(Issue("line_too_long", message, row=self.row))
        # Old programs end their files with Ctrl-Z.
        return line.replace("\x1a", "") or "\n" if "\x1a" in line else line

    def next_row(self) -> None:
        """The row is read: forget its lines."""
        self.row += 1
        self.taken.clear()
        self.size = 0

    def give_back(self) -> str:
        """Give back all lines of the row but its first, which is returned."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.ended = False
        self.next_row()
        return first


class _Rows:
    def __init__(self, lines: _Lines, delimiter: str) -> None:
        self.lines = lines
        self.delimiter = delimiter
        self.width = 0
        self.broken = 0

    def __iter__(self) -> Iterator[tuple[int, list[Cell]]]:
        lines = self.lines
        reader = csv.reader(lines, delimiter=self.delimiter)
        while True:
            row: list[str] | None
            try:
                row = next(reader, None)
            except csv.Error:
                row = []
            if not lines.taken:
                return
            number = lines.row
            if row is None or self._is_broken(row):
                # A new reader, since this one is inside a quotation.
                reader = csv.reader(lines, delimiter=self.delimiter)
                yield number, self._break(lines.give_back())
                continue
            spoilt = any(not line.isascii() and _SPOILT.search(line) for line in lines.taken)
            large = lines.size > MAX_CELL
            lines.next_row()
            if number == 1 and len(row) <= 2 and _told_delimiter(self.delimiter.join(row)):
                continue
            if len(row) > MAX_COLUMNS:
                message = _("This line has too many columns.")
                raise SpreadsheetError(Issue("too_many_columns", message, row=number))
            if len(row) == 1 and self.delimiter in row[0]:
                inside = _unwrapped(row, self.delimiter)
                row = inside if self.width in (0, len(inside)) else row
            self.width = max(self.width, len(row))
            cells: list[Cell] = list(row)
            if spoilt:
                yield number, self._spoilt(row)
            elif large and any(len(cell) > MAX_CELL for cell in row):
                yield number, self._too_long(row)
            elif any(cell and not cell.isspace() for cell in row):
                yield number, cells

    def _is_broken(self, row: list[str]) -> bool:
        """Say whether a quotation mark took in what it should not have."""
        taken = self.lines.taken
        if not row or _END in row[-1]:
            return len(taken) > 0 and taken[0].strip() != ""
        if len(taken) == 1:
            return len(row) < self.width and '"' in taken[0] and not self._is_strict()
        if not self._is_strict():
            return True
        # A whole line of the table inside a cell; commas stand in texts too.
        cuts = max(self.width - 1, 5 if self.delimiter == "," else 3)
        return any(
            part.count(self.delimiter) >= cuts
            for cell in row
            if "\n" in cell or "\r" in cell
            for part in cell.splitlines()
        )

    def _is_strict(self) -> bool:
        try:
            rows = list(csv.reader(self.lines.taken, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return False
        return len(rows) == 1

    def _break(self, line: str) -> BrokenRow:
        cells: list[Cell] = [
            part.strip().strip('"') for part in line.rstrip("\r\n").split(self.delimiter)
        ]
        message = _("A quotation mark opens here and is never closed: this line cannot be cut.")
        return self._noted(BrokenRow(cells[:MAX_COLUMNS], "unclosed_quote", message))

    def _spoilt(self, row: list[str]) -> BrokenRow:
        cells: list[Cell] = [_SPOILT.sub("\ufffd", cell) for cell in row]
        message = _("Some letters of this line are damaged: they are not in the file's encoding.")
        return self._noted(BrokenRow(cells, "damaged_letters", message))

    def _too_long(self, row: list[str]) -> BrokenRow:
        cells: list[Cell] = [f"{cell[:200]}…" if len(cell) > MAX_CELL else cell for cell in row]
        message = _("A cell of this line is longer than 100,000 characters.")
        return self._noted(BrokenRow(cells, "cell_too_long", message))

    def _noted(self, row: BrokenRow) -> BrokenRow:
        self.broken += 1
        if self.broken > MAX_BROKEN:
            message = _(
                "More than a thousand lines up to this one cannot be cut into cells. Save the file "
                "again from your spreadsheet as CSV (UTF-8) or as .xlsx."
            )
            raise SpreadsheetError(Issue("not_a_table", message, row=self.lines.row - 1))
        return row


def _opened(path: Path, encoding: str) -> TextIO:
    # What is not UTF-8 in a file that is comes through marked, so that its line can be rejected.
    if encoding == "utf-8":
        return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding=encoding, newline="")


def _unwrapped(row: list[str], delimiter: str) -> list[str]:
    """The cells of a line that was quoted whole, as one cell; any other row as it is."""
    if len(row) != 1 or delimiter not in row[0]:
        return row
    try:
        return next(csv.reader(row, delimiter=delimiter), row)
    except csv.Error:
        # A bare line break within: a text that was quoted, not a line.
        return row


def _told_delimiter(line: str) -> str:
    """The delimiter a first line `sep=;` announces."""
    match = re.fullmatch(r"\ufeff?\"?sep=([;,|\t])?\"?\s*", line, re.IGNORECASE)
    return (match[1] or "") if match else ""
