"""Excel 97-2003 workbooks (.xls) looked at before they are opened: an OLE file with BIFF records.

Says what the container holds and how many cells its sheets span; trusts no offset or length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from customers.spreadsheets.measuring import MAX_CELLS, too_large

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_OLD_BYTES: Final = 64 * 1024 * 1024
_LAST: Final = 0xFFFFFFF0
_BOF: Final = 0x0809
# Records that start with the row and column of a cell, and those of a run of cells in one row.
_CELLS: Final = frozenset({0x0203, 0x027E, 0x00FD, 0x0204, 0x0205, 0x0006, 0x0406, 0x00D6, 0x0201})
_RUNS: Final = frozenset({0x00BD, 0x00BE})


class NotOle(ValueError):
    """The container is damaged."""


def streams(path: Path) -> dict[str, bytes]:
    """The streams of an OLE file by name, those of a workbook with their content.

    Raises NotOle for a damaged file, SpreadsheetError for one over MAX_OLD_BYTES.
    """
    if path.stat().st_size > MAX_OLD_BYTES:
        raise too_large()
    data = path.read_bytes()
    try:
        return _Container(data).streams()
    except (struct.error, IndexError, ValueError) as error:
        raise NotOle(str(error)) from None


def measure(book: bytes) -> None:
    """Refuse a workbook stream whose sheets, all laid out by the reader, span too many cells."""
    total, rows, columns, first_row = 0, 0, 0, 65_536
    for kind, at, length in _records(book):
        if kind == _BOF:
            total += max(rows - first_row, 0) * columns
            rows, columns, first_row = 0, 0, 65_536
        elif length >= 4 and (kind in _CELLS or kind in _RUNS):
            row, column = struct.unpack_from("<HH", book, at)
            if kind in _RUNS:
                column += max((length - 6) // 2, 0)
            rows, columns, first_row = (
                max(rows, row + 1), max(columns, column + 1), min(first_row, row),
            )  # fmt: skip
        if total > MAX_CELLS:
            raise too_large()
    if total + max(rows - first_row, 0) * columns > MAX_CELLS:
        raise too_large()


def _records(book: bytes) -> Iterator[tuple[int, int, int]]:
    """Each record's kind, where its content is, and how long."""
    at, end = 0, len(book)
    while at + 4 <= end:
        kind, length = struct.unpack_from("<HH", book, at)
        yield kind, at + 4, min(length, end - at - 4)
        at += 4 + length


class _Container:
    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, short_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or short_shift != 6:
            raise NotOle("sector sizes")
        self.size = 1 << shift
        self.fat = self._fat()

    def streams(self) -> dict[str, bytes]:
        first_directory, cutoff = struct.unpack_from("<I4xI", self.data, 48)
        (first_short,) = struct.unpack_from("<I", self.data, 60)
        directory = self._chain(first_directory)
        found: dict[str, tuple[int, int]] = {}
        short = b""
        for at in range(0, len(directory) - 127, 128):
            entry = directory[at : at + 128]
            length, kind = struct.unpack_from("<HB", entry, 64)
            start, size = struct.unpack_from("<II", entry, 116)
            name = entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace")
            if kind == 5:
                short = self._chain(start)
            elif kind == 2:
                found.setdefault(name, (start, size))
        table = _numbers(self._chain(first_short)) if first_short < _LAST else ()
        return {
            name: self._content(start, size, cutoff, short, table)
            if name in ("Workbook", "Book")
            else b""
            for name, (start, size) in found.items()
        }

    def _content(
        self, start: int, size: int, cutoff: int, short: bytes, table: tuple[int, ...]
    ) -> bytes:
        if size >= cutoff:
            return self._chain(start)[:size]
        pieces, seen = [], set()
        while start < len(table) and start not in seen:
            seen.add(start)
            pieces.append(short[start * 64 : start * 64 + 64])
            start = table[start]
        return b"".join(pieces)[:size]

    def _fat(self) -> tuple[int, ...]:
        sectors = list(struct.unpack_from("<109I", self.data, 76))
        more, _count = struct.unpack_from("<II", self.data, 68)
        seen: set[int] = set()
        while more < _LAST and more not in seen:
            seen.add(more)
            *listed, more = _numbers(self._sector(more))
            sectors += listed
        table = b"".join(self._sector(number) for number in sectors if number < _LAST)
        if len(table) > 4 * (len(self.data) // self.size + self.size):
            raise NotOle("allocation table")
        return _numbers(table)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        sector = self.data[start : start + self.size]
        if not sector:
            raise NotOle("sector")
        return sector

    def _chain(self, start: int) -> bytes:
        pieces: list[bytes] = []
        seen: set[int] = set()
        while start < _LAST and start not in seen:
            seen.add(start)
            pieces.append(self._sector(start))
            start = self.fat[start]
        return b"".join(pieces)


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
