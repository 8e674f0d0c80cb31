"""Postcode and city kept in one cell, taken apart: "20200 BASTIA", "Bastia (20200)"."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell, CleaningError, Reading, is_blank, text_of
from customers.fieldtypes.contact import clean_postcode

_BEFORE: Final = re.compile(r"((?:[A-Z]{1,2}-)?\d{4,6})[\s,;/–-]+(\D.*)")
_AFTER: Final = re.compile(r"(\D*?)[\s,;/(–-]+((?:[A-Z]{1,2}-)?\d{4,6})\)?")
_CODE: Final = re.compile(r"(?:[A-Z]{1,2}-)?\d{4,6}")
_LENGTH: Final = 100


def clean_locality(cell: Cell, reading: Reading) -> dict[str, str] | None:
    """Postcode and city, in either order; a postcode or a city alone is that alone.

    Raises CleaningError where digits and letters cannot be told apart (`SW1A 1AA London`).
    """
    text = text_of(cell)
    if is_blank(text):
        return None
    if match := _BEFORE.fullmatch(text):
        code, city = match.groups()
    elif match := _AFTER.fullmatch(text):
        city, code = match.groups()
    elif _CODE.fullmatch(text):
        code, city = text, ""
    elif not any(character.isdecimal() for character in text):
        code, city = "", text
    else:
        message = _("Write the postcode, then the city: 20200 Bastia.")
        raise CleaningError("not_a_locality", message)
    if len(city) > _LENGTH:
        raise CleaningError("too_long", _("The name of this city is too long."))
    told = {
        "postal_code": clean_postcode(code, reading) or "" if code else "",
        "city": city.strip(),
    }
    return {key: value for key, value in told.items() if value}
