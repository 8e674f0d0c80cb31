"""The versions of a segment's rule: who saved which, when, and what it did to the members.

Invariant: every rule stored on a segment is kept here under the segment's number for it, in the
same transaction (`editing` calls `keep`; nothing else stores a rule).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from segmentation import answers
from segmentation.catalogue import Catalogue
from segmentation.models import MembershipChange, RuleVersion, Segment

Change = MembershipChange.Kind
Rules = Mapping[tuple[int, int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """A version in words; `entered` and `left` are whom the change of rule let in and out."""

    version: RuleVersion
    sentence: str
    entered: int
    left: int
    present: bool


def keep(segment: Segment, by: User | None, *, restored: int | None = None) -> RuleVersion:
    """Keep the rule a segment has just been given; `restored` is the version it was taken from."""
    return RuleVersion.objects.create(
        segment=segment,
        number=segment.version,
        rule=segment.rule,
        saved_by=by,
        restored=restored,
    )


def of(segment: Segment) -> QuerySet[RuleVersion]:
    """A segment's versions, the latest first, with who saved them."""
    return segment.versions.select_related("saved_by").order_by("-number")


def in_words(segment: Segment, versions: Sequence[RuleVersion], catalogue: Catalogue) -> list[Told]:
    """Versions (the latest first, none skipped) as they are listed."""
    names = answers.all_segment_names()
    effects = _effects(segment, versions)
    return [
        Told(
            version,
            answers.in_words(version.rule, catalogue, names),
            *effects[version.number],
            present=version.number == segment.version,
        )
        for version in versions
    ]


def rules(wanted: Iterable[tuple[int, int]]) -> Rules:
    """The rules of these versions, by segment and number; those that are not kept are missing."""
    pairs = set(wanted)
    found = RuleVersion.objects.filter(
        segment__in={segment for segment, _number in pairs},
        number__in={number for _segment, number in pairs},
    )
    rows = found.order_by().values_list("segment_id", "number", "rule")
    return {(pk, number): rule for pk, number, rule in rows if (pk, number) in pairs}


def _effects(segment: Segment, versions: Sequence[RuleVersion]) -> dict[int, tuple[int, int]]:
    """By number, how many entered and left because of the rule while it was in force."""
    totals = {version.number: (0, 0) for version in versions}
    if not versions:
        return totals
    moved = (
        MembershipChange.objects.filter(
            segment=segment,
            cause=MembershipChange.Cause.RULE_CHANGE,
            at__gte=versions[-1].saved_at,
        )
        .order_by()
        .values_list("at")
        .annotate(
            entered=Count("pk", filter=Q(kind=Change.ENTERED)),
            left=Count("pk", filter=Q(kind=Change.LEFT)),
        )
    )
    for at, entered, left in moved:
        number = _in_force(versions, at)
        if number is not None:
            before = totals[number]
            totals[number] = (before[0] + entered, before[1] + left)
    return totals


def _in_force(versions: Sequence[RuleVersion], at: dt.datetime) -> int | None:
    """Which of these versions was the segment's at an instant."""
    return next((v.number for v in versions if v.saved_at <= at), None)
