"""`/healthz`: whether the installation works, for a monitor that has no account.

Invariant: it answers within seconds whatever is broken, and tells no secret: no host name, no
path, no error text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public
from config import heartbeat

logger = structlog.get_logger(__name__)

# Seconds without a sign of life after which a process counts as gone.
SILENCE_ALLOWED = 60


def database_answers() -> bool:
    """Whether a query runs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError as error:
        logger.warning("health_database", error=type(error).__name__)
        return False


def snapshot_age() -> float | None:
    """Seconds since the snapshot was built; None when there is none yet."""
    current: Callable[[], Any] = import_module("segmentation.snapshot").current_version
    try:
        version = current()
    except (OSError, ValueError) as error:
        logger.warning("health_snapshot", error=type(error).__name__)
        return None
    built_at: datetime | None = version.built_at if version is not None else None
    return (timezone.now() - built_at).total_seconds() if built_at else None


def broker_report() -> dict[str, Any]:
    """Whether Redis answers, and how many seconds ago worker and beat gave a sign of life."""
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        )
        with client:
            client.ping()
            worker = heartbeat.age(client, heartbeat.WORKER)
            beat = heartbeat.age(client, heartbeat.BEAT)
    except redis.RedisError as error:
        logger.warning("health_broker", error=type(error).__name__)
        return {"broker": False, "worker": None, "beat": None}
    return {"broker": True, "worker": worker, "beat": beat}


def report() -> tuple[bool, dict[str, Any]]:
    """Return whether all is well, and each part's state as plain JSON values."""
    database = database_answers()
    broker = broker_report()
    parts = {"database": database, **broker, "snapshot_age": snapshot_age()}
    alive = [broker[name] is not None and broker[name] < SILENCE_ALLOWED for name in heartbeat.ALL]
    return database and broker["broker"] and all(alive), parts


@never_cache
@require_safe
@public
def healthz(request: HttpRequest) -> JsonResponse:
    well, parts = report()
    return JsonResponse(
        {"status": "ok" if well else "unwell", **parts}, status=200 if well else 503
    )
