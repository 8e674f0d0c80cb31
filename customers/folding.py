"""How two texts about people are compared: accents, case and spacing do not count.

The form is that of the rules: NFKD, marks removed, œ → oe, æ → ae, ß → ss, case folded, runs of
space made one. Invariant: `fold(fold(text)) == fold(text)`.
"""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def fold(text: str) -> str:
    """The comparable form of a text; '' where nothing is left."""
    folded = _fold_once(text)
    # Some letters decompose again only once their case is folded, so go on until nothing moves.
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def _fold_once(text: str) -> str:
    if text.isascii():
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if unicodedata.category(c)[0] != "M")
    return " ".join(bare.casefold().translate(_LETTERS).split())
