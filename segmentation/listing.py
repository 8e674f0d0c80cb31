"""The segments as a list shows them: size, share, trend, freshness, and what is wrong.

Invariant: a fixed number of queries, however many segments there are.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.templatetags.figures import shortdate
from customers.folding import fold
from segmentation import snapshot
from segmentation.models import MembershipChange, Segment, SegmentSize

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
    people = base()
    return [_row(segment, recorded[segment.pk], people) for segment in listed]


def _row(segment: Segment, recorded: list[SegmentSize], people: int) -> Row:
    last = recorded[-1] if recorded else None
    return Row(
        segment,
        share=segment.size / people if segment.size is not None and people else None,
        sizes=tuple(size.size for size in recorded),
        state=state_of(segment),
        email=last.email if last else None,
        sms=last.sms if last else None,
    )


def state_of(segment: Segment) -> str:
    """archived, failed, running, first (never filled), late, due or fresh."""
    now = timezone.now()
    if segment.archived_at:
        return "archived"
    if segment.leased_until and segment.leased_until > now:
        return "running"
    if segment.failures:
        return "failed"
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


@dataclass(frozen=True, slots=True)
class Day:
    """Who came and went on a local day, what a change of the rule did apart."""

    day: dt.date
    entered: int
    left: int


def movements(segment: Segment, days: int = 14) -> list[Day]:
    """Entries and exits of the last days by the facts or the clock, the latest day first."""
    today = timezone.localdate()
    first = today - dt.timedelta(days=days - 1)
    start = dt.datetime.combine(first, dt.time(), timezone.get_current_timezone())
    changes = MembershipChange.objects.filter(
        segment=segment, at__gte=start, cause=MembershipChange.Cause.REFRESH
    )
    entered = Count("pk", filter=Q(kind=MembershipChange.Kind.ENTERED))
    counted = changes.order_by().values("at").annotate(entered=entered, total=Count("pk"))
    found: dict[dt.date, list[int]] = defaultdict(lambda: [0, 0])
    for row in counted:
        day = found[timezone.localdate(row["at"])]
        day[0] += row["entered"]
        day[1] += row["total"] - row["entered"]
    return [Day(day, *found[day]) for day in sorted(found, reverse=True)]


def chart(segment: Segment) -> dict[str, object] | None:
    """The size on each of the last 90 days that have one; None where there is no line to draw."""
    since = timezone.localdate() - dt.timedelta(days=90)
    sizes = list(SegmentSize.objects.filter(segment=segment, day__gte=since).order_by("day"))
    if len(sizes) < 2:
        return None
    return {
        "type": "line",
        "title": _("Size day by day"),
        "label_title": _("Day"),
        "unit": "number",
        "labels": [str(shortdate(size.day)) for size in sizes],
        "datasets": [{"label": _("Customers"), "data": [size.size for size in sizes]}],
    }
