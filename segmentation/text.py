"""How two texts are compared everywhere in rules: accents, case and spacing do not count.

Invariant: `fold(fold(text)) == fold(text)`, so a value folded when it is stored and one folded
when it is asked for meet whichever path they took.
"""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def fold(text: str) -> str:
    """The comparable form of a text; '' where nothing is left, which rules call missing."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if unicodedata.category(c)[0] != "M")
    return " ".join(text.casefold().translate(_LETTERS).split())
