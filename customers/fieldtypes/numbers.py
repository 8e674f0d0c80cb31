"""Numbers, money and quantities as French and English spreadsheets write them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes.base import Cell, CleaningError, Reading, is_blank, text_of

# No amount reaches it: twelve digits are kept, two of them decimals.
LARGEST_MONEY: Final = 10**10
_CURRENCY: Final = re.compile(r"(?i)€|\$|£|(?<![a-z])(?:euros?|eur|usd|gbp|chf|ttc)\.?(?![a-z])|%")
# 12€50 and 1 234,- are prices too.
_INSIDE: Final = re.compile(r"(?i)(?<=\d)\s*(?:€|eur|euros?)\s*(?=\d{2}$)")
_ROUND: Final = re.compile(r"(?<=\d)[.,]-{1,2}$")
_SPACES: Final = re.compile(r"[\s'’_]+")
_PLAIN: Final = re.compile(r"[+-]?\d+")
_GROUPED: Final = {
    ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
    ".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"),
}
_SIMPLE: Final = {
    ",": re.compile(r"[+-]?(?:\d+,\d*|,\d+)"),
    ".": re.compile(r"[+-]?(?:\d+\.\d*|\.\d+)"),
}
# Both marks: the last one is the decimal mark, whatever the file's is.
_BOTH: Final = {
    ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+"),
    ".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+"),
}
# One mark that cannot separate thousands is the decimal mark, whatever the file's is.
_OTHER: Final = re.compile(r"[+-]?\d+[.,](?:\d{1,2}|\d{4,})")
_EXPONENT: Final = re.compile(r"(?i)[+-]?\d+(?:[.,]\d+)?e[+-]?\d+")
_CENT: Final = Decimal("0.01")
_MILLI: Final = Decimal("0.001")


def clean_number(cell: Cell, reading: Reading) -> Decimal | None:
    """An exact number: 1 234,56 · 1.234,56 · 1,234.56 (by `decimal`) · (12,50) · 12-."""
    if isinstance(cell, bool):
        raise _not_a_number()
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        return _finite(Decimal(repr(cell)))
    text = text_of(cell)
    if is_blank(text):
        return None
    if _PLAIN.fullmatch(text) and len(text) < 30:
        return Decimal(text)
    text = _CURRENCY.sub("", _INSIDE.sub(reading.decimal, text))
    text = _ROUND.sub("", _SPACES.sub("", text).replace("−", "-"))
    if text in ("", "-"):
        # What an accounting format shows for nothing: "- €".
        return None
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    elif text.endswith("-"):
        text = f"-{text[:-1]}"
    return _parse(text, reading.decimal)


def clean_money(cell: Cell, reading: Reading) -> Decimal | None:
    """An amount to the cent, halves away from zero, below ten thousand million; no percentage."""
    if isinstance(cell, str) and "%" in cell:
        message = _("A percentage is not an amount. Write how much it comes to, like 12.50.")
        raise CleaningError("percentage", message)
    number = clean_number(cell, reading)
    if number is None:
        return None
    if abs(number) >= LARGEST_MONEY:
        raise CleaningError("number_too_large", _("This number is too large."))
    return number.quantize(_CENT, ROUND_HALF_UP)


def clean_quantity(cell: Cell, reading: Reading) -> Decimal | None:
    """A quantity to the thousandth, below ten million."""
    number = clean_number(cell, reading)
    if number is None:
        return None
    if abs(number) >= 10**7:
        raise CleaningError("number_too_large", _("This number is too large."))
    return number.quantize(_MILLI, ROUND_HALF_UP)


def clean_integer(cell: Cell, reading: Reading) -> int | None:
    """A whole number, of either sign."""
    number = clean_number(cell, reading)
    if number is None:
        return None
    if number != number.to_integral_value() or abs(number) > 10**9:
        raise CleaningError("not_whole", _("Write a whole number."))
    return int(number)


def clean_whole(cell: Cell, reading: Reading) -> int | None:
    """A count: a whole number from 0 to 32,767."""
    number = clean_integer(cell, reading)
    if number is not None and not 0 <= number <= 32767:
        raise CleaningError("out_of_range", _("Write a whole number from 0 to 32,767."))
    return number


def _parse(text: str, decimal: str) -> Decimal:
    thousands = "." if decimal == "," else ","
    if _PLAIN.fullmatch(text) or _EXPONENT.fullmatch(text) or _SIMPLE[decimal].fullmatch(text):
        plain = text.replace(",", ".")
    elif _GROUPED[decimal].fullmatch(text):
        plain = text.replace(thousands, "").replace(",", ".")
    elif _BOTH["."].fullmatch(text):
        plain = text.replace(",", "")
    elif _BOTH[","].fullmatch(text):
        plain = text.replace(".", "").replace(",", ".")
    elif _OTHER.fullmatch(text):
        plain = text.replace(",", ".")
    else:
        raise _not_a_number()
    if len(plain) > 40:
        raise CleaningError("number_too_large", _("This number is too large."))
    try:
        return _finite(Decimal(plain))
    except InvalidOperation:
        raise _not_a_number() from None


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite() or abs(number) >= Decimal("1e18"):
        raise CleaningError("number_too_large", _("This number is too large."))
    return number


def _not_a_number() -> CleaningError:
    return CleaningError("not_a_number", _("This is not a number. Write it like 1234.56."))
