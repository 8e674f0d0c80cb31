"""What the worker does for segments: keep the snapshot up to date, and the members.

Invariant: losing a task costs at most a minute, for the tick finds by itself what is to be done.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from celery import shared_task
from django.core.cache import cache
from django.db import DatabaseError

from segmentation import schedule, snapshot

# Writes come in bursts (a form, an import's batches): one sync answers for all within this time.
GATHER_SECONDS: Final = 2
_ASKED: Final = "segmentation:sync-asked"
_ASKED_TO_REFRESH: Final = "segmentation:refresh-asked"
# Where a task was lost with the broker, asking works again after this time.
_ASKED_FOR_SECONDS: Final = 60
log = structlog.get_logger(__name__)
# A tick gives way to the next one; what is left is taken first then.
_REFRESHING_SECONDS: Final = 50.0
_warned = False


@shared_task
def sync_snapshot() -> None:
    """Bring the snapshot up to date."""
    # What is written from here on may miss this sync, so it must be able to ask for another.
    cache.delete(_ASKED)
    snapshot.sync()
    _refresh()


@shared_task
def refresh_due() -> None:
    """Refresh the segments that are due; first bring what they are counted on up to date."""
    cache.delete(_ASKED_TO_REFRESH)
    _catch_up()
    _refresh()


@shared_task
def tick() -> None:
    """Each minute: catch up with what nobody asked for, or whose task was lost."""
    _catch_up()
    _refresh()


def _catch_up() -> None:
    """Sync where marks are pending, unless another process is at it."""
    try:
        snapshot.sync(patience=0)
    except snapshot.Busy:
        log.info("snapshot_being_built")
    except (snapshot.NotMigrated, DatabaseError) as error:
        log.error("snapshot_not_synced", error=type(error).__name__)


def _refresh() -> None:
    """Refresh what is due. Who entered and left is a fact too: what was written is then synced."""
    schedule.make_stale_due()
    if schedule.refresh_due(_REFRESHING_SECONDS) and snapshot.pending():
        ask_for_sync()


def ask_for_sync() -> None:
    """Enqueue one sync for the writes of the next seconds; never raises, the tick catches up."""
    _enqueue(sync_snapshot, _ASKED, countdown=GATHER_SECONDS)


def ask_for_refresh() -> None:
    """Enqueue one refresh of what is due; never raises, the tick catches up."""
    _enqueue(refresh_due, _ASKED_TO_REFRESH, countdown=0)


def _enqueue(task: Any, asked: str, countdown: int) -> None:
    global _warned
    try:
        if cache.add(asked, 1, _ASKED_FOR_SECONDS):
            task.apply_async(countdown=countdown, retry=False)
        _warned = False
    except Exception as error:  # noqa: BLE001 - a write must not fail because the broker is away
        if not _warned:
            log.warning("task_not_enqueued", task=task.name, error=type(error).__name__)
        _warned = True
