"""Who is in a segment, as facts: the answer of its rule written down as a difference.

Invariants: two refreshes of one segment never write at once (each batch renews the lease in its
own transaction, and a refresh whose lease was taken over writes nothing more); a membership and
the line of history that tells of it are committed together; so a refresh that fails or is killed
leaves members that were all right at some moment, and the next one completes the difference.
"""

from __future__ import annotations

import datetime as dt
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from customers.models import Customer
from segmentation import answers, clock, dependencies
from segmentation.models import Membership, MembershipChange, Segment, SegmentSize

BATCH: Final = 2_000
LEASE: Final = dt.timedelta(minutes=5)
RETRY_FIRST: Final = dt.timedelta(minutes=1)
RETRY_LAST: Final = dt.timedelta(hours=1)
Cause = MembershipChange.Cause
Change = MembershipChange.Kind
Write = Callable[[Segment, list[int], Cause, dt.datetime], int]
log = structlog.get_logger(__name__)


class Busy(Exception):
    """Another refresh of the segment is under way, or has taken this one's lease over."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did."""

    segment: int
    size: int
    entered: int
    left: int
    seconds: float


def refresh(segment_id: int, now: dt.datetime | None = None) -> Refreshed:
    """Bring a segment's members to its rule's answer at `now` and write the difference down.

    Raises Segment.DoesNotExist for one that is gone or archived, Busy while another refresh runs,
    and whatever the evaluation raised, after recording it on the segment with its retry.
    """
    now = now or timezone.now()
    started = time.monotonic()
    lease = _Lease.take(segment_id)
    segment = Segment.objects.get(pk=segment_id)
    try:
        entered, left = _write_difference(segment, lease, now)
        size = _finish(segment, lease, now, answers.reach(segment, now))
    except Busy:
        raise
    except Exception as fault:
        _record_failure(segment, lease, fault)
        raise
    seconds = time.monotonic() - started
    log.info("segment_refreshed", segment=segment_id, size=size, entered=entered, left=left)
    return Refreshed(segment_id, size, entered, left, seconds)


class _Lease:
    """The right to write a segment's members, held until an instant and renewed on the way."""

    def __init__(self, segment_id: int, until: dt.datetime) -> None:
        self.segment_id = segment_id
        self.until = until

    @classmethod
    def take(cls, segment_id: int) -> _Lease:
        """Take it where nobody holds it or the holder's time has passed."""
        now = timezone.now()
        active = Segment.objects.filter(pk=segment_id, archived_at=None)
        free = active.filter(Q(leased_until=None) | Q(leased_until__lt=now))
        if free.update(leased_until=now + LEASE):
            return cls(segment_id, now + LEASE)
        if not active.exists():
            raise Segment.DoesNotExist(f"No segment {segment_id} to refresh.")
        raise Busy(f"Segment {segment_id} is being refreshed.")

    def renew(self) -> None:
        """Prolong it; inside a transaction this also keeps others out until it ends."""
        until = timezone.now() + LEASE
        if not self.held().update(leased_until=until):
            raise Busy(f"The refresh of segment {self.segment_id} was taken over.")
        self.until = until

    def held(self) -> QuerySet[Segment]:
        """The segment's row, as long as the lease is still this one."""
        return Segment.objects.filter(pk=self.segment_id, leased_until=self.until)


def _write_difference(segment: Segment, lease: _Lease, now: dt.datetime) -> tuple[int, int]:
    """Write who entered and who left, in batches; a static list has nothing to compute."""
    if segment.kind == Segment.Kind.STATIC:
        return 0, 0
    # Eight bytes a person: a million members weigh eight megabytes on each side.
    wanted = array("q", answers.ids(segment, now))
    lease.renew()
    members = Membership.objects.filter(segment=segment).order_by("customer_id")
    present = array("q", members.values_list("customer_id", flat=True).iterator(10_000))
    cause = _cause(segment)
    left = _in_batches(lease, segment, _missing(present, wanted), cause, now, _remove)
    entered = _in_batches(lease, segment, _missing(wanted, present), cause, now, _add)
    return entered, left


def _cause(segment: Segment) -> MembershipChange.Cause:
    if segment.filled_version is None:
        return Cause.FIRST_FILL
    return Cause.REFRESH if segment.filled_version == segment.version else Cause.RULE_CHANGE


def _missing(these: Sequence[int], those: Sequence[int]) -> Iterator[int]:
    """Those of the first sorted sequence which the second lacks."""
    place, end = 0, len(those)
    for value in these:
        while place < end and those[place] < value:
            place += 1
        if place == end or those[place] != value:
            yield value


