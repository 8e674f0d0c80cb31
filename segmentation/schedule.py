"""Which segments are due, and refreshing them in an order in which each finds the others done.

A segment is due when its time has come, when a snapshot was published since its members were
worked out, and when somebody asks. Invariant: one that cannot be refreshed, or takes long, holds
up no other: its failure is recorded and it comes after those that are well.

Which facts have changed is not looked at: the reach and the revenue of any segment follow nearly
all of them, and to find that nobody moved costs two or three counts (bench/segments.md).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterable
from typing import Final

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from segmentation import dependencies, membership
from segmentation.catalogue import load_catalogue
from segmentation.models import PublishedSnapshot, Segment

log = structlog.get_logger(__name__)
# How long one segment may write before the others have their turn.
TURN_SECONDS: Final = 20.0


def due(now: dt.datetime | None = None) -> list[int]:
    """The segments in use whose time has come and which nobody is refreshing, in order."""
    found = _waiting(now or timezone.now()).order_by("failures", "due_at", "pk")
    ids = list(found.values_list("pk", flat=True))
    return dependencies.in_order(ids, dependencies.graph()) if ids else []


def _waiting(now: dt.datetime) -> QuerySet[Segment]:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    # One that was never filled and never marked, whatever wrote it, is due as well.
    time_has_come = Q(due_at__lte=now) | Q(due_at=None, refreshed_at=None)
    return Segment.objects.filter(free, time_has_come, archived_at=None)


def make_due(ids: Iterable[int], now: dt.datetime | None = None) -> None:
    """Have these refreshed as soon as possible, failed before or not."""
    Segment.objects.filter(pk__in=list(ids), archived_at=None).update(due_at=now or timezone.now())


def make_stale_due(now: dt.datetime | None = None) -> None:
    """Every segment counted on an older snapshot, but those that wait after a failure.

    The tables alone say which: whatever died since the snapshot was published, nothing is missed.
    """
    now = now or timezone.now()
    published = PublishedSnapshot.objects.values_list("published_at", flat=True).first()
    if published is None:
        return
    stale = Segment.objects.filter(archived_at=None, failures=0, refreshed_at__lt=published)
    stale.filter(Q(due_at=None) | Q(due_at__gt=now)).update(due_at=now)


def follow_a_changed_line(segments: QuerySet[Segment], now: dt.datetime | None = None) -> None:
    """Have these refreshed though nobody moved: what their rules mean has changed.

    Their next refresh is recorded like one after a changed rule. One whose first fill is under
    way may have begun with what it meant before.
    """
    now = now or timezone.now()
    filled = Q(filled_version__isnull=False) | Q(leased_until__gt=now)
    segments.filter(filled).update(filled_version=0)
    segments.update(due_at=now)


def refresh_due(seconds: float) -> int:
    """Refresh what is due, for at most about `seconds`; how many were refreshed.

    What is left when time is up is still due, and taken first the next time.
    """
    until = time.monotonic() + seconds
    refreshed = 0
    while waiting := due():
        done, some_gave_way = _refresh(waiting, until)
        refreshed += done
        if not some_gave_way or time.monotonic() > until:
            break
    return refreshed


def _refresh(ids: Collection[int], until: float) -> tuple[int, bool]:
    """Refresh these in turn: how many were, and whether some had more to write."""
    catalogue = load_catalogue()
    refreshed, some_gave_way = 0, False
    for pk in ids:
        if time.monotonic() > until:
            log.warning("refreshes_left_for_the_next_tick")
            break
        if not _waiting(timezone.now()).filter(pk=pk).exists():
            # Another worker has been at it since the list was made.
            continue
        try:
            membership.refresh(pk, catalogue=catalogue, turn=TURN_SECONDS)
            refreshed += 1
        except membership.GaveWay:
            some_gave_way = True
        except (membership.Busy, Segment.DoesNotExist):
            continue
        except Exception as fault:  # noqa: BLE001 - recorded on the segment; the others go on
            log.warning("refresh_failed", segment=pk, fault=type(fault).__name__)
    return refreshed, some_gave_way
