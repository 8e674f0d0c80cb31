"""Creating, changing and putting away segments.

Invariants: a rule is stored only if it can be read and names no unknown segment nor, through
others, itself; whoever saves over a change they have not seen is told and overwrites nothing
(`updated_at` is the edition a page was drawn from); a changed rule makes the segment, and those
that refer to it, due; each rule stored is kept as a version, with who stored it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from segmentation import dependencies, lists, schedule, versions
from segmentation.models import Segment
from segmentation.rules import Problem, RuleError

NAME_LENGTH = 120
# Between the priorities of one segment and the next.
STEP = 10


class Conflict(Exception):
    """Someone else changed the segment since it was read."""


class NameTaken(Exception):
    """Another segment has that name."""


def create(
    name: str, description: str, rule: dict[str, Any], author: User | None, *, recipe: str = ""
) -> Segment:
    """Store a new dynamic segment, due at once. Raises NameTaken or RuleError.

    The rule must have been checked (`answers.check`). It is refused where a segment it names was
    deleted since. `recipe` is the ready-made segment it started from.
    """
    with transaction.atomic():
        _hold_those_named(rule)
        return _create(name, description, rule, author, recipe)


def _create(
    name: str, description: str, rule: dict[str, Any], author: User | None, recipe: str = ""
) -> Segment:
    segment = Segment(
        name=name,
        description=description,
        rule=rule,
        recipe=recipe,
        priority=_after_all(),
        created_by=author,
        due_at=timezone.now(),
    )
    with _names_are_unique():
        segment.save(force_insert=True)
        versions.keep(segment, author)
    return segment


def change(
    segment: Segment,
    edition: dt.datetime,
    *,
    name: str,
    description: str,
    rule: dict[str, Any] | None = None,
    by: User | None = None,
    restored: int | None = None,
) -> None:
    """Store another name, description or rule. Raises Conflict, NameTaken or RuleError.

    The rule must have been checked; None leaves it as it is. It is refused where a rule stored
    since that check leads back to this segment, or one it names was deleted. `restored` is the
    version it was taken from.
    """
    now = timezone.now()
    changes: dict[str, Any] = {"name": name, "description": description, "updated_at": now}
    if rule is not None and rule != segment.rule:
        changes |= {"rule": rule, "version": F("version") + 1, "due_at": now}
    with _names_are_unique():
        if rule is not None and "rule" in changes:
            _lock_rules()
            _hold_those_named(rule)
        if not Segment.objects.filter(pk=segment.pk, updated_at=edition).update(**changes):
            raise Conflict
        if "rule" in changes:
            _refuse_circle(segment.pk)
            _reach_dependents(segment.pk, now)
        segment.refresh_from_db()
        if "rule" in changes:
            versions.keep(segment, by, restored=restored)


def _lock_rules() -> None:
    """Let rules be stored one after the other, so that two cannot come to name each other."""
    dynamic = Segment.objects.filter(kind=Segment.Kind.DYNAMIC).order_by("pk")
    list(dynamic.select_for_update().values_list("pk", flat=True))


def _hold_those_named(rule: dict[str, Any]) -> None:
    """Keep the segments a rule names from being deleted before it is stored."""
    named = dependencies.references(rule)
    held = Segment.objects.filter(pk__in=named).order_by("pk").select_for_update()
    gone = sorted(named.difference(held.values_list("pk", flat=True)))
    if gone:
        raise RuleError([Problem("$.rule", "unknown_segment", {"key": pk}) for pk in gone])


def _refuse_circle(segment_id: int) -> None:
    if segment_id in dependencies.reached(segment_id, dependencies.graph()):
        chain = f"{segment_id} → … → {segment_id}"
        raise RuleError([Problem("$.rule", "cycle", {"chain": chain})])


def _reach_dependents(segment_id: int, now: dt.datetime) -> None:
    """Those who refer to a changed rule change with it, and their history must say why."""
    reached = Segment.objects.filter(
        pk__in=dependencies.dependents(segment_id, dependencies.graph())
    )
    schedule.follow_a_changed_line(reached, now)


def duplicate(segment: Segment, author: User | None) -> Segment:
    """A dynamic segment with the same rule and a name of its own; of a list, a list."""
    if segment.kind == Segment.Kind.STATIC:
        return freeze(segment, author)
    name = free_name(_("%(name)s (copy)") % {"name": segment.name})
    # One whose rule no longer holds is copied as it is, to be mended.
    return _create(name, segment.description, segment.rule, author)


def freeze(segment: Segment, author: User | None) -> Segment:
    """A static list of those who are in a segment now, brought by its refresh, which is due.

    Raises Segment.DoesNotExist for a segment deleted meanwhile.
    """
    now = timezone.now()
    name = _("%(name)s (list of %(day)s)") % {
        "name": segment.name,
        "day": date_format(timezone.localdate(now)),
    }
    with transaction.atomic():
        # It is not deleted until the list that waits for its members is there to be seen.
        held = Segment.objects.select_for_update().get(pk=segment.pk)
        return Segment.objects.create(
            name=free_name(name),
            description=held.description,
            kind=Segment.Kind.STATIC,
            rule=lists.copying(held, now),
            priority=_after_all(),
            created_by=author,
            due_at=now,
        )


def create_list(name: str, author: User | None) -> Segment:
    """An empty static list, due at once. Raises NameTaken."""
    segment = Segment(
        name=name[:NAME_LENGTH],
        kind=Segment.Kind.STATIC,
        priority=_after_all(),
        created_by=author,
        due_at=timezone.now(),
    )
    with _names_are_unique():
        segment.save(force_insert=True)
    return segment


def archive(segment: Segment) -> None:
    """Put a segment away: it is no longer refreshed nor offered; its history stays."""
    now = timezone.now()
    Segment.objects.filter(pk=segment.pk, archived_at=None).update(archived_at=now, updated_at=now)


def unarchive(segment: Segment) -> None:
    """Take a segment out again; it is due at once."""
    now = timezone.now()
    Segment.objects.filter(pk=segment.pk).exclude(archived_at=None).update(
        archived_at=None,
        due_at=now,
        leased_until=None,
        refreshing_since=None,
        cancel_asked=False,
        updated_at=now,
    )


def referring_to(segment: Segment) -> list[Segment]:
    """The segments in use whose rule names this one."""
    others = Segment.objects.filter(archived_at=None, kind=Segment.Kind.DYNAMIC)
    named = [s.pk for s in others if segment.pk in dependencies.references(s.rule)]
    return list(Segment.objects.filter(pk__in=named))


def rank(ids: list[int]) -> None:
    """Order of precedence: the first listed wins where a person is in several."""
    with transaction.atomic():
        for place, pk in enumerate(ids, start=1):
            Segment.objects.filter(pk=pk).update(priority=place * STEP)


def _after_all() -> int:
    """The place of a new segment: nobody's main segment changes because it was made."""
    last: int | None = Segment.objects.aggregate(last=Max("priority"))["last"]
    return (last or 0) + STEP


def free_name(wanted: str) -> str:
    """The name itself, or with the first number that makes it unlike any other's."""
    taken = set(Segment.objects.order_by().values_list("name", flat=True))
    name, number = wanted[:NAME_LENGTH], 2
    while name in taken:
        tail = f" {number}"
        name, number = wanted[: NAME_LENGTH - len(tail)] + tail, number + 1
    return name


@contextmanager
def _names_are_unique() -> Iterator[None]:
    """A transaction in which a clash of names is told as NameTaken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise NameTaken from error
