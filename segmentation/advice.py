"""Advice on segments as a whole, by the guides' own rules: 8 to 15, large enough, distinct, alive.

Invariant: advice says what was measured and what to do; it never changes anything by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.figures import number, percent
from segmentation import listing
from segmentation.models import MembershipChange, Segment
from segmentation.overlap import Overlaps

# “8 to 15 main segments, each at least 5 % of the base” (the guide on SMS segmentation).
FEW: Final = 3
MANY: Final = 15
SMALL: Final = 0.05
LARGE: Final = 0.6
# From here on two segments hold nearly the same people.
ALIKE: Final = 0.8
INSIDE: Final = 0.95
OLD_LIST: Final = dt.timedelta(days=180)
POOR_REACH: Final = 0.1
NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at: how serious, in words, and the segments it is about."""

    level: str
    title: str
    text: str
    about: tuple[Segment, ...] = ()


def advise(overlaps: Overlaps, now: dt.datetime) -> list[Advice]:
    """What deserves a look, the most serious first."""
    return [
        *_stale(overlaps, now),
        *_unreachable(overlaps),
        *_alike(overlaps),
        *_number(overlaps),
        *_sizes(overlaps),
        *_nobody_in(overlaps),
    ]


def _stale(overlaps: Overlaps, now: dt.datetime) -> Iterator[Advice]:
    failed = [s for s in overlaps.segments if s.failures or listing.state_of(s) == "late"]
    if failed:
        yield Advice(
            "bad",
            _("Not up to date"),
            _("Their members could not be worked out lately: open them to see why."),
            tuple(failed),
        )
    since = now - OLD_LIST
    moved = MembershipChange.objects.filter(segment__in=overlaps.segments, at__gte=since)
    changed = set(moved.order_by().values_list("segment", flat=True).distinct())
    lists = [
        each
        for each in overlaps.segments
        if each.kind == Segment.Kind.STATIC and each.updated_at < since and each.pk not in changed
    ]
    if lists:
        yield Advice(
            "warn",
            _("Old lists"),
            _(
                "These lists have not changed for six months: people move, a rule would follow "
                "them. Archive those that have served."
            ),
            tuple(lists),
        )


def _unreachable(overlaps: Overlaps) -> Iterator[Advice]:
    poor = [
        row.segment
        for row in listing.rows(overlaps.segments)
        if row.segment.size
        and row.email is not None
        and max(row.email, row.sms or 0) < POOR_REACH * row.segment.size
    ]
    if poor:
        yield Advice(
            "warn",
            _("Out of reach"),
            _("Fewer than one in ten of these people may be written to: collect consents first."),
            tuple(poor),
        )


def _alike(overlaps: Overlaps) -> Iterator[Advice]:
    for one, other in combinations(overlaps.segments, 2):
        sizes = (overlaps.sizes[one.pk], overlaps.sizes[other.pk])
        if not all(sizes):
            continue
        if overlaps.alike(one, other) >= ALIKE:
            share = percent(overlaps.alike(one, other), 0)
            yield Advice(
                "warn",
                _("Nearly the same people"),
                _("%(share)s of those in either are in both: keep one of the two.")
                % {"share": share},
                (one, other),
            )
            continue
        small, large = (one, other) if sizes[0] <= sizes[1] else (other, one)
        if overlaps.part(small, large) >= INSIDE and overlaps.sizes[large.pk] < overlaps.base / 2:
            yield Advice(
                "info",
                _("One inside the other"),
                _(
                    "“%(small)s” is nearly all in “%(large)s”: in a campaign that names both, the "
                    "one that stands first in the list counts."
                )
                % {"small": small.name, "large": large.name},
                (small, large),
            )


def _number(overlaps: Overlaps) -> Iterator[Advice]:
    n = len(overlaps.segments) + overlaps.left_out
    if n > MANY:
        yield Advice(
            "warn",
            _("Many segments"),
            _(
                "You have %(n)s segments in use. Between 8 and 15 can be followed; archive those "
                "that no campaign needs."
            )
            % {"n": number(n)},
        )
    elif n < FEW:
        yield Advice(
            "info",
            _("Few segments"),
            _("Two or three well-chosen groups already change results: look at the gallery."),
        )


def _sizes(overlaps: Overlaps) -> Iterator[Advice]:
    small, large = [], []
    for segment in overlaps.segments:
        share = overlaps.sizes[segment.pk] / overlaps.base if overlaps.base else 0.0
        if share < SMALL:
            small.append(segment)
        elif share > LARGE:
            large.append(segment)
    if small:
        yield Advice(
            "info",
            _("Small segments"),
            _(
                "Under 5% of the base each: right for a precise message, too few to compare two "
                "versions of it."
            ),
            tuple(small),
        )
    if large:
        yield Advice(
            "info",
            _("Very large segments"),
            _("Over 60% of the base: such a message is nearly for everyone. Add a condition."),
            tuple(large),
        )


def _nobody_in(overlaps: Overlaps) -> Iterator[Advice]:
    nobody = overlaps.in_so_many.get(0, 0)
    if overlaps.segments and overlaps.base and nobody > overlaps.base / 4:
        yield Advice(
            "info",
            _("People in no segment"),
            ngettext(
                "%(n)s person (%(share)s) is in none of your segments.",
                "%(n)s people (%(share)s) are in none of your segments.",
                nobody,
            )
            % {"n": number(nobody), "share": percent(nobody / overlaps.base, 0)},
        )
