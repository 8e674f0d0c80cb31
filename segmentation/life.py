"""A segment over time: its numbers day by day, who came and went and why, when it is next counted.

Invariant: what a first fill or a changed rule did is told apart from what people did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.templatetags.figures import shortdate
from segmentation import clock, dependencies, lists
from segmentation.models import MembershipChange, Segment, SegmentSize

CHARTED_DAYS: Final = 90
Cause = MembershipChange.Cause
Kind = MembershipChange.Kind
Series = tuple[str, Sequence[float | None]]


@dataclass
class Day:
    """Who came and went on a local day; `filled` and `redrawn` say what people did not do."""

    day: dt.date
    entered: int = 0
    left: int = 0
    filled: int = 0
    rule_entered: int = 0
    rule_left: int = 0

    @property
    def redrawn(self) -> bool:
        """Whether a changed rule moved somebody on this day."""
        return bool(self.rule_entered or self.rule_left)


def movements(segment: Segment, days: int = 14) -> list[Day]:
    """Entries and exits of the last days on which anybody moved, the latest day first."""
    first = timezone.localdate() - dt.timedelta(days=days - 1)
    changes = MembershipChange.objects.filter(segment=segment, at__gte=_start_of(first))
    counted = changes.order_by().values("at", "kind", "cause").annotate(n=Count("pk"))
    found: dict[dt.date, Day] = {}
    for at, kind, cause, n in counted.values_list("at", "kind", "cause", "n"):
        day = found.setdefault(timezone.localdate(at), Day(timezone.localdate(at)))
        if cause == Cause.FIRST_FILL:
            day.filled += n
        elif cause == Cause.RULE_CHANGE:
            day.rule_entered += n * (kind == Kind.ENTERED)
            day.rule_left += n * (kind == Kind.LEFT)
        else:
            day.entered += n * (kind == Kind.ENTERED)
            day.left += n * (kind == Kind.LEFT)
    return sorted(found.values(), key=lambda day: day.day, reverse=True)


def changes(
    segment: Segment, kind: str = "", day: dt.date | None = None
) -> QuerySet[MembershipChange]:
    """The history by name, the latest first; of those who entered, or left; of one local day."""
    found = MembershipChange.objects.filter(segment=segment, customer__erased_at=None)
    if kind in Kind.values:
        found = found.filter(kind=kind)
    if day is not None:
        found = found.filter(at__gte=_start_of(day), at__lt=_start_of(day + dt.timedelta(days=1)))
    return found.select_related("customer").order_by("-at", "-pk")


def older_than(found: QuerySet[MembershipChange], change_id: int) -> QuerySet[MembershipChange]:
    """What follows a line of the history; all of it where that line has gone."""
    line = MembershipChange.objects.filter(pk=change_id).first()
    if line is None:
        return found
    return found.filter(Q(at__lt=line.at) | Q(at=line.at, pk__lt=line.pk))


def why(change: MembershipChange, segment: Segment) -> str | Promise:
    """Why someone came or went, in words."""
    if change.cause == Cause.FIRST_FILL:
        return gettext_lazy("The segment was filled for the first time.")
    if change.cause == Cause.RULE_CHANGE:
        return gettext_lazy("The rule was changed.")
    if segment.kind == Segment.Kind.STATIC:
        put = change.kind == Kind.ENTERED
        return gettext_lazy("Put on the list.") if put else gettext_lazy("Taken off the list.")
    if change.kind == Kind.ENTERED:
        return gettext_lazy("Meets the conditions since then.")
    return gettext_lazy("No longer meets the conditions.")


def _start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), timezone.get_current_timezone())


def charts(segment: Segment) -> list[tuple[str, dict[str, Any]]]:
    """Size and reach, then revenue, on each of the last days that have them: (id, chart).

    A chart of fewer than two points is left out.
    """
    since = timezone.localdate() - dt.timedelta(days=CHARTED_DAYS)
    days = list(SegmentSize.objects.filter(segment=segment, day__gte=since).order_by("day"))
    sold = [each for each in days if each.revenue is not None]
    people: list[Series] = [
        (_("Customers"), [each.size for each in days]),
        (_("Reachable by e-mail"), [each.email for each in days]),
        (_("Reachable by SMS"), [each.sms for each in days]),
    ]
    revenue: list[Series] = [
        (_("Spent by the members"), [float(each.revenue or 0) for each in sold])
    ]
    drawn = [
        ("sizes", _chart(_("Size and reach day by day"), "number", days, people)),
        ("revenue", _chart(_("What the members had spent, day by day"), "money", sold, revenue)),
    ]
    return [(key, chart) for key, chart in drawn if len(chart["labels"]) > 1]


def _chart(
    title: str,
    unit: str,
    days: Sequence[SegmentSize],
    series: Sequence[Series],
) -> dict[str, Any]:
    return {
        "type": "line",
        "title": title,
        "label_title": _("Day"),
        "unit": unit,
        "labels": [str(shortdate(each.day)) for each in days],
        "datasets": [
            {"label": label, "data": list(data)}
            for label, data in series
            if sum(value is not None for value in data) > 1
        ],
    }


_PACES: Final = {
    clock.Pace.MINUTES: gettext_lazy(
        "its rule counts in hours, so it is looked at every ten minutes"
    ),
    clock.Pace.HOUR: gettext_lazy(
        "its rule counts back from the present, so it is looked at every hour"
    ),
    clock.Pace.DAY: gettext_lazy("a new day moves ages, birthdays and calendar periods"),
}


def next_reason(segment: Segment) -> str | Promise:
    """Why the segment is next counted when it is, in words that follow a time."""
    if segment.failures:
        if segment.failed_at is None:
            return gettext_lazy("somebody stopped the refresh")
        return gettext_lazy("the last attempt failed")
    if lists.waiting(segment):
        return gettext_lazy("people are to be put on the list")
    if segment.kind == Segment.Kind.STATIC:
        return gettext_lazy("the reach and the revenue of its members are counted each day")
    return _PACES[clock.pace(dependencies.rules_of(segment))]
