"""E-mail addresses, phones and postcodes as spreadsheets mangle them."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.addresses import normalise_email, normalise_phone, normalise_postcode, plain_mobile
from customers.fieldtypes.base import Cell, CleaningError, Reading, is_blank, text_of

_NAMED: Final = re.compile(r"[^<>]*<([^<>]+)>")
# The common case, decided without the whole validator. Each character can be taken in one way
# only, so that a long word without an @ is refused at once.
_USUAL: Final = re.compile(
    r"[a-z0-9](?:[a-z0-9_]|[.+\-](?=[a-z0-9_]))*"
    r"@(?:[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9]))*\.)+[a-z]{2,20}"
)
_SPACES: Final = re.compile(r"\s+")
_SCIENTIFIC: Final = re.compile(r"(?i)\+?(\d)[.,](\d+)e\+?(\d+)")
_FLOAT: Final = re.compile(r"\d{5,}\.0")
_REMARK: Final = re.compile(r"\([^()\d]*\)")
_LABEL: Final = re.compile(
    r"(?i)^\s*(?:t[eé]l[eé]?phone|t[eé]l|mob(?:ile)?|port(?:able)?|phone|fixe)?\s*[.:]*\s*(?=[+\d(])"
)
# Two numbers in one cell: what stands between them, or twice ten digits in a row.
_SEVERAL: Final = re.compile(r"(?i)\d\s*(?:[,;|]|\bou\b|\bet\b|\bor\b|\s/\s)\s*[+\d(]")
_PAIRS: Final = re.compile(r"\d{2}(?:,\d{2}){4}")
_QUOTES: Final = "\"'‘’“”<> "
_POSTCODE_PREFIX: Final = re.compile(r"^(?:F|FR|FRANCE)[\s\-]*(?=\d)")
_CEDEX: Final = re.compile(r"\s*CEDEX.*$")
_TOWN: Final = re.compile(r"^(\d{2} ?\d{3})[\s,]+[A-ZÀ-Ý].*$")
_CORSICA: Final = re.compile(r"(?:20 ?|2)[AB]\d{0,3}")
OVERSEAS_COUNTRIES: Final = frozenset({"RE", "GP", "MQ", "GF", "YT", "PM", "BL", "MF", "MC"})


def clean_email(cell: Cell, reading: Reading) -> str | None:
    """A lower-case address without stray spaces; `Anne <a@b.fr>` and `mailto:a@b.fr` are read.

    A domain with accents is stored in its ASCII form (xn--…). A cell with several is refused.
    """
    text = text_of(cell)
    if is_blank(text):
        return None
    if match := _NAMED.fullmatch(text):
        text = match[1]
    text = _SPACES.sub("", text).lower().removeprefix("mailto:").partition("?")[0]
    text = text.strip(_QUOTES).rstrip(".,;")
    if len(text) < 100 and _USUAL.fullmatch(text):
        return text
    try:
        return normalise_email(text) or None
    except ValidationError:
        raise _not_an_email(text) from None


def _not_an_email(text: str) -> CleaningError:
    if text.count("@") > 1 and re.search(r"[,;|/]", text):
        return CleaningError(
            "several_emails", _("This cell holds several e-mail addresses; keep one of them.")
        )
    if "@" not in text:
        message = _("There is no @ in this e-mail address. Write it like name@example.com.")
    else:
        message = _("This is not an e-mail address. Write it like name@example.com.")
    return CleaningError("not_an_email", message)


def clean_phone(cell: Cell, reading: Reading) -> str | None:
    """An E.164 number, from French ones without their 0, with dots, +33 (0)6, 0033, overseas.

    A cell of zeros holds none; one that holds two numbers is refused.
    """
    text = text_of(cell)
    country = reading.country or "FR"
    if country == "FR" and (usual := plain_mobile(text)):
        return usual
    if is_blank(text) or not text.strip("0 .-"):
        return None
    if not text.isdecimal():
        text = _unwritten(text)
    elif isinstance(cell, int | float) and text.endswith("0000000"):
        # 3.36E+10 kept as a number: its last digits are lost, and it may be somebody else's.
        raise _rounded()
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


def _unwritten(text: str) -> str:
    """The number in a text, without what programs and people write around it."""
    if match := _SCIENTIFIC.fullmatch(text):
        whole, decimals, exponent = match.groups()
        if len(decimals) != int(exponent):
            raise _rounded()
        # 6.12345678E8 still has all its digits.
        return whole + decimals
    if _FLOAT.fullmatch(text):
        return text[:-2]
    text = _LABEL.sub("", _REMARK.sub("", text.replace("(0)", "")), count=1)
    if _PAIRS.fullmatch(text):
        return text.replace(",", "")
    if _SEVERAL.search(text):
        raise CleaningError(
            "several_phones", _("This cell holds several phone numbers; keep one of them.")
        )
    return text


def _rounded() -> CleaningError:
    return CleaningError(
        "phone_in_scientific_notation",
        _("The spreadsheet has rounded this number; format the column as text and retype it."),
    )


def clean_postcode(cell: Cell, reading: Reading) -> str | None:
    """A postcode; French ones get their lost zero back and lose F- and CEDEX."""
    text = text_of(cell).upper().removeprefix("'")
    if is_blank(text):
        return None
    if _FLOAT.fullmatch(text) or (text.endswith(".0") and text[:-2].isdecimal()):
        text = text[:-2]
    country = reading.country or "FR"
    if country in OVERSEAS_COUNTRIES:
        country = "FR"
    if country == "FR":
        text = _CEDEX.sub("", _POSTCODE_PREFIX.sub("", text))
        text = _TOWN.sub(r"\1", text)
        if _CORSICA.fullmatch(text):
            message = _("Postcodes of Corsica start with 20, like 20000 or 20200.")
            raise CleaningError("not_a_postcode", message)
    try:
        code = normalise_postcode(text, country)
    except ValidationError as error:
        raise CleaningError("not_a_postcode", error.message) from None
    if len(code) > 12:
        raise CleaningError("not_a_postcode", _("This postcode is too long."))
    return code or None
