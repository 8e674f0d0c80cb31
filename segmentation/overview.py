"""The base and its segments at a glance: a few scans of the snapshot, a few rows of facts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from segmentation import snapshot
from segmentation.models import Segment, SegmentSize

RECENT = dt.timedelta(days=30)
WEEKS = 26


@dataclass(frozen=True)
class Base:
    """How many people there are, how many can be written to, and how the base grew.

    `growth` is the number of customers at the end of each of the last weeks, oldest first;
    `new`, `orders` and `revenue` are of the last 30 days. `as_of` is None without a snapshot.
    """

    customers: int = 0
    reach_email: int = 0
    reach_sms: int = 0
    new: int = 0
    growth: tuple[int, ...] = ()
    orders: int = 0
    revenue: Decimal = Decimal(0)
    as_of: dt.datetime | None = None

    @property
    def email_share(self) -> float:
        return self.reach_email / self.customers if self.customers else 0.0

    @property
    def sms_share(self) -> float:
        return self.reach_sms / self.customers if self.customers else 0.0


_PEOPLE = """
    SELECT count(*), count(*) FILTER (reachable_email), count(*) FILTER (reachable_sms),
           count(*) FILTER (signed_up_at > $since)
    FROM customers
"""
# A customer without a sign-up date was always there, as far as anyone knows.
_GROWTH = """
    SELECT weeks.week_end, count(people.id)
    FROM unnest($ends) AS weeks(week_end)
    LEFT JOIN customers AS people
      ON coalesce(people.signed_up_at, TIMESTAMP '1970-01-01') <= weeks.week_end
    GROUP BY 1 ORDER BY 1
"""
_SALES = """
    SELECT count(*), coalesce(sum(total), 0) FROM orders
    WHERE status = 'paid' AND placed_at > $since AND placed_at <= $now
"""


def base(now: dt.datetime | None = None) -> Base:
    """The base at `now`, from the snapshot; all zero where there is none yet."""
    aware = now or timezone.now()
    instant = aware.astimezone(dt.UTC).replace(tzinfo=None)
    since = instant - RECENT
    ends = [instant - dt.timedelta(weeks=weeks) for weeks in reversed(range(WEEKS))]
    try:
        with snapshot.cursor() as cursor:
            people = cursor.execute(_PEOPLE, {"since": since}).fetchall()[0]
            growth = cursor.execute(_GROWTH, {"ends": ends}).fetchall()
            sales = cursor.execute(_SALES, {"since": since, "now": instant}).fetchall()[0]
            as_of = snapshot.meta().built_at
    except snapshot.NoSnapshot:
        return Base()
    customers, by_email, by_sms, new = people
    return Base(
        customers=customers,
        reach_email=by_email,
        reach_sms=by_sms,
        new=new,
        growth=tuple(number for _, number in growth),
        orders=sales[0],
        revenue=sales[1],
        as_of=as_of,
    )


@dataclass(frozen=True)
class SegmentRow:
    """A segment with its share of the base and its size on each of the last days."""

    segment: Segment
    share: float
    sizes: tuple[int, ...]


def segments(limit: int) -> list[SegmentRow]:
    """The first segments by priority, with their last 30 days."""
    found = list(Segment.objects.filter(archived_at=None).order_by("priority", "name")[:limit])
    since = timezone.localdate() - RECENT
    sizes: dict[int, list[int]] = defaultdict(list)
    days = SegmentSize.objects.filter(segment__in=found, day__gte=since).order_by("day")
    for pk, size in days.values_list("segment_id", "size"):
        sizes[pk].append(size)
    try:
        people = snapshot.meta().customers
    except snapshot.NoSnapshot:
        people = 0
    return [
        SegmentRow(
            segment,
            (segment.size or 0) / people if people else 0.0,
            tuple(sizes[segment.pk]),
        )
        for segment in found
    ]
