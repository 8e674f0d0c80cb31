"""Lines of a file become values by field, each with what is wrong with it.

A line with anything wrong is rejected whole: half a line would be half a truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell, CleaningError, Reading
from customers.spreadsheets.fields import Field, cleaner_of
from customers.spreadsheets.mapping import Mapping
from customers.spreadsheets.reading import Spreadsheet
from customers.spreadsheets.text_files import BrokenRow

# Hardly two lines have the same; and a set is a list, which is changed in place.
_UNIQUE: Final = frozenset({"identifier", "email", "phone", "set"})
_REMEMBERED: Final = 5_000


@dataclass(frozen=True)
class Problem:
    """Why a line is rejected; `column` is the header of the cell, '' for the whole line."""

    code: str
    message: str | Promise
    column: str = ""


@dataclass
class Line:
    """A line of the file: its number there, its cells, and its values (empty cells left out)."""

    number: int
    cells: list[Cell]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class LineReader:
    """Reads the lines of a file by a mapping, from any position, in batches."""

    def __init__(self, file: Spreadsheet, mapping: Mapping) -> None:
        self.file = file
        self.bound = mapping.bind(file.header)
        self.width = len(file.header)
        self.keys = {each.field.key for each in self.bound}
        self._reading = Reading(mapping.decimal, mapping.date_format)
        self._cleaners = [
            (
                each.position,
                each.header,
                each.field.key,
                each.field.repeats,
                _remembering(each.field),
                each.field.spread,
            )
            for each in self.bound
        ]

    def batches(self, size: int, start: int = 0) -> Iterator[list[Line]]:
        """Batches of `size` cleaned lines, leaving out the first `start`."""
        rows = islice(self.file.rows(), start, None)
        while batch := [self.line(number, cells) for number, cells in islice(rows, size)]:
            yield batch

    def line(self, number: int, cells: list[Cell]) -> Line:
        """Clean one row."""
        line = Line(number, cells)
        if isinstance(cells, BrokenRow):
            line.problems.append(Problem(cells.code, cells.message))
            return line
        values, reading = line.values, self._reading
        reading.country = ""
        for position, header, key, repeats, clean, spread in self._cleaners:
            cell = cells[position]
            if cell is None or cell == "":
                continue
            try:
                value = clean(cell, reading)
            except CleaningError as error:
                line.problems.append(Problem(error.code, error.message, header))
                continue
            if value is None:
                continue
            if key == "country":
                reading.country = value
            if spread is not None:
                _spread(values, spread(value))
            elif repeats and key in values:
                values[key] = values[key] + [each for each in value if each not in values[key]]
            else:
                values[key] = value
        if len(cells) > self.width:
            message = _(
                "This line has more cells than the header; perhaps a cell holds the delimiter."
            )
            line.problems.append(Problem("too_many_cells", message))
        return line


def _remembering(field: Field) -> Callable[[Cell, Reading], Any]:
    """The cleaner of a field; where columns repeat themselves, each text is cleaned once."""
    clean = cleaner_of(field)
    if field.type in _UNIQUE or field.repeats or field.spread is not None:
        return clean
    kept: dict[tuple[str, str], Any] = {}

    def read(cell: Cell, reading: Reading) -> Any:
        if type(cell) is not str:
            return clean(cell, reading)
        key = (cell, reading.country)
        if key in kept:
            return kept[key]
        value = clean(cell, reading)
        if len(kept) < _REMEMBERED:
            kept[key] = value
        return value

    return read


def _spread(values: dict[str, Any], told: dict[str, Any]) -> None:
    """Give other fields what a column says of them, where their own column does not."""
    for key, value in told.items():
        if isinstance(value, list):
            known = values.get(key, [])
            values[key] = known + [each for each in value if each not in known]
        else:
            values.setdefault(key, value)
