"""Fills the demo's segments, and tells how large they were on past days.

Past sizes are not invented: the same rules are asked of the same facts as of each past instant.
Sizes of the days before are what the dashboard's curves show. Reach is left out: who consented
on a past day is not in the snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.utils import timezone

from segmentation import answers, engine, membership, snapshot
from segmentation.models import Segment, SegmentSize
from segmentation.rules import Node

# One size every three days for three months: enough for a curve.
DAYS = range(90, 0, -3)


def fill() -> None:
    """Build the snapshot, fill every segment, and write down its past sizes."""
    snapshot.sync()
    now = timezone.now()
    segments = list(Segment.objects.filter(archived_at=None))
    for segment in segments:
        membership.refresh(segment.pk, now)
    rules = {segment.pk: answers.check(segment.rule).node for segment in segments}
    for days in DAYS:
        at = now - dt.timedelta(days=days)
        SegmentSize.objects.bulk_create(
            SegmentSize(segment_id=pk, day=timezone.localdate(at), size=size, revenue=revenue)
            for pk, size, revenue in _as_of(at, rules)
        )


def _as_of(at: dt.datetime, rules: Mapping[int, Node]) -> Iterator[tuple[int, int, Decimal]]:
    """Each segment's size at an instant, and what those in it had spent by then."""
    if not rules:
        return
    names = {f"flag_{pk}": node for pk, node in rules.items()}
    shown = ", ".join(
        f"count(*) FILTER ({name}), coalesce(sum(spent) FILTER ({name}), 0)" for name in names
    )
    with engine.asking(at) as asked:
        people = asked.compiler.finish(asked.compiler.flags(names, also=("id",)))
        statement = (
            f"SELECT {shown} FROM ({people.sql('duckdb')}) AS people LEFT JOIN ("
            " SELECT customer_id, sum(total) AS spent FROM orders"
            " WHERE status = 'paid' AND placed_at <= $at GROUP BY 1"
            ") AS sales ON sales.customer_id = people.id"
        )
        instant = at.astimezone(dt.UTC).replace(tzinfo=None)
        (told,) = asked.cursor.execute(statement, {"at": instant}).fetchall()
    yield from zip(rules, told[::2], told[1::2], strict=True)
