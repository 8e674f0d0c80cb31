"""Columns whose lines hold an e-mail or a phone, as lists of oppositions do."""

from __future__ import annotations

from customers.fieldtypes import Cell, Reading, is_blank, text_of
from customers.fieldtypes.contact import clean_email, clean_phone


def clean_contact(cell: Cell, reading: Reading) -> dict[str, str] | None:
    """The e-mail or the phone of a cell, by what it looks like. Raises CleaningError."""
    text = text_of(cell)
    if is_blank(text):
        return None
    is_email = "@" in text or not any(character.isdecimal() for character in text)
    key, clean = ("email", clean_email) if is_email else ("phone", clean_phone)
    value = clean(cell, reading)
    return {key: value} if value else None


def all_contacts(contact: dict[str, str]) -> dict[str, list[str]]:
    """What one of these columns says of a line, which may have several of them."""
    return {f"{key}s": [value] for key, value in contact.items()}
