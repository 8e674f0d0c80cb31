"""The segments as a list shows them: size, share, trend, freshness, and what is wrong.

Invariant: a fixed number of queries, however many segments there are.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from customers.folding import fold
from segmentation import snapshot
from segmentation.models import Segment, SegmentSize

TREND: Final = dt.timedelta(days=30)
# A refresh asked for this long ago and not done is worth saying.
LATE: Final = dt.timedelta(minutes=15)
# States that will be another in a moment.
MOVING: Final = frozenset({"running", "first", "due"})


@dataclass(frozen=True, slots=True)
class Row:
    """A segment with what the list says about it."""

    segment: Segment
    share: float | None
    sizes: tuple[int, ...]
    state: str
    email: int | None
    sms: int | None
    revenue: Decimal | None
    revenue_share: float | None

    @property
    def moving(self) -> bool:
        """Whether the state will be another in a moment."""
        return self.state in MOVING

    @property
    def change(self) -> int | None:
        """How the size moved over the days shown; None where there are fewer than two."""
        return self.sizes[-1] - self.sizes[0] if len(self.sizes) > 1 else None


def found(query: str, *, archived: bool) -> QuerySet[Segment]:
    """The segments in use (or put away) whose name or description holds every word typed."""
    segments = Segment.objects.filter(archived_at__isnull=not archived)
    words = fold(query).split()
    if not words:
        return segments
    # Accents and case do not count, which databases disagree about; segments are few.
    told = segments.order_by().values_list("pk", "name", "description")
    fitting = [
        pk for pk, name, text in told if all(word in fold(f"{name} {text}") for word in words)
    ]
    return segments.filter(pk__in=fitting)


def rows(segments: Iterable[Segment]) -> list[Row]:
    """What a list shows of these segments."""
    listed = list(segments)
    since = timezone.localdate() - TREND
    recorded: dict[int, list[SegmentSize]] = defaultdict(list)
    for size in SegmentSize.objects.filter(segment__in=listed, day__gte=since).order_by("day"):
        recorded[size.segment_id].append(size)
    people, sold = base(), _sold()
    return [_row(segment, recorded[segment.pk], people, sold) for segment in listed]


def _row(segment: Segment, recorded: list[SegmentSize], people: int, sold: Decimal) -> Row:
    last = recorded[-1] if recorded else None
    revenue = last.revenue if last else None
    return Row(
        segment,
        share=segment.size / people if segment.size is not None and people else None,
        sizes=tuple(size.size for size in recorded),
        state=state_of(segment),
        email=last.email if last else None,
        sms=last.sms if last else None,
        revenue=revenue,
        # Of what everyone has spent by now: an archived segment's money is of another time.
        revenue_share=float(revenue / sold)
        if revenue is not None and sold and not segment.archived_at
        else None,
    )


def state_of(segment: Segment) -> str:
    """archived, failed, stopped, running, first (never filled), late, due or fresh."""
    now = timezone.now()
    if segment.archived_at:
        return "archived"
    if segment.leased_until and segment.leased_until > now:
        return "running"
    if segment.failures and not (segment.due_at and segment.due_at <= now):
        return "failed" if segment.failed_at else "stopped"
    between_turns = segment.leased_until is None and segment.refreshing_since is not None
    if between_turns and segment.due_at and segment.due_at > now - LATE:
        # Under way all the same, and it can be stopped.
        return "running"
    if segment.refreshed_at is None:
        return "first"
    if segment.due_at and segment.due_at <= now:
        return "late" if segment.due_at < now - LATE else "due"
    return "fresh"


def base() -> int:
    """How many customers there are, by the snapshot; 0 where there is none."""
    try:
        return snapshot.meta().customers
    except snapshot.NoSnapshot:
        return 0


def _sold() -> Decimal:
    """What all customers have spent, by the snapshot; 0 where there is none."""
    try:
        with snapshot.cursor() as cursor:
            rows = cursor.execute("SELECT coalesce(sum(total_spent), 0) FROM profiles").fetchall()
    except snapshot.NoSnapshot:
        return Decimal(0)
    return Decimal(rows[0][0])
