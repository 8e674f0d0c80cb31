"""What a spreadsheet would run as a formula, and how a text is kept from being one."""

from __future__ import annotations

from typing import Final

# What may start a formula when a cell is opened, full-width forms included.
FORMULA_SIGNS: Final = "=+-@\t\r\n＝＋－＠"


def inert(text: str) -> str:
    """The text with an apostrophe before it, the mark for text, where a formula could start."""
    return f"'{text}" if text[:1] and text[0] in FORMULA_SIGNS else text