def _in_batches(
    lease: _Lease,
    segment: Segment,
    ids: Iterable[int],
    cause: Cause,
    now: dt.datetime,
    write: Write,
) -> int:
    """Write ids in transactions of their own; how many were written."""
    written = 0
    for batch in _batches(ids):
        for attempt in (1, 2, 3):
            try:
                with transaction.atomic():
                    lease.renew()
                    written += write(segment, batch, cause, now)
                break
            except IntegrityError:
                # Someone was erased between the look at the customers and the commit.
                if attempt == 3:
                    raise
    return written


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for pk in ids:
        batch.append(pk)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _add(segment: Segment, ids: list[int], cause: Cause, now: dt.datetime) -> int:
    # The snapshot may still hold someone whom the database has forgotten.
    known = list(Customer.objects.filter(pk__in=ids).order_by().values_list("pk", flat=True))
    Membership.objects.bulk_create(
        [Membership(segment=segment, customer_id=pk, entered_at=now) for pk in known]
    )
    _tell(segment, known, Change.ENTERED, cause, now)
    return len(known)


def _remove(segment: Segment, ids: list[int], cause: Cause, now: dt.datetime) -> int:
    gone = Membership.objects.filter(segment=segment, customer_id__in=ids)
    known = list(gone.order_by().values_list("customer_id", flat=True))
    gone.delete()
    _tell(segment, known, Change.LEFT, cause, now)
    return len(known)


def _tell(segment: Segment, ids: list[int], kind: Change, cause: Cause, now: dt.datetime) -> None:
    MembershipChange.objects.bulk_create(
        [
            MembershipChange(segment=segment, customer_id=pk, kind=kind, cause=cause, at=now)
            for pk in ids
        ]
    )


def add_to_list(segment: Segment, ids: Sequence[int], now: dt.datetime) -> list[int]:
    """Add people to a static list, in the caller's transaction; the new memberships' ids.

    Those already in it are left as they are. The list is then due, so that its size is counted.
    """
    present = Membership.objects.filter(segment=segment, customer__in=ids)
    known = set(present.values_list("customer_id", flat=True))
    new = [pk for pk in ids if pk not in known]
    rows = Membership.objects.bulk_create(
        [Membership(segment=segment, customer_id=pk, entered_at=now) for pk in new]
    )
    first = segment.filled_version is None
    _tell(segment, new, Change.ENTERED, Cause.FIRST_FILL if first else Cause.REFRESH, now)
    Segment.objects.filter(pk=segment.pk).update(due_at=now)
    return [row.pk for row in rows]


def remove_from_lists(membership_ids: Collection[int], now: dt.datetime) -> int:
    """Take these memberships of static lists back, those that still stand; how many did."""
    rows = Membership.objects.filter(
        pk__in=list(membership_ids), segment__kind=Segment.Kind.STATIC
    ).select_related("segment")
    by_segment: dict[Segment, list[int]] = {}
    for row in rows:
        by_segment.setdefault(row.segment, []).append(row.customer_id)
    with transaction.atomic():
        removed = 0
        for segment, ids in by_segment.items():
            removed += _remove(segment, ids, Cause.REFRESH, now)
            Segment.objects.filter(pk=segment.pk).update(due_at=now)
    return removed


def _finish(segment: Segment, lease: _Lease, now: dt.datetime, reach: tuple[int, int]) -> int:
    """Write the size down and give the lease back; a rule changed meanwhile is due at once."""
    with transaction.atomic():
        lease.renew()
        size = Membership.objects.filter(segment=segment).count()
        SegmentSize.objects.update_or_create(
            segment=segment,
            day=timezone.localdate(now),
            defaults={"size": size, "email": reach[0], "sms": reach[1]},
        )
        held = lease.held()
        unchanged = held.filter(version=segment.version, filled_version=segment.filled_version)
        due: dt.datetime | None = timezone.now()
        if unchanged.exists() and held.filter(due_at=segment.due_at).exists():
            due = None if segment.kind == Segment.Kind.STATIC else _due_after(segment, now)
        held.update(
            size=size,
            filled_version=segment.version,
            refreshed_at=now,
            due_at=due,
            error="",
            failed_at=None,
            failures=0,
            leased_until=None,
        )
    return size


def _due_after(segment: Segment, now: dt.datetime) -> dt.datetime:
    edges = dependencies.graph()
    wanted = dependencies.reached(segment.pk, edges)
    others = Segment.objects.filter(pk__in=wanted).order_by().values_list("rule", flat=True)
    return clock.due_after([segment.rule, *others], now)


def _record_failure(segment: Segment, lease: _Lease, fault: Exception) -> None:
    """Say on the segment what went wrong and when it is tried again; its members stay."""
    now = timezone.now()
    wait = min(RETRY_FIRST * 2 ** min(segment.failures, 10), RETRY_LAST)
    log.warning("segment_not_refreshed", segment=segment.pk, fault=type(fault).__name__)
    try:
        lease.held().update(
            error=answers.explain(fault),
            failed_at=segment.failed_at or now,
            failures=segment.failures + 1,
            due_at=now + wait,
            leased_until=None,
        )
    except DatabaseError:
        # The database itself is what failed: the lease runs out and the tick tries again.
        log.exception("segment_failure_not_recorded", segment=segment.pk)
