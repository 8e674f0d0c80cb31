"""An item as it was sent becomes values by field, each with what is wrong with it.

The fields and their cleaning are those of imports. `null` empties a field, an empty text says
nothing, and a key that no field has is refused: a misspelt one would be lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import CLEANERS, CleaningError, Reading
from customers.spreadsheets.fields import Field, cleaner_of

_LISTS: Final = frozenset({"set"})
_ANY: Final = frozenset({"boolean", "consent"})
_LONGEST_TEXT: Final = 2000
_MOST_FAULTS: Final = 20
# JSON may escape these; no database stores them as text, and two numbers that differ by one
# would become the same.
_NO_TEXT: Final = re.compile(r"[\x00\ud800-\udfff]")
# "12,50" and 21/11/2026 are read too, but never a month before a day.
_ISO_INSTANT: Final = re.compile(r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})\.\d+(.*)")


@dataclass(frozen=True)
class Fault:
    """What is wrong with an item, and where in it: "lines[2].amount", '' for the whole."""

    path: str
    code: str
    message: str | Promise

    def as_json(self) -> dict[str, str]:
        """The form in which every error of the API is told."""
        return {"path": self.path, "code": self.code, "message": str(self.message)}


@dataclass(eq=False)
class Item:
    """One thing sent, at its place in the batch, and what became of it."""

    index: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    status: str = ""
    pk: int | None = None

    def refuse(self, code: str, message: str | Promise, path: str = "") -> None:
        """Note something wrong with it; what comes after the twentieth is not told."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(path, code, message))

    def as_json(self) -> dict[str, Any]:
        """What the caller is told of it."""
        if self.faults:
            errors = [fault.as_json() for fault in self.faults]
            return {"index": self.index, "status": "rejected", "id": None, "errors": errors}
        return {"index": self.index, "status": self.status, "id": self.pk, "errors": []}


def read_values(
    item: Item,
    raw: Any,
    fields: Mapping[str, Field],
    *,
    at: str = "",
    besides: Collection[str] = (),
) -> dict[str, Any]:
    """Clean an object's values by these fields, noting faults in `item` under the path `at`.

    `besides` are keys the caller reads by itself. What is absent from the result was not said.
    """
    if not isinstance(raw, dict):
        item.refuse("not_an_object", _("This must be an object."), at)
        return {}
    values: dict[str, Any] = {}
    reading = Reading(decimal=".", date_format="DMY")
    # The country first: it tells how a phone and a postcode are read.
    for key in sorted(raw, key=lambda each: each != "country"):
        path = f"{at}.{key}" if at else str(key)
        if key in besides:
            continue
        if key not in fields:
            shown = _NO_TEXT.sub("\ufffd", path[:200])
            item.refuse("unknown_field", _("There is no such field."), shown)
            continue
        try:
            values |= _one(fields[key], key, raw[key], reading)
        except CleaningError as error:
            item.refuse(error.code, error.message, path)
    return values


def _one(known: Field, key: str, told: Any, reading: Reading) -> dict[str, Any]:
    if told is None:
        return {key: None}
    if known.type in _LISTS and isinstance(told, list):
        words = [_word(each) for each in told]
        told = "\n".join(words)
    elif (isinstance(told, bool) and known.type not in _ANY) or isinstance(told, list | dict):
        raise CleaningError("wrong_type", _("This value is of another type than the field."))
    if isinstance(told, str):
        if len(told) > _LONGEST_TEXT:
            raise CleaningError("too_long", _("This text is too long."))
        _whole(told)
        if known.type == "instant":
            told = _ISO_INSTANT.sub(r"\1\2", told.strip())
    elif isinstance(told, int | float) and known.type in ("instant", "date", "birth_date"):
        raise CleaningError("not_a_date", _("Write dates as text, like 2026-11-21T14:32:00Z."))
    value = cleaner_of(known)(told, reading)
    if value is None:
        return {}
    if key == "country":
        reading.country = value
    return {key: value}


def _word(each: Any) -> str:
    if not isinstance(each, str) or len(each) > 120:
        raise CleaningError("wrong_type", _("This must be a list of short texts."))
    return _whole(each)


def _whole(text: str) -> str:
    if _NO_TEXT.search(text):
        raise CleaningError("not_text", _("This holds half a character, or a NUL."))
    return text


def require(item: Item, values: Mapping[str, Any], *keys: str, at: str = "") -> None:
    """Note as a fault each of these keys that has no value."""
    for key in keys:
        if values.get(key) in (None, ""):
            path = f"{at}.{key}" if at else key
            if not any(fault.path == path for fault in item.faults):
                item.refuse("required", _("This is required."), path)


def only(fields: Mapping[str, Field], *keys: str) -> dict[str, Field]:
    """Some of these fields."""
    return {key: fields[key] for key in keys}


def choice(item: Item, raw: Mapping[str, Any], key: str, codes: Collection[str]) -> str:
    """One of a closed list of codes; '' where it is not said, a fault where it is another."""
    told = raw.get(key)
    if told is None:
        return ""
    if not isinstance(told, str) or told not in codes:
        known = ", ".join(codes)
        item.refuse("not_a_choice", format_lazy(_("Write one of: {known}."), known=known), key)
        return ""
    return told


def field_of(key: str, label: str | Promise, type_: str, max_length: int = 0) -> Field:
    """A field that only the API has. Raises KeyError for a type that does not exist."""
    CLEANERS[type_]
    return Field(key, label, type_, (), max_length)
