"""How two texts about people are compared: accents, case and spacing do not count.

The form is that of the rules: NFKD, marks removed, œ → oe, æ → ae, ß → ss, case folded, runs of
space made one. Invariant: `fold(fold(text)) == fold(text)`.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final


class _Bare(dict[int, int | None]):
    """What is left of each character once it is decomposed: nothing of a mark."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code))[0] == "M" else code
        # Those in use, so that a text of all there is does not stay in memory.
        if len(self) < 4096:
            self[code] = kept
        return kept


_LETTERS: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_BARE: Final = _Bare()


def fold(text: str) -> str:
    """The comparable form of a text; '' where nothing is left."""
    folded = _fold_once(text)
    # Some letters decompose again only once their case is folded, so go on until nothing moves.
    while not folded.isascii() and (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def same_value(old: Any, new: Any) -> bool:
    """Whether two values of a field say the same; of lists, the same words in whatever order."""
    if isinstance(old, list) and isinstance(new, list):
        return {fold(str(each)) for each in old} == {fold(str(each)) for each in new}
    return bool(old == new)


def _fold_once(text: str) -> str:
    if text.isascii():
        return " ".join(text.casefold().split())
    bare = unicodedata.normalize("NFKD", text).translate(_BARE)
    return " ".join(bare.casefold().translate(_LETTERS).split())
