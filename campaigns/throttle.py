"""How often one caller may knock at a public door.

Invariant: what is kept to count is a keyed hash for a minute, never an address. Where the counts
cannot be kept (Redis away) the door stays open: nobody's STOP may depend on a cache.
"""

from __future__ import annotations

import hashlib
from typing import Final

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

_MINUTE: Final = 60
logger = structlog.get_logger(__name__)


def allows(door: str, caller: str, most: int) -> bool:
    """Count one more knock; False once there were more than `most` within a minute."""
    secret = hashlib.blake2b(settings.SECRET_KEY.encode()).digest()
    name = hashlib.blake2b(caller.encode(), key=secret, digest_size=12).hexdigest()
    key = f"knock:{door}:{name}"
    try:
        return bool(cache.add(key, 1, _MINUTE)) or int(cache.incr(key)) <= most
    except ValueError:
        # The minute ended between the two.
        return True
    except (redis.RedisError, OSError) as error:
        logger.warning("not counted", door=door, error=type(error).__name__)
        return True


def caller(request: HttpRequest) -> str:
    """Where a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))
