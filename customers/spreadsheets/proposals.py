"""What a column nobody knows may become: a custom attribute of some type, or a tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from customers.fieldtypes import Cell, CleaningError, Reading, clean, is_blank, text_of
from customers.fieldtypes.words import NO, YES
from customers.folding import fold
from customers.spreadsheets.reading import Spreadsheet

MAX_CHOICES: Final = 50
_FEW: Final = 8
_A_WORD: Final = 30
# Beginnings of words, folded, that name what article 9 of the GDPR protects.
_SENSITIVE: Final = re.compile(
    r"\b(allerg|intoleran|sante\b|health|malad|patholog|handicap|disab|grossesse|enceinte|pregnan"
    r"|medic|traitement med|groupe sanguin|religi|confession|culte\b|croyance|halal|casher|kosher"
    r"|syndi|opinion|politi|parti politique|orientation sex|sexual|ethni|origine ethnique|race\b)"
)


def type_of(cells: Sequence[Cell], reading: Reading) -> str:
    """The type of attribute these cells look like: boolean, number, date, choice or text."""
    filled = [cell for cell in cells if not is_blank(text_of(cell))]
    words = {fold(text_of(cell)) for cell in filled}
    if not filled:
        return "text"
    if words <= YES | NO:
        return "boolean"
    if _all(filled, lambda cell: _is_number(cell, reading)):
        return "number"
    if _are_dates(filled, reading):
        return "date"
    # A word that comes back again and again is one of a list; a sentence is a remark.
    short = all(len(word) <= _A_WORD for word in words)
    if short and len(filled) >= _FEW and len(words) <= _FEW and len(words) * 3 <= len(filled):
        return "choice"
    return "text"


def looks_sensitive(header: str) -> bool:
    """Whether a column's name is one of health, beliefs, politics, orientation or origin."""
    return _SENSITIVE.search(fold(header).replace("_", " ")) is not None


def choices_of(file: Spreadsheet, position: int) -> list[str] | None:
    """The different texts of a whole column, sorted; None where they are too many for a list."""
    found: dict[str, str] = {}
    for _number, cells in file.rows():
        text = text_of(cells[position]) if position < len(cells) else ""
        if is_blank(text):
            continue
        found.setdefault(fold(text), text[:500])
        if len(found) > MAX_CHOICES:
            return None
    return sorted(found.values(), key=fold)


def _all(cells: Sequence[Cell], test: Callable[[Cell], bool]) -> bool:
    return sum(map(test, cells)) >= 0.9 * len(cells)


def _is_number(cell: Cell, reading: Reading) -> bool:
    text = "".join(text_of(cell).split())
    # A number with a zero before it is the name of something: a phone, a code.
    return not (len(text) > 1 and text[0] == "0" and text.isdecimal()) and _reads(
        "number", cell, reading
    )


def _are_dates(cells: Sequence[Cell], reading: Reading) -> bool:
    """Say whether these are dates: Excel's serials among them too, but not serials alone."""
    written = [cell for cell in cells if not _is_count(cell)]
    return 2 * len(written) >= len(cells) and _all(
        cells, lambda cell: _reads("date", cell, reading)
    )


def _is_count(cell: Cell) -> bool:
    return isinstance(cell, int | float) or text_of(cell).isdecimal()


def _reads(type_: str, cell: Any, reading: Reading) -> bool:
    try:
        return clean(type_, cell, reading) is not None
    except CleaningError:
        return False
