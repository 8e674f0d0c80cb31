"""How often one caller may knock at a public door.

Invariant: what is kept to count is a keyed hash for a minute, never an address.
"""

from __future__ import annotations

import hashlib
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

_MINUTE: Final = 60


def allows(door: str, caller: str, most: int) -> bool:
    """Count one more knock; False once there were more than `most` within a minute."""
    secret = hashlib.blake2b(settings.SECRET_KEY.encode()).digest()
    name = hashlib.blake2b(caller.encode(), key=secret, digest_size=12).hexdigest()
    key = f"knock:{door}:{name}"
    if cache.add(key, 1, _MINUTE):
        return True
    try:
        return int(cache.incr(key)) <= most
    except ValueError:
        # The minute ended between the two.
        return True


def caller(request: HttpRequest) -> str:
    """Where a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))
