"""Which line of a file names its columns, and what they are called.

Titles may stand above the header, groups over it ("Address" above "Street, Town"), or the file
may have no header at all. Whatever is found here can be told otherwise by a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from customers.fieldtypes import Cell, text_of
from customers.folding import fold
from customers.spreadsheets import headers

Row = tuple[int, list[Cell]]
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]

LOOKED_AT: Final = 40
_YEAR: Final = re.compile(r"(19|20)\d\d")
_DATUM: Final = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+"  # an e-mail
    r"|[-+(]?\d[\d\s.,'/:()-]*(?:€|%|eur)?"  # an amount, a number, a phone
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?"  # a date
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\s+\D.*",
    re.IGNORECASE,
)


def find_header(rows: Sequence[Row]) -> int:
    """The number of the line that names the columns, 0 where the first lines are data already."""
    if not rows:
        return 0
    widest = max(_filled(cells) for _number, cells in rows)
    wide = [row for row in rows if _filled(row[1]) >= max(min(2, widest), widest / 2)]
    for place, (number, cells) in enumerate(wide[: LOOKED_AT // 2]):
        if _known(cells) >= min(2, widest):
            return _with_second_line(rows, number) if place < len(wide) - 1 else number
    for number, cells in wide:
        data = sum(_is_datum(cell) for cell in cells)
        if not data:
            return _with_second_line(rows, number)
        if _filled(cells) >= 0.8 * widest:
            return 0
    return 0


def column_names(
    rows: Sequence[Row], header_line: int, merged: Merged = (), data_width: int = 0
) -> list[str]:
    """The columns' names, each once; those without one are named by their position."""
    by_number = dict(rows)
    if not header_line:
        names = [""] * max((_last_filled(cells) for _number, cells in rows), default=0)
    else:
        names = _texts(by_number.get(header_line, []))
        above = _texts(by_number.get(header_line - 1, []))
        if sum(map(bool, above)) >= 2 or any(
            first[0] == header_line - 2 for first, _last in merged
        ):
            names = _grouped(above, names)
        _spread(names, header_line, merged)
        while names and not names[-1]:
            names.pop()
        if names and fold(names[-1]) in reason_names():
            names.pop()
    return _unique(names)


@cache
def reason_names() -> frozenset[str]:
    """What the last column of our own files of rejected lines is called, in every language."""
    names = set()
    for language, _label in settings.LANGUAGES:
        with translation.override(language):
            names.add(fold(reason_name()))
    return frozenset(names)


def reason_name() -> str:
    """What the column that says why a line was rejected is called."""
    return gettext("Tamis: why this line was rejected")


def _with_second_line(rows: Sequence[Row], number: int) -> int:
    """The next line where it goes on naming columns that this one only groups."""
    by_number = dict(rows)
    upper, lower = _texts(by_number[number]), _texts(by_number.get(number + 1, []))
    if any(map(_is_datum, by_number.get(number + 1, []))) or sum(map(bool, lower)) < 2:
        return number
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper) + 1)
    lower += [""] * (width - len(lower))
    under_groups = all(
        not upper[place] or not upper[place + 1] for place in range(width) if lower[place]
    )
    fills = any(lower[place] and not upper[place] for place in range(width))
    complete = all(upper[place] or lower[place] for place in range(width))
    return number + 1 if under_groups and fills and complete else number


def _grouped(above: list[str], names: list[str]) -> list[str]:
    """The names, those told by the group alone or given twice completed from the line above."""
    names = names + [""] * (len(above) - len(names))
    groups, group = [], ""
    for place in range(len(names)):
        group = (above[place] if place < len(above) else "") or (group if names[place] else "")
        groups.append(group)
    folded = [fold(name) for name in names]
    return [
        groups[place]
        if not name
        else f"{groups[place]} {name}"
        if folded.count(fold(name)) > 1 and groups[place]
        else name
        for place, name in enumerate(names)
    ]


def _spread(names: list[str], header_line: int, merged: Merged) -> None:
    """Give the name of merged cells to each column they cover."""
    for (top, left), (bottom, right) in merged:
        if top <= header_line - 1 <= bottom and left < len(names):
            for column in range(left + 1, min(right + 1, left + 50)):
                if column >= len(names):
                    names.append("")
                names[column] = names[column] or names[left]


def _unique(names: list[str]) -> list[str]:
    """Name every column, and tell those of the same name apart: Date, Date (2)."""
    taken = set(names)
    unique: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        name = name[:120] or gettext("Column %(position)s") % {"position": position}
        found, number = name, 1
        while found in unique or (number > 1 and found in taken):
            number += 1
            found = f"{name} ({number})"
        unique[found] = None
    return list(unique)


@cache
def _usual_names() -> frozenset[str]:
    listed = (each for each in vars(headers).values() if isinstance(each, dict))
    return frozenset(
        name
        for names in listed
        for key, of_field in names.items()
        if isinstance(of_field, tuple)
        for name in (fold(key.replace("_", " ")), *of_field)
    )


def _known(cells: list[Cell]) -> int:
    usual = _usual_names()
    found = 0
    for cell in cells:
        name = fold(text_of(cell)) if isinstance(cell, str) else ""
        found += name in usual or name.replace("_", " ") in usual
    return found


def _is_datum(cell: Cell) -> bool:
    """Say whether a cell holds a value rather than a name."""
    if isinstance(cell, str):
        text = text_of(cell)
        if len(text) > 200:
            return True
        return bool(_DATUM.fullmatch(text)) and not _YEAR.fullmatch(text)
    if cell is None:
        return False
    return not _YEAR.fullmatch(text_of(cell))


def _texts(cells: list[Cell]) -> list[str]:
    return [text_of(cell) for cell in cells]


def _filled(cells: list[Cell]) -> int:
    return sum(1 for cell in cells if cell not in ("", None) and text_of(cell))


def _last_filled(cells: list[Cell]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if text_of(cell)), default=0)
