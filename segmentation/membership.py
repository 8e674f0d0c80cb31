"""A refresh: bringing a segment's members to its answer, and the numbers of the day with them.

Invariants: two refreshes of one segment never write at once; one that fails, takes too long, is
stopped or killed leaves members who were right, says so on the segment, and is tried again; one
that has much to write gives way to other segments and goes on at its next turn.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from django.db import DatabaseError
from django.utils import timezone

from segmentation import answers, clock, dependencies, engine, filling, lists
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.difference import Cause, Writing, listed
from segmentation.lease import Busy, Lease, Stopped
from segmentation.models import Membership, Segment, SegmentSize

RETRY_FIRST: Final = dt.timedelta(minutes=1)
RETRY_LAST: Final = dt.timedelta(hours=1)
log = structlog.get_logger(__name__)

__all__ = ["Busy", "GaveWay", "Refreshed", "Stopped", "refresh"]


class GaveWay(Exception):
    """The turn is over; what was written stands, and the rest is due at once."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did."""

    segment: int
    size: int
    entered: int
    left: int
    seconds: float


def refresh(
    segment_id: int,
    now: dt.datetime | None = None,
    *,
    catalogue: Catalogue | None = None,
    turn: float | None = None,
) -> Refreshed:
    """Bring a segment's members to its rule's answer at `now` and write the difference down.

    `turn` is how many seconds it may write before it gives way. Raises Segment.DoesNotExist for
    one that is gone or archived, Busy while another refresh runs, GaveWay at the end of its turn,
    and whatever the evaluation raised, after recording it on the segment with its retry.
    """
    now = now or timezone.now()
    started = time.monotonic()
    lease = Lease.take(segment_id)
    segment = Segment.objects.get(pk=segment_id)
    try:
        writing = Writing(segment, lease, _cause(segment), now)
        found = _bring(writing, catalogue or load_catalogue(), _end_of(turn, lease))
        size = _finish(writing, found)
    except Busy:
        raise
    except GaveWay:
        lease.give_way(due_at=timezone.now())
        raise
    except Exception as fault:
        _record_failure(segment, lease, fault)
        raise
    seconds = time.monotonic() - started
    told = {"size": size, "entered": writing.entered, "left": writing.left}
    log.info("segment_refreshed", segment=segment_id, **told)
    return Refreshed(segment_id, seconds=seconds, **told)


def _end_of(turn: float | None, lease: Lease) -> Callable[[], None]:
    """Called after each batch: raises GaveWay once the turn is over."""
    until = None if turn is None else time.monotonic() + turn

    def pause() -> None:
        if until is not None and time.monotonic() > until:
            # One that is to stop has no other turn.
            lease.refuse_to_go_on()
            raise GaveWay

    return pause


def _bring(writing: Writing, catalogue: Catalogue, pause: Callable[[], None]) -> filling.Found:
    """Write who entered and who left; to a list only what was asked to be put on it."""
    segment, lease = writing.segment, writing.lease
    if segment.kind == Segment.Kind.STATIC:
        lists.settle(writing, pause)
        rule = engine.segment_rule(segment, catalogue)
    else:
        rule = answers.check(segment.rule, catalogue, own=segment.pk)
    dynamic = segment.kind == Segment.Kind.DYNAMIC
    members = listed(segment) if dynamic else "[]"
    found = filling.find(rule, writing.at, catalogue, members, lease.refuse_to_go_on)
    if writing.cause == Cause.REFRESH and _line_changed(segment, lease):
        writing.cause = Cause.RULE_CHANGE
    if dynamic:
        writing.bring(found.gone, found.new, pause)
    return found


def _cause(segment: Segment) -> Cause:
    if segment.filled_version is None:
        return Cause.FIRST_FILL
    return Cause.REFRESH if segment.filled_version == segment.version else Cause.RULE_CHANGE


def _line_changed(segment: Segment, lease: Lease) -> bool:
    """Whether a rule that the segment's refers to was changed since the segment was read."""
    return not lease.held().filter(filled_version=segment.filled_version).exists()


def _finish(writing: Writing, found: filling.Found) -> int:
    """Write the day's numbers and give the lease back; a rule changed meanwhile is due at once."""
    segment, lease, now = writing.segment, writing.lease, writing.at
    with lease.renewed():
        size = Membership.objects.filter(segment=segment).count()
        told = SegmentSize(
            segment=segment,
            day=timezone.localdate(now),
            size=size,
            email=found.email,
            sms=found.sms,
            revenue=found.revenue,
        )
        SegmentSize.objects.bulk_create(
            [told],
            update_conflicts=True,
            unique_fields=["segment", "day"],
            update_fields=["size", "email", "sms", "revenue"],
        )
        filled, version, due_at = (
            lease.held().values_list("filled_version", "version", "due_at").get()
        )
        changed = filled != segment.filled_version
        asked = (version, due_at) != (segment.version, segment.due_at)
        # What is told to be changed already does not tell that it changed again.
        changed = changed or (asked and segment.filled_version == 0)
        due = clock.due_after(dependencies.rules_of(segment), now)
        lease.give_back(
            size=size,
            filled_version=0 if changed else segment.version,
            refreshed_at=now,
            due_at=timezone.now() if changed or asked else due,
            error="",
            failed_at=None,
            failures=0,
        )
    return size


def _record_failure(segment: Segment, lease: Lease, fault: Exception) -> None:
    """Say on the segment what went wrong and when it is tried again; its members stay.

    What somebody stopped has no `failed_at`: nothing is wrong with it.
    """
    now = timezone.now()
    wait = min(RETRY_FIRST * 2 ** min(segment.failures, 10), RETRY_LAST)
    if isinstance(fault, Stopped):
        # Whoever stopped it does not want it back in a minute.
        wait = RETRY_LAST
    log.warning("segment_not_refreshed", segment=segment.pk, fault=type(fault).__name__)
    try:
        same = lease.held().filter(version=segment.version).exists()
        if not same or _line_changed(segment, lease):
            # What failed is no longer what is asked.
            wait = dt.timedelta(0)
        lease.give_back(
            error=answers.explain(fault),
            failed_at=None if isinstance(fault, Stopped) else segment.failed_at or now,
            failures=segment.failures + 1,
            due_at=now + wait,
        )
    except DatabaseError:
        # The database itself is what failed: the lease runs out and the tick tries again.
        log.exception("segment_failure_not_recorded", segment=segment.pk)
