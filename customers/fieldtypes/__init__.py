"""What a field may hold, by type: one table of cleaners for imports, forms and the API.

A cleaner takes a cell as a person or a spreadsheet wrote it and gives the value as it is stored,
None for an empty cell. What cannot be read raises CleaningError (a stable `code`, and a `message`
for the person who wrote it): nothing is guessed and nothing is silently dropped.

Everything that takes values from outside calls `clean(type, cell, reading)`: the import wizard and
its command through `customers.spreadsheets.fields` (which says the type, the length and the choices
of each field, by its key), the API and the forms directly or through `clean_field` there.
`type` is a key of CLEANERS; `reading` says how the source writes numbers and dates, and the
country whose phones and postcodes it means. For typed sources, JSON for instance, use EXACT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from customers.fieldtypes.base import Cell, CleaningError, Reading, is_blank, text_of
from customers.fieldtypes.contact import clean_email, clean_phone, clean_postcode
from customers.fieldtypes.dates import clean_birth_date, clean_date, clean_instant
from customers.fieldtypes.numbers import (
    clean_integer,
    clean_money,
    clean_number,
    clean_quantity,
    clean_whole,
)
from customers.fieldtypes.texts import clean_identifier, clean_page, clean_set, clean_text
from customers.fieldtypes.words import (
    WORDS,
    clean_boolean,
    clean_consent,
    clean_country,
    clean_language,
    clean_listed,
    clean_word,
)

Cleaner = Callable[[Cell, Reading], Any]


def _clean_listed(words: Mapping[str, str], cell: Cell, _reading: Reading) -> str | None:
    return clean_word(cell, words)


CLEANERS: Final[dict[str, Cleaner]] = {
    "text": clean_text,
    "identifier": clean_identifier,
    "email": clean_email,
    "phone": clean_phone,
    "postcode": clean_postcode,
    "country": clean_country,
    "language": clean_language,
    "integer": clean_integer,
    "whole": clean_whole,
    "number": clean_number,
    "money": clean_money,
    "quantity": clean_quantity,
    "boolean": clean_boolean,
    "date": clean_date,
    "birth_date": clean_birth_date,
    "instant": clean_instant,
    "set": clean_set,
    "page": clean_page,
    "listed": clean_listed,
    "consent": clean_consent,
}
CLEANERS.update({type_: partial(_clean_listed, words) for type_, words in WORDS.items()})
# How programs write: a point before decimals, ISO dates.
EXACT: Final = Reading(decimal=".", date_format="YMD")


def clean(type_: str, cell: Cell, reading: Reading = EXACT) -> Any:
    """The stored value of a cell of this type, None for an empty one. Raises CleaningError.

    `reading` is not kept; its `country` is two letters, or '' for the shop's own.
    """
    return CLEANERS[type_](cell, reading)


__all__ = [
    "CLEANERS",
    "EXACT",
    "Cell",
    "Cleaner",
    "CleaningError",
    "Reading",
    "clean",
    "clean_word",
    "is_blank",
    "text_of",
]
