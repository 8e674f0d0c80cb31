"""The keyed hash of an address, kept beside the address by the field itself.

Suppressions are matched by this hash, so that an erased person leaves no address behind. The
field fills itself on save() and bulk_create(), like auto_now; `queryset.update()` of an address
must set the hash too (`address_hash`).
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.db import models



def address_hash(address: str | None) -> str | None:
    """The keyed hash (32 hex digits) of a normalised e-mail or E.164 number; None for none."""
    if not address:
        return None
    key = hashlib.blake2b(settings.ADDRESS_HASH_KEY.encode()).digest()
    return hashlib.blake2b(address.encode(), key=key, digest_size=16).hexdigest()


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
