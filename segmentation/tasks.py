"""What the worker does for segments: keep the snapshot up to date, and the members.

Invariant: losing a task costs at most a minute, for the tick finds by itself what is to be done.
"""

from __future__ import annotations

from typing import Final

import structlog
from celery import shared_task
from django.core.cache import cache
from django.db import DatabaseError

from segmentation import snapshot

# Writes come in bursts (a form, an import's batches): one sync answers for all within this time.
GATHER_SECONDS: Final = 2
_ASKED: Final = "segmentation:sync-asked"
# Where a task was lost with the broker, asking works again after this time.
_ASKED_FOR_SECONDS: Final = 60
log = structlog.get_logger(__name__)
_warned = False


@shared_task
def sync_snapshot() -> None:
    """Bring the snapshot up to date."""
    # What is written from here on may miss this sync, so it must be able to ask for another.
    cache.delete(_ASKED)
    snapshot.sync()


@shared_task
def tick() -> None:
    """Each minute: catch up with what nobody asked for, or whose task was lost."""
    try:
        snapshot.sync(patience=0)
    except snapshot.Busy:
        log.info("snapshot_being_built")
    except (snapshot.NotMigrated, DatabaseError) as error:
        log.error("snapshot_not_synced", error=type(error).__name__)


def ask_for_sync() -> None:
    """Enqueue one sync for the writes of the next seconds; never raises, the tick catches up."""
    global _warned
    try:
        if cache.add(_ASKED, 1, _ASKED_FOR_SECONDS):
            sync_snapshot.apply_async(countdown=GATHER_SECONDS, retry=False)
        _warned = False
    except Exception as error:  # noqa: BLE001 - a write must not fail because the broker is away
        if not _warned:
            log.warning("sync_not_enqueued", error=type(error).__name__)
        _warned = True
