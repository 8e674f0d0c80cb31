"""Fields that hold a form of another value of the same row, and fill themselves.

They are computed on save() and bulk_create(), like auto_now. What writes otherwise (update(),
bulk_update(), the update half of an upsert) must call `fill_computed` and name `computed_names`
among the columns it writes, or suppressions and search would miss the row.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import models

from customers.folding import fold


def address_hash(address: str | None) -> str | None:
    """The keyed hash (32 hex digits) of a normalised e-mail or E.164 number; None for none."""
    return _hashed(address, settings.ADDRESS_HASH_KEY) if address else None


@lru_cache(maxsize=8192)
def _hashed(address: str, secret: str) -> str:
    """An import asks for the hash of each address of a batch several times."""
    hashed = _keyed(secret).copy()
    hashed.update(address.encode())
    return hashed.hexdigest()


@lru_cache(maxsize=4)
def _keyed(secret: str) -> hashlib.blake2b:
    """The state of the hash once it has taken in the key."""
    key = hashlib.blake2b(secret.encode()).digest()
    return hashlib.blake2b(key=key, digest_size=16)


def number_hash(number: str | None) -> str | None:
    """The keyed hash of a customer number; None for none. No address has the same."""
    return address_hash(f"number {number}") if number else None


class AddressHashField(models.CharField[str | None, str | None]):
    """Holds `address_hash` of the attribute named by `source`."""

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        self.source = source
        kwargs |= {"max_length": 32, "null": True, "editable": False, "db_index": True}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Leave out what __init__ fixes, keep the source."""
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("max_length", "null", "editable", "db_index"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs | {"source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        """Compute the hash from the address as it is about to be written."""
        value = address_hash(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value


class FoldedField(models.CharField[str, str]):
    """Holds the folded form of the attribute named by `source`, cut at `max_length`."""

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        self.source = source
        kwargs |= {"blank": True, "default": "", "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Leave out what __init__ fixes, keep the source."""
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("blank", "default", "editable"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs | {"source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Fold the source as it is about to be written."""
        value = fold(str(getattr(model_instance, self.source) or ""))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


def _computed(model: type[models.Model]) -> list[AddressHashField | FoldedField]:
    fields = model._meta.concrete_fields
    return [f for f in fields if isinstance(f, AddressHashField | FoldedField)]


def computed_names(model: type[models.Model]) -> list[str]:
    """The names of the fields of `model` that fill themselves."""
    return [field.name for field in _computed(model)]


def fill_computed(instance: models.Model) -> None:
    """Fill them now, for a write that does not do so by itself (update, bulk_update)."""
    for field in _computed(type(instance)):
        field.pre_save(instance, add=False)
