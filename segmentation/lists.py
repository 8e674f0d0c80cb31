"""Fixed segments: people put on a list and taken off it, by hand, from a file or from a search.

Invariant: nobody enters or leaves a list by themselves. Whom a search, or a copy of a segment's
members, still has to bring is kept on the segment, as `{"adding": [criteria, …]}` in its rule,
until the refresh that writes it: it survives a crash, can be stopped, and says so on the segment
when it fails.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from customers import listing
from customers.listing import Criteria
from customers.models import Customer
from segmentation.difference import Cause, Change, Writing, missing, present
from segmentation.models import Membership, MembershipChange, Segment

_ADDING = "adding"
# In place of criteria: the segment whose members at an instant are to be brought.
_MEMBERS_OF, _AT = "members_of", "at"


class NotAList(ValueError):
    """The segment is dynamic, archived or gone: nobody is put on it by hand."""


def in_use() -> dict[int, str]:
    """The fixed segments people can be put on, by number, in order of precedence."""
    used = Segment.objects.filter(kind=Segment.Kind.STATIC, archived_at=None)
    return dict(used.values_list("pk", "name"))


def add(segment: Segment, ids: Sequence[int], now: dt.datetime) -> list[int]:
    """Add people to a fixed segment, in the caller's transaction; the new memberships' ids.

    Those already in it are left as they are. The segment is then due, so that it is counted.
    """
    _one_at_a_time([segment.pk])
    there = Membership.objects.filter(segment=segment, customer__in=ids)
    known = set(there.values_list("customer_id", flat=True))
    new = [pk for pk in ids if pk not in known]
    rows = Membership.objects.bulk_create(
        [Membership(segment=segment, customer_id=pk, entered_at=now) for pk in new]
    )
    first = segment.filled_version is None
    _tell(segment, new, Change.ENTERED, Cause.FIRST_FILL if first else Cause.REFRESH, now)
    Segment.objects.filter(pk=segment.pk).update(due_at=now)
    return [row.pk for row in rows]


def remove(membership_ids: Collection[int], now: dt.datetime) -> int:
    """Take these memberships of fixed segments back, those that still stand; how many did."""
    wanted = Membership.objects.filter(
        pk__in=list(membership_ids), segment__kind=Segment.Kind.STATIC
    )
    with transaction.atomic():
        _one_at_a_time(wanted.order_by("segment").values_list("segment", flat=True).distinct())
        by_segment: dict[Segment, list[int]] = {}
        for row in wanted.select_related("segment"):
            by_segment.setdefault(row.segment, []).append(row.customer_id)
        for segment, ids in by_segment.items():
            Membership.objects.filter(segment=segment, customer_id__in=ids).delete()
            _tell(segment, ids, Change.LEFT, Cause.REFRESH, now)
            Segment.objects.filter(pk=segment.pk).update(due_at=now)
    return sum(map(len, by_segment.values()))


def _one_at_a_time(segment_ids: Iterable[int]) -> None:
    """Let whoever else changes these lists by hand wait, so that each change is told once."""
    locked = Segment.objects.filter(pk__in=list(segment_ids)).order_by("pk")
    list(locked.select_for_update().values_list("pk", flat=True))


def _tell(
    segment: Segment,
    ids: Sequence[int],
    kind: MembershipChange.Kind,
    cause: MembershipChange.Cause,
    at: dt.datetime,
) -> None:
    MembershipChange.objects.bulk_create(
        [
            MembershipChange(segment=segment, customer_id=pk, kind=kind, cause=cause, at=at)
            for pk in ids
        ]
    )


def add_matches(segment_id: int, criteria: Criteria, now: dt.datetime) -> None:
    """Have everyone who matches put on a fixed segment by its next refresh, which is due now.

    Raises NotAList.
    """
    with transaction.atomic():
        segment = _locked(segment_id)
        adding = [*segment.rule.get(_ADDING, []), asdict(criteria)]
        Segment.objects.filter(pk=segment_id).update(rule={_ADDING: adding}, due_at=now)


def copying(segment: Segment, at: dt.datetime) -> dict[str, Any]:
    """The rule of a new list that its refreshes fill with who is in a segment at `at`."""
    copied = {_MEMBERS_OF: segment.pk, _AT: at.isoformat()}
    # Whom a list has yet to be brought, its copy has too.
    still = segment.rule.get(_ADDING, []) if segment.kind == Segment.Kind.STATIC else []
    return {_ADDING: [*still, copied]}


def copied_from(segment: Segment) -> list[str]:
    """The names of the lists that have yet to be brought this segment's members."""
    filling = Segment.objects.filter(kind=Segment.Kind.STATIC).exclude(rule={})
    return [
        name
        for name, rule in filling.values_list("name", "rule")
        if any(asked.get(_MEMBERS_OF) == segment.pk for asked in rule.get(_ADDING, []))
    ]


def waiting(segment: Segment) -> bool:
    """Whether a search still has people to bring."""
    return segment.kind == Segment.Kind.STATIC and bool(segment.rule.get(_ADDING))


def settle(writing: Writing, pause: Callable[[], None]) -> None:
    """Put on the list whom the searches found. Raises Busy, Stopped, and what `pause` raises."""
    for asked in writing.segment.rule.get(_ADDING, []):
        writing.add(missing(_wanted(asked), present(writing.segment)), pause)
        with writing.lease.renewed():
            # Another search may have been asked for meanwhile.
            rest = _locked(writing.segment.pk).rule.get(_ADDING, [])[1:]
            left = {_ADDING: rest} if rest else {}
            Segment.objects.filter(pk=writing.segment.pk).update(rule=left)


def _wanted(asked: dict[str, Any]) -> array[int]:
    """Whom a search finds, or who was in the segment that is copied; ascending."""
    if _MEMBERS_OF in asked:
        return _members_at(asked[_MEMBERS_OF], dt.datetime.fromisoformat(asked[_AT]))
    people = listing.select(Criteria(**asked)).order_by("pk").distinct()
    return array("q", people.values_list("pk", flat=True).iterator(10_000))


def _members_at(segment_id: int, at: dt.datetime) -> array[int]:
    """Who was in a segment: its members now, but for what its history tells of since."""
    since = MembershipChange.objects.filter(segment=segment_id, at__gt=at).order_by("-at", "-pk")
    # The first thing that happened to each comes last, and stays.
    first = dict(since.values_list("customer_id", "kind").iterator(10_000))
    left = [pk for pk, kind in first.items() if kind == Change.LEFT]
    # Who was erased meanwhile is nobody any more.
    stand = Customer.objects.filter(pk__in=left, erased_at=None).values_list("pk", flat=True)
    members = Membership.objects.filter(segment=segment_id).values_list("customer_id", flat=True)
    stayed = (pk for pk in members.iterator(10_000) if pk not in first)
    return array("q", sorted([*stayed, *stand]))


def _locked(segment_id: int) -> Segment:
    used = Segment.objects.filter(kind=Segment.Kind.STATIC, archived_at=None)
    segment = used.select_for_update().filter(pk=segment_id).first()
    if segment is None:
        raise NotAList
    return segment
