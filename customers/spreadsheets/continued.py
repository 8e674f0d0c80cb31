"""Lines of an order that leave out whose it is, as in exports that tell an order once.

Such a line follows the order it belongs to: it has neither customer nor date, and no number or
the number above. Invariant: the line above is that of the file, in this batch or the one before;
never what merely stands above once lines were left out, as in a file of rejected lines, nor for
a line that names nothing bought, as a total at the foot of a table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell
from customers.spreadsheets.lines import Line, LineReader, Problem
from customers.spreadsheets.memory import Memory
from customers.spreadsheets.sums import is_sum
from customers.spreadsheets.text_files import BrokenRow

_HEAD: Final = ("number", "customer", "placed_at")
_NAMED: Final = ("product", "category", "brand")
_PART: Final = 160
_WRITTEN: Final = {"DMY": "%d/%m/%Y %H:%M:%S", "MDY": "%m/%d/%Y %H:%M:%S"}


class Continued:
    """Gives lines what the line above them says of their order."""

    def __init__(self, memory: Memory, reader: LineReader) -> None:
        self.memory = memory
        self.columns = {
            each.field.key: (each.position, each.header)
            for each in reader.bound
            if each.field.key in _HEAD
        }
        self.headers = {header for _position, header in self.columns.values()}
        self.date_format = reader.date_format if reader.file.format == "csv" else ""
        self.is_whole = not reader.file.has_reasons
        # By their number in the file.
        self.taken: dict[int, Line] = {}

    def take(self, lines: Iterable[Line]) -> None:
        """Fill the lines of a batch that continue an order; a problem where it cannot be told."""
        self.taken = {}
        if "number" not in self.columns:
            return
        above = self._recall()
        for line in lines:
            if not self._continues(line, above):
                above = {key: line.values[key] for key in _HEAD if key in line.values}
                continue
            self.taken[line.number] = line
            if len(above) == len(_HEAD):
                line.values.update(above)
            else:
                # Its number alone: once the line above is mended, it tells the rest again.
                line.values["number"] = above["number"]
                message = _("The line above that tells this order cannot be read.")
                line.problems.append(Problem("order_unread", message))
        self._remember(above)

    def sound(self) -> int:
        """How many lines were taken as part of the order above; the others can stand alone now.

        A rejected line is given back without those above it: it must say itself whose it is.
        """
        for line in self.taken.values():
            if line.problems:
                line.cells = list(line.cells)
                for key, (position, _header) in self.columns.items():
                    line.cells[position] = self._cell(line.values.get(key))
        return sum(not line.problems for line in self.taken.values())

    def _continues(self, line: Line, above: dict[str, Any]) -> bool:
        values = line.values
        if "number" not in above or "customer" in values or "placed_at" in values:
            return False
        if isinstance(line.cells, BrokenRow):
            return False
        if any(problem.column in self.headers for problem in line.problems):
            return False
        if "number" in values:
            return bool(values["number"] == above["number"])
        names = [values[key] for key in _NAMED if key in values]
        return self.is_whole and bool(names) and not any(map(is_sum, names))

    def _recall(self) -> dict[str, Any]:
        kept = self.memory.recall(["a:number", "a:customer", "a:customer+", "a:placed_at"])
        told: dict[str, Any] = {
            "number": kept.get("a:number", ""),
            "customer": kept.get("a:customer", "") + kept.get("a:customer+", ""),
        }
        if at := kept.get("a:placed_at"):
            told["placed_at"] = dt.datetime.fromisoformat(at)
        return {key: value for key, value in told.items() if value}

    def _remember(self, above: dict[str, Any]) -> None:
        customer, at = above.get("customer", ""), above.get("placed_at")
        self.memory.remember(
            {
                "a:number": above.get("number", ""),
                "a:customer": customer[:_PART],
                "a:customer+": customer[_PART:],
                "a:placed_at": at.isoformat() if at else "",
            }
        )

    def _cell(self, value: Any) -> Cell:
        """A value as the other lines of the file have it."""
        if not isinstance(value, dt.datetime):
            return value or ""
        told = timezone.localtime(value).replace(tzinfo=None)
        if not self.date_format:
            return told
        return told.strftime(_WRITTEN.get(self.date_format, "%Y-%m-%d %H:%M:%S"))
