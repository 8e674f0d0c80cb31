"""Free text, numbers that name things, and lists of words in one cell."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes.base import Cell, CleaningError, Reading, is_blank, is_failed, text_of
from customers.folding import fold

_ROUNDED: Final = re.compile(r"\d[.,]\d+[eE]\+?\d{1,3}")
# A number some programs have written through a float, and one marked as text.
_FLOAT: Final = re.compile(r"\d{4,}\.0")
_HOST: Final = re.compile(r"(?i)^(?:https?:)?//[^/?#]*")
_WRAPPING: Final = " \t\"'[]{}«»“”"
_SEPARATORS: Final = re.compile(r"[,;|\n]+")


def clean_text(cell: Cell, reading: Reading) -> str | None:
    """A text as it stands, on one line; a failed formula's #N/A is nothing."""
    text = text_of(cell)
    return None if not text or is_failed(text) else text


def clean_page(cell: Cell, reading: Reading) -> str | None:
    """The path of a page: no host, which is the shop's, and no query, which may name people."""
    text = text_of(cell)
    if is_blank(text):
        return None
    path = _HOST.sub("", text).partition("?")[0].partition("#")[0]
    return path if path.startswith("/") else f"/{path}"


def clean_identifier(cell: Cell, reading: Reading) -> str | None:
    """A number that names a person or an order: leading zeros are part of it.

    One that a spreadsheet has rounded is refused: it would name many at once.
    """
    text = text_of(cell)
    if _FLOAT.fullmatch(text):
        text = text[:-2]
    elif text[:1] == "'" and text[1:2].isdecimal():
        text = text[1:]
    if _ROUNDED.fullmatch(text):
        raise CleaningError(
            "number_in_scientific_notation",
            _("The spreadsheet has rounded this number; format the column as text and retype it."),
        )
    return None if is_blank(text) else text


def clean_set(cell: Cell, reading: Reading) -> list[str] | None:
    """Words separated by commas, semicolons or bars; the same word twice counts once.

    Quotes and brackets around them, as some exports write lists, are no part of the words.
    """
    text = text_of(cell) if not isinstance(cell, str) else cell
    words: dict[str, str] = {}
    for part in _SEPARATORS.split(text):
        word = text_of(part).strip(_WRAPPING)
        if not is_blank(word):
            words.setdefault(fold(word), word)
    words.pop("", None)
    return list(words.values()) or None
