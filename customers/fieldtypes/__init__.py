"""What a field may hold, by type: one table of cleaners for imports, forms and the API.

A cleaner takes a cell as a person or a spreadsheet wrote it and gives the value as it is stored,
None for an empty cell. What cannot be read raises CleaningError with a sentence for the person
who wrote it: nothing is guessed and nothing is silently dropped.
"""

from __future__ import annotations

from collections.abc import Callable
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
from customers.fieldtypes.texts import clean_identifier, clean_set, clean_text
from customers.fieldtypes.words import (
    clean_boolean,
    clean_consent,
    clean_country,
    clean_language,
    clean_word,
)

Cleaner = Callable[[Cell, Reading], Any]

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
    "consent": clean_consent,
}

__all__ = [
    "CLEANERS",
    "Cell",
    "Cleaner",
    "CleaningError",
    "Reading",
    "clean_word",
    "is_blank",
    "text_of",
]
