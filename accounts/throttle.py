"""How often one caller may knock at a public door.

Invariant: what is kept to count is a keyed hash for a minute, never an address. Where the counts
cannot be kept (Redis away) the door stays open: nobody's STOP may depend on a cache.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Final

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

MINUTE: Final = 60
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Knock:
    """Whether a caller may come in, how many more times, and in how many seconds all is new."""

    allowed: bool
    remaining: int
    seconds: int


def allows(door: str, caller: str, most: int) -> bool:
    """Count one more knock; False once there were more than `most` within a minute."""
    return _count(_key(door, caller), door, 1) <= most


def knock(door: str, caller: str, most: int, weight: int = 1) -> Knock:
    """Count a knock in the clock's current minute, worth `weight`, and say what is left of it.

    Unlike `allows`, whose minute starts at the first knock, it can tell when the count ends.
    """
    now = time.time()
    minute, past = divmod(now, MINUTE)
    counted = _count(_key(door, f"{caller}:{int(minute)}"), door, weight)
    return Knock(counted <= most, max(0, most - counted), MINUTE - int(past))


def caller(request: HttpRequest) -> str:
    """Where a request comes from: behind a proxy on this machine, the last address it names.

    Without that all the visitors of an installation would be one caller.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if direct and direct not in ("127.0.0.1", "::1"):
        return direct
    return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or direct


def wait(response: HttpResponse, seconds: int = MINUTE) -> HttpResponse:
    """An answer 429, saying after how long to come again."""
    response.headers["Retry-After"] = str(seconds)
    return response


def _key(door: str, caller: str) -> str:
    secret = hashlib.blake2b(settings.SECRET_KEY.encode()).digest()
    name = hashlib.blake2b(caller.encode(), key=secret, digest_size=12).hexdigest()
    return f"knock:{door}:{name}"


def _count(key: str, door: str, weight: int) -> int:
    """How many knocks this one makes; 0 where they cannot be counted."""
    try:
        if cache.add(key, weight, MINUTE):
            return weight
        return int(cache.incr(key, weight))
    except ValueError:
        # The minute ended between the two.
        return 0
    except (redis.RedisError, OSError) as error:
        logger.warning("not counted", door=door, error=type(error).__name__)
        return 0
