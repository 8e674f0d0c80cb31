"""Who entered or left a segment in a window, by what the refreshes recorded.

The first fill and the refresh after a changed rule are not mirrored in the snapshot: nobody moved
then, the line did.
"""

from __future__ import annotations

from sqlglot import exp

from segmentation.calendar import Clock, window
from segmentation.catalogue.expressions import moment, number, text
from segmentation.compiler.conditions import column, every, table, within
from segmentation.rules import SegmentRef

_CHANGES = "segment_changes"


def changed(node: SegmentRef, clock: Clock) -> exp.Select:
    """The customers with an entry (or an exit) in the node's window, not after now."""
    kind, when = ("entered", node.entered) if node.entered else ("left", node.left)
    assert when is not None

    def at() -> exp.Expr:
        return column("occurred_at")

    tests = [
        exp.EQ(this=column("segment_id"), expression=number(node.segment)),
        exp.EQ(this=column("kind"), expression=text(kind)),
        exp.LTE(this=at(), expression=moment(clock.instant)),
        within(at, window(when, clock)),
    ]
    rows = exp.select(column("customer_id"), copy=False).from_(table(_CHANGES), copy=False)
    return rows.where(every(tests), copy=False)
