"""What a spreadsheet would run as a formula, and how a text is kept from being one.

Invariant: `plain(inert(text)) == text` for every text, so that a file we wrote comes back as it
left, and a text that could start a formula is never written bare.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# What may start a formula when a cell is opened, full-width forms included.
FORMULA_SIGNS: Final = "=+-@\t\r\n＝＋－＠"
_SIGNS: Final = frozenset("=+-@")
_BREAKS: Final = frozenset("\t\r\n\v\f\x85\u2028\u2029")
_QUOTES: Final = frozenset("'\"`´‘’‚“”„«»‹›")
# Nearly every text begins like this, and none of those is a formula.
_HARMLESS: Final = re.compile(r"[0-9A-Za-zÀ-ÖØ-öø-ÿ]")


def could_run(text: str) -> bool:
    """Say whether a spreadsheet might take the text for a formula.

    Spaces, quotation marks and invisible characters before the sign hide it from the reader and
    from naive checks, not from every program: they are looked through. So are the forms that
    stand for the same sign (full-width, small, superscript).
    """
    if _HARMLESS.match(text):
        return False
    for character in text:
        if character in _BREAKS:
            return True
        if character in _QUOTES or character.isspace():
            continue
        if unicodedata.category(character) in ("Cf", "Cc", "Mn", "Cn", "Co"):
            continue
        return unicodedata.normalize("NFKC", character)[:1] in _SIGNS or character == "−"
    return False


def inert(text: str) -> str:
    """The text with an apostrophe before it, the mark for text, where a formula could start."""
    return f"'{text}" if could_run(text) else text


def plain(text: str) -> str:
    """The text without the apostrophe `inert` put before it; any other stays as it is."""
    return text[1:] if text[:1] == "'" and could_run(text[1:]) else text
