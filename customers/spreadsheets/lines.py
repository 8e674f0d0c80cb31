"""Lines of a file become values by field, each with what is wrong with it.

A line that does not say who, what they agreed to or how much is rejected whole. Of a secondary
field (see `Field.secondary`) what cannot be read is left out with a warning, and the line kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell, CleaningError, Reading, text_of
from customers.spreadsheets.fields import Field, cleaner_of
from customers.spreadsheets.mapping import Mapping
from customers.spreadsheets.reading import Spreadsheet
from customers.spreadsheets.text_files import BrokenRow

# Hardly two lines have the same; and a set is a list, which is changed in place.
_UNIQUE: Final = frozenset({"identifier", "email", "phone", "set"})
_REMEMBERED: Final = 5_000


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line; `column` is the header of the cell, '' for the whole line."""

    code: str
    message: str | Promise
    column: str = ""


@dataclass
class Line:
    """A line of the file: its number there, its cells, and its values (empty cells left out).

    Any of `problems` rejects it; `warnings` are values left out of it.
    """

    number: int
    cells: list[Cell]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


class LineReader:
    """Reads the lines of a file by a mapping, from any position, in batches."""

    def __init__(self, file: Spreadsheet, mapping: Mapping) -> None:
        self.file = file
        self.bound = mapping.bind(file.header)
        self.width = len(file.header)
        self.keys = {each.field.key for each in self.bound}
        self._reading = Reading(mapping.decimal, mapping.date_format)
        self.date_format = mapping.date_format
        self._cleaners = [
            (
                each.position,
                each.header,
                each.field.key,
                each.field.repeats,
                each.field.secondary,
                _remembering(each.field),
                each.field.spread,
            )
            for each in self.bound
        ]

    def batches(self, size: int, start: int = 0) -> Iterator[list[Line]]:
        """Batches of `size` cleaned lines, leaving out the first `start`."""
        rows = islice(self.file.rows(), start, None)
        reading = replace(self._reading)
        while batch := [self.line(number, cells, reading) for number, cells in islice(rows, size)]:
            yield batch

    def line(self, number: int, cells: list[Cell], reading: Reading | None = None) -> Line:
        """Clean one row. `reading` is the caller's own, where several threads read."""
        line = Line(number, cells)
        reading = reading or self._reading
        if isinstance(cells, BrokenRow):
            line.problems.append(Problem(cells.code, cells.message))
            return line
        values = line.values
        reading.country = ""
        no_country: Problem | None = None
        for position, header, key, repeats, secondary, clean, spread in self._cleaners:
            cell = cells[position]
            if cell is None or cell == "":
                continue
            try:
                value = clean(cell, reading)
            except CleaningError as error:
                problem = Problem(error.code, error.message, header)
                (line.warnings if secondary else line.problems).append(problem)
                no_country = problem if key == "country" else no_country
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
        if no_country is not None:
            self._leave_country_out(line, no_country)
        return line

    def _leave_country_out(self, line: Line, problem: Problem) -> None:
        """Keep nothing that was read as of another country: a phone would be somebody else's."""
        line.values.pop("postal_code", None)
        dialled = (line.cells[each.position] for each in self.bound if each.field.key == "phone")
        if any(text_of(cell) and not text_of(cell).startswith(("+", "00")) for cell in dialled):
            line.warnings.remove(problem)
            line.problems.append(problem)


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
