"""Signs of life of the worker and of beat, kept in Redis for `/healthz`.

The worker's main process writes its own from Celery's heartbeat, so that a worker whose slots are
all busy still counts as alive; beat's is written each time it sends a task.
"""

from __future__ import annotations

import time

import redis
import structlog
from celery.signals import beat_init, before_task_publish, heartbeat_sent
from django.conf import settings

logger = structlog.get_logger(__name__)

WORKER, BEAT = "worker", "beat"
ALL = (WORKER, BEAT)
_EVERY = 5.0
_KEPT = 3600
_last: dict[str, float] = {}


def _key(process: str) -> str:
    return f"tamis:alive:{process}"


def note(process: str) -> None:
    """Record that `process` is alive, at most every five seconds."""
    now = time.monotonic()
    if now - _last.get(process, -_EVERY) < _EVERY:
        return
    _last[process] = now
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            client.set(_key(process), repr(time.time()), ex=_KEPT)
    except redis.RedisError as error:
        # The process lives on: Celery itself reconnects, and the monitor sees the broker down.
        logger.warning("heartbeat_not_written", process=process, error=type(error).__name__)


def age(client: redis.Redis, process: str) -> float | None:
    """Seconds since `process` last gave a sign of life; None when it never did this hour."""
    value = client.get(_key(process))
    return None if value is None else round(max(0.0, time.time() - float(value)), 1)


@heartbeat_sent.connect
def worker_is_alive(**_: object) -> None:
    note(WORKER)


@beat_init.connect
def watch_beat(**_: object) -> None:
    before_task_publish.connect(beat_is_alive, weak=False)


def beat_is_alive(**_: object) -> None:
    note(BEAT)
