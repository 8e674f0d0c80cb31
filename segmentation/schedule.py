"""Which segments are due, and refreshing them in an order in which each finds the others done.

Invariant: a segment that cannot be refreshed holds up no other: its failure is recorded, it waits
its turn longer each time, and the next one is taken.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

import structlog
from django.db.models import Q
from django.utils import timezone

from segmentation import dependencies, membership
from segmentation.models import Segment

log = structlog.get_logger(__name__)


def due(now: dt.datetime | None = None) -> list[int]:
    """The segments in use whose time has come and which nobody is refreshing, in order."""
    now = now or timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    # One that was never filled and never marked, whatever wrote it, is due as well.
    waiting = Q(due_at__lte=now) | Q(due_at=None, refreshed_at=None)
    found = Segment.objects.filter(free, waiting, archived_at=None).order_by("due_at", "pk")
    ids = list(found.values_list("pk", flat=True))
    return dependencies.in_order(ids, dependencies.graph()) if ids else []


def make_due(ids: Iterable[int], now: dt.datetime | None = None) -> None:
    """Have these refreshed as soon as possible, failed before or not."""
    Segment.objects.filter(pk__in=list(ids), archived_at=None).update(due_at=now or timezone.now())


def make_all_due(now: dt.datetime | None = None) -> None:
    """After the facts have changed: every dynamic segment but those waiting after a failure."""
    now = now or timezone.now()
    dynamic = Segment.objects.filter(kind=Segment.Kind.DYNAMIC, archived_at=None)
    later = Q(due_at=None) | Q(due_at__gt=now)
    dynamic.filter(later, failures=0).update(due_at=now)


def refresh_due(seconds: float) -> int:
    """Refresh what is due, for at most about `seconds`; how many were refreshed.

    What is left when time is up is still due, and taken first the next time.
    """
    until = time.monotonic() + seconds
    refreshed = 0
    for pk in due():
        if time.monotonic() > until:
            log.warning("refreshes_left_for_the_next_tick")
            break
        try:
            membership.refresh(pk)
            refreshed += 1
        except (membership.Busy, Segment.DoesNotExist):
            continue
        except Exception as fault:  # noqa: BLE001 - recorded on the segment; the others go on
            log.warning("refresh_failed", segment=pk, fault=type(fault).__name__)
    return refreshed
