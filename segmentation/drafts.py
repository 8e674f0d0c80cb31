"""What somebody is editing and has not saved, so that nothing is lost and others are told.

Invariant: a draft says something the segment does not; one that has come back to what is stored is
no draft. There is one a person and a segment, and one of a new segment a person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from segmentation.builder.draft import Group, Leaf, places
from segmentation.builder.form import from_fields, to_fields
from segmentation.builder.writing import write
from segmentation.catalogue import Catalogue
from segmentation.models import RuleDraft, Segment

# Someone whose draft is younger is taken to be at it.
AT_IT: Final = dt.timedelta(minutes=15)
BESIDE: Final = ("name", "description", "opened", "modele")
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else who is editing a segment: since when, and when they last changed something."""

    who: User
    since: dt.datetime
    latest: dt.datetime


def keep(
    user: User,
    segment: Segment | None,
    draft: Group,
    told: Mapping[str, str],
    catalogue: Catalogue,
) -> bool:
    """Keep what stands in a builder, or let go of it where it says nothing new; whether it is kept.

    `told` is what was typed or noted besides the rule (`beside`).
    """
    if not _says_something(draft, segment, told, catalogue):
        discard(user, segment)
        return False
    edition = instant(told.get("edition", ""))
    if edition is None and segment is not None:
        edition = segment.updated_at
    typed = {name: [told.get(name, "")[:_LONGEST]] for name in BESIDE}
    told_now = {"form": to_fields(draft) | typed, "edition": edition, "kept_at": timezone.now()}
    if not _of(user, segment).update(**told_now):
        try:
            with transaction.atomic():
                RuleDraft.objects.create(user=user, segment=segment, **told_now)
        except IntegrityError:
            # Another page of the same person was quicker.
            _of(user, segment).update(**told_now)
    return True


def _says_something(
    draft: Group, segment: Segment | None, told: Mapping[str, str], catalogue: Catalogue
) -> bool:
    named = (told.get("name", ""), told.get("description", ""))
    if segment is None:
        filled = any(isinstance(node, Leaf) and node.about for _place, node in places(draft))
        return filled or any(named)
    # The one at hand may bear what was just typed.
    stored = Segment.objects.only("name", "description", "rule").get(pk=segment.pk)
    written = write(draft, catalogue)
    return bool(
        written.unfinished
        or written.wrong
        or written.rule != stored.rule
        or named != (stored.name, stored.description)
    )


def of(user: User, segment: Segment | None) -> RuleDraft | None:
    """What somebody had begun with a segment, or with a new one."""
    return _of(user, segment).first()


def discard(user: User, segment: Segment | None) -> bool:
    """Let go of a draft; whether there was one."""
    return bool(_of(user, segment).delete()[0])


def _of(user: User, segment: Segment | None) -> QuerySet[RuleDraft]:
    # A filter by None would match nothing: a new segment has none.
    if segment is None:
        return RuleDraft.objects.filter(user=user, segment__isnull=True)
    return RuleDraft.objects.filter(user=user, segment=segment)


def read(draft: RuleDraft) -> tuple[Group, dict[str, str]]:
    """The tree of a draft, and what was typed beside it by name."""
    form: dict[str, Any] = draft.form
    return from_fields(form), {name: _one(form, name) for name in BESIDE}


def is_behind(draft: RuleDraft) -> bool:
    """Whether the segment was saved since the draft was begun."""
    return draft.segment is not None and draft.edition != draft.segment.updated_at


def others(segment: Segment, user: User, now: dt.datetime | None = None) -> list[Other]:
    """Who else is editing a segment, those who changed something last first."""
    since = (now or timezone.now()) - AT_IT
    at_it = RuleDraft.objects.filter(segment=segment, kept_at__gte=since, user__is_active=True)
    found = at_it.exclude(user=user).select_related("user").order_by("-kept_at")
    return [
        Other(each.user, instant(_one(each.form, "opened")) or each.kept_at, each.kept_at)
        for each in found
    ]


def beside(posted: Mapping[str, Any]) -> dict[str, str]:
    """What a builder posts besides the rule."""
    return {name: str(posted.get(name, "")) for name in (*BESIDE, "edition")}


def instant(text: str) -> dt.datetime | None:
    """An aware instant as a page posts it; None for anything else."""
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if timezone.is_aware(read) else None


def _one(fields: Mapping[str, Any], name: str) -> str:
    values = fields.get(name) or [""]
    return str(values[-1])
