"""One spelling for the many ways a commune is written: "St Étienne Cedex 2" is Saint-Étienne."""

from __future__ import annotations

import re
from typing import Final

from customers.folding import fold

_ABBREVIATED: Final = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_NOT_A_LETTER: Final = re.compile(r"[^0-9a-z]+")
# What follows a commune's name on an envelope: its distribution office, its district.
_AFTER_THE_NAME: Final = re.compile(
    r" (?:cedex(?: \d+)?|sp \d+|arrondissement|\d{1,2}(?:er?|eme)?(?: arrondissement)?)$"
)


def commune_key(name: str) -> str:
    """The name folded, in words, without "Cedex" or a district, "st" written out; '' of nothing."""
    words = _NOT_A_LETTER.sub(" ", fold(name)).split()
    key = " ".join(_ABBREVIATED.get(word, word) for word in words)
    while (shorter := _AFTER_THE_NAME.sub("", key)) != key:
        key = shorter
    return key
