"""E-mail addresses, phones and postcodes as spreadsheets mangle them."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.addresses import normalise_email, normalise_phone, normalise_postcode
from customers.fieldtypes.base import Cell, CleaningError, Reading, is_blank, text_of

_NAMED: Final = re.compile(r"[^<>]*<([^<>]+)>")
# The common case, decided without the whole validator.
_USUAL: Final = re.compile(
    r"[a-z0-9](?:[._+\-]?[a-z0-9_]+)*@(?:[a-z0-9](?:-?[a-z0-9]+)*\.)+[a-z]{2,20}"
)
_SPACES: Final = re.compile(r"\s+")
_SCIENTIFIC: Final = re.compile(r"(?i)\+?\d+[.,]\d+e\+?\d+")
_POSTCODE_PREFIX: Final = re.compile(r"^(?:F|FR|FRANCE)[\s\-]*(?=\d)")
_CEDEX: Final = re.compile(r"\s*CEDEX.*$")
OVERSEAS_COUNTRIES: Final = frozenset({"RE", "GP", "MQ", "GF", "YT", "PM", "BL", "MF", "MC"})


def clean_email(cell: Cell, reading: Reading) -> str | None:
    """A lower-case address without stray spaces; `Anne <a@b.fr>` and `mailto:a@b.fr` are read."""
    text = text_of(cell)
    if is_blank(text):
        return None
    if match := _NAMED.fullmatch(text):
        text = match[1]
    text = _SPACES.sub("", text).lower().removeprefix("mailto:").rstrip(".,;")
    if len(text) < 100 and _USUAL.fullmatch(text):
        return text
    try:
        return normalise_email(text) or None
    except ValidationError:
        raise CleaningError(
            "not_an_email", _("This is not an e-mail address. Write it like name@example.com.")
        ) from None


def clean_phone(cell: Cell, reading: Reading) -> str | None:
    """An E.164 number, from French ones without their 0, with dots, +33 (0)6, 0033, overseas."""
    text = text_of(cell)
    if is_blank(text):
        return None
    if _SCIENTIFIC.fullmatch(text):
        raise CleaningError(
            "phone_in_scientific_notation",
            _("The spreadsheet has rounded this number; format the column as text and retype it."),
        )
    text = text.replace("(0)", "")
    country = reading.country or "FR"
    if country == "FR" or country in OVERSEAS_COUNTRIES:
        digits = "".join(c for c in text if c.isdecimal())
        if not text.startswith("+"):
            if len(digits) == 9 and digits[0] != "0":
                text = f"0{digits}"
            elif len(digits) == 11 and digits.startswith("33"):
                text = f"+{digits}"
    try:
        return normalise_phone(text, "FR" if country in OVERSEAS_COUNTRIES else country) or None
    except ValidationError as error:
        raise CleaningError("not_a_phone", error.message) from None


def clean_postcode(cell: Cell, reading: Reading) -> str | None:
    """A postcode; French ones get their lost zero back and lose F- and CEDEX."""
    text = text_of(cell).upper()
    if is_blank(text):
        return None
    country = reading.country or "FR"
    if country in OVERSEAS_COUNTRIES:
        country = "FR"
    if country == "FR":
        text = _CEDEX.sub("", _POSTCODE_PREFIX.sub("", text))
    try:
        code = normalise_postcode(text, country)
    except ValidationError as error:
        raise CleaningError("not_a_postcode", error.message) from None
    if len(code) > 12:
        raise CleaningError("not_a_postcode", _("This postcode is too long."))
    return code or None
