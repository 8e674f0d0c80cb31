"""First and last names kept in one cell, taken apart as people write them."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell, CleaningError, Reading, is_blank, text_of

_TITLE: Final = re.compile(
    r"(?i)^(?:m\.|mr\.?|mme\.?|mlle\.?|monsieur|madame|mademoiselle|mrs\.?|ms\.?|dr\.?|m)\s+(?=\S)"
)
# What a company is, at either end of its name: such a name has no first name in it.
_COMPANY: Final = re.compile(
    r"(?:SARL|S\.A\.R\.L\.?|SASU?|S\.A\.S\.?|S\.?A\.?|EURL|SCI|SNC|SCOP|SCEA|GAEC|EARL|Ets|ETS)(?=\s)|"
    r"(?i:(?:ets|société|association|mairie|entreprise|établissements)(?=\s))|"
    r".*\s(?:SARL|SASU?|EURL|SCI|SNC|SCOP|SCEA|GAEC|EARL|GmbH|Ltd|LLC|Inc)\.?$"
)
_LENGTH: Final = 80


def clean_full_name(cell: Cell, _reading: Reading) -> dict[str, str] | None:
    """First and last name: `Anne Morel`, `MOREL Anne`, `Morel, Anne`, `Mme Anne de La Tour`.

    Capitals tell the last name; without them it is what follows the first word. One word alone is
    a last name, and so is a company: `SARL Les Œillets`.
    """
    text = text_of(cell)
    if is_blank(text):
        return None
    text = _TITLE.sub("", text)
    last, comma, first = (part.strip() for part in text.partition(","))
    if _COMPANY.match(text):
        first, last = "", text
    elif not comma:
        first, last = _parted(text.split())
    if max(len(first), len(last)) > _LENGTH:
        message = _("A name is too long; put first and last names in columns of their own.")
        raise CleaningError("too_long", message)
    told = {"first_name": first, "last_name": last}
    return {key: name for key, name in told.items() if name}


def _parted(words: list[str]) -> tuple[str, str]:
    if len(words) == 1:
        return "", words[0]
    capitals = [_is_capitals(word) for word in words]
    if any(capitals) and not all(capitals):
        if capitals[0]:
            count = capitals.index(False)
            return " ".join(words[count:]), " ".join(words[:count])
        if capitals[-1]:
            start = capitals.index(True)
            return " ".join(words[:start]), " ".join(words[start:])
    return words[0], " ".join(words[1:])


def _is_capitals(word: str) -> bool:
    """Say whether a word is in capitals; an initial is not one."""
    letters = [character for character in word if character.isalpha()]
    return len(letters) > 1 and all(character.isupper() for character in letters)
