"""Free text, numbers that name things, and lists of words in one cell."""

from __future__ import annotations

import re
from typing import Final

from customers.fieldtypes.base import Cell, Reading, is_blank, text_of
from customers.folding import fold

_SEPARATORS: Final = re.compile(r"[,;|\n]+")


def clean_text(cell: Cell, reading: Reading) -> str | None:
    """A text as it stands, on one line."""
    return text_of(cell) or None


def clean_identifier(cell: Cell, reading: Reading) -> str | None:
    """A number that names a person or an order: leading zeros are part of it."""
    text = text_of(cell)
    return None if is_blank(text) else text


def clean_set(cell: Cell, reading: Reading) -> list[str] | None:
    """Words separated by commas, semicolons or bars; the same word twice counts once."""
    text = text_of(cell) if not isinstance(cell, str) else cell
    words: dict[str, str] = {}
    for part in _SEPARATORS.split(text):
        word = text_of(part)
        if not is_blank(word):
            words.setdefault(fold(word), word)
    words.pop("", None)
    return list(words.values()) or None
