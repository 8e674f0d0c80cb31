"""What every cleaner shares: the cell, how the file is read, and the error it may raise."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from django.utils.functional import Promise

from customers.formulas import plain

Cell: TypeAlias = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None

# Written by people and programs where they have nothing to say. Not applied to free text.
_NOTHING: Final = frozenset(
    {"", "-", "--", "—", "–", "n/a", "#n/a", "na", "n.a.", "null", "none", "nc", "n.c.", "nan",
     "néant", "#valeur!", "#value!", "#ref!", "?"}
)  # fmt: skip
# What a formula that failed leaves, and a database's word for nothing: no text says that.
_FAILED: Final = frozenset(
    {"#N/A", "#N/D", "#VALEUR!", "#VALUE!", "#REF!", "#NOM?", "#NAME?", "#DIV/0!", "#NUL!",
     "#NULL!", "#NOMBRE!", "#NUM!", "NULL", "\\N"}
)  # fmt: skip
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff\ud800-\udfff]")


class CleaningError(ValueError):
    """A cell that cannot be read. `code` is stable; `message` is for the person who wrote it."""

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass
class Reading:
    """How the cells of one line are to be read; `country` is the line's own, '' when not said."""

    decimal: str = ","
    date_format: str = "DMY"
    country: str = ""


def text_of(cell: Cell) -> str:
    """A cell as text, on one line, without control characters; 612345678.0 is "612345678"."""
    if isinstance(cell, str):
        text = cell
    elif cell is None:
        return ""
    elif isinstance(cell, bool):
        return "1" if cell else "0"
    elif isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    elif isinstance(cell, dt.datetime):
        text = cell.isoformat(sep=" ")
    else:
        text = str(cell)
    if not text.isprintable():
        text = " ".join(_CONTROL.sub("", text).split())
    text = text.strip()
    # ="00123" is how some programs keep a spreadsheet from making a number of a text.
    if text[:2] == '="' and text[-1:] == '"' and len(text) > 2:
        text = text[2:-1].strip()
    # An apostrophe before such a sign is a spreadsheet's (and our own reports') mark for text.
    return plain(text)


def is_failed(text: str) -> bool:
    """Say whether a text is a failed formula's, or a database's NULL: nothing, in any field."""
    return text in _FAILED


def is_blank(text: str) -> bool:
    """Say whether a text only states that there is nothing ("-", "n/a", "#N/A"…)."""
    return not text or text in _FAILED or text.casefold() in _NOTHING
