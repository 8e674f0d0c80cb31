"""Fills the demo's segments, and tells how large they were on past days.

Past sizes are not invented: the same rules are asked of the same facts as of each past instant.
Sizes of the days before are what the dashboard's curves show.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from segmentation import answers, engine, membership, snapshot
from segmentation.models import Segment, SegmentSize

# One size every three days for three months: enough for a curve.
DAYS = range(90, 0, -3)


def fill() -> None:
    """Build the snapshot, fill every segment, and write down its past sizes."""
    snapshot.sync()
    now = timezone.now()
    segments = list(Segment.objects.filter(archived_at=None))
    for segment in segments:
        membership.refresh(segment.pk, now)
    rules = {str(segment.pk): answers.check(segment.rule).node for segment in segments}
    for days in DAYS:
        at = now - dt.timedelta(days=days)
        sizes = engine.counts(rules, at)
        SegmentSize.objects.bulk_create(
            SegmentSize(segment_id=int(pk), day=timezone.localdate(at), size=size)
            for pk, size in sizes.items()
        )
