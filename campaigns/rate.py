"""How fast a channel may send: a token bucket in Redis, shared by all workers everywhere.

Invariant: over any stretch of time all workers together send no more than `rate` a second plus one
second's worth. The bucket's clock is Redis's own, so that machines need not agree on the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Protocol

import redis
import structlog
from django.conf import settings

logger = structlog.get_logger(__name__)
# Returns how many tokens were granted (0 to `wanted`) and, where none, the milliseconds to wait.
_TAKE: Final = """
local rate = tonumber(ARGV[1])
local wanted = tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1])
if tokens == nil then
  tokens = rate
else
  tokens = math.min(rate, tokens + math.max(0, now - tonumber(kept[2])) * rate)
end
local granted = math.min(wanted, math.floor(tokens))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 60)
local wait = 0
if granted < 1 then wait = math.ceil((1 - tokens) / rate * 1000) end
return {granted, wait}
"""
_GIVE_BACK: Final = """
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens'))
if tokens then redis.call('HSET', KEYS[1], 'tokens', tostring(tokens + tonumber(ARGV[1]))) end
return 1
"""


class Bucket(Protocol):
    """What grants the right to send."""

    def take(self, wanted: int, rate: int) -> tuple[int, float]:
        """How many may leave now (at most `wanted`) and, for none, the seconds to wait."""
        ...

    def give_back(self, unused: int) -> None:
        """Return what was granted and not used; never fails, for messages may be claimed by now."""
        ...


class RedisBucket:
    """The bucket of one channel."""

    def __init__(self, channel: str, client: redis.Redis | None = None) -> None:
        self._client = client or _client(settings.REDIS_URL)
        self._key = f"tamis:rate:{channel}"

    def take(self, wanted: int, rate: int) -> tuple[int, float]:
        """Raises redis.RedisError when Redis is away: without the bucket nothing is sent."""
        granted, wait = self._client.eval(_TAKE, 1, self._key, max(1, rate), wanted)
        return int(granted), int(wait) / 1000

    def give_back(self, unused: int) -> None:
        if unused < 1:
            return
        try:
            self._client.eval(_GIVE_BACK, 1, self._key, unused)
        except redis.RedisError as error:
            # A few tokens lost delay some messages by a moment.
            logger.warning("tokens not given back", error=type(error).__name__)


class Unlimited:
    """Grants everything at once; for commands and tests that send into the test outbox."""

    def take(self, wanted: int, rate: int) -> tuple[int, float]:
        return wanted, 0.0

    def give_back(self, unused: int) -> None:
        """There is nothing to return to."""


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
