"""What somebody is editing and has not saved, so that nothing is lost and others are told.

Invariant: a draft says something the segment does not; one that has come back to what is stored is
no draft. Each page that somebody has open keeps a draft of its own, by the page's name (`tab`):
none touches another's. Those of one person and one segment share a row, the latest first.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import redis
import structlog
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from segmentation.builder.draft import Group, Leaf, places
from segmentation.builder.form import from_fields, to_fields
from segmentation.builder.writing import write
from segmentation.catalogue import Catalogue
from segmentation.models import RuleDraft, Segment

log = structlog.get_logger(__name__)
# Someone whose draft is younger is taken to be at it.
AT_IT: Final = dt.timedelta(minutes=15)
BESIDE: Final = ("name", "description", "opened", "modele", "tab")
# How many pages' drafts of one segment are kept.
MOST: Final = 8
# Seconds in which what a page asked before it was left has surely come to an end.
_LATE: Final = 60
_ASIDE: Final = "aside"
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else who is editing a segment: since when, and when they last changed something."""

    who: User
    since: dt.datetime
    latest: dt.datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What one page holds: its fields, the edition it started from, when it was last kept."""

    tab: str
    form: dict[str, Any]
    edition: dt.datetime | None
    kept_at: dt.datetime

    @classmethod
    def of_row(cls, row: RuleDraft) -> list[Draft]:
        """All the drafts of a row, the latest first."""
        form = dict(row.form)
        aside = form.pop(_ASIDE, [])
        latest = cls(_one(form, "tab"), form, row.edition, row.kept_at)
        return [latest, *(cls._set_aside(each) for each in aside)]

    @classmethod
    def _set_aside(cls, told: dict[str, Any]) -> Draft:
        form = told["form"]
        kept_at = dt.datetime.fromisoformat(told["kept_at"])
        return cls(_one(form, "tab"), form, instant(told["edition"] or ""), kept_at)

    @property
    def aside(self) -> dict[str, Any]:
        """It as JSON, behind a later one."""
        edition = self.edition.isoformat() if self.edition else None
        return {"form": self.form, "edition": edition, "kept_at": self.kept_at.isoformat()}

    def read(self) -> tuple[Group, dict[str, str]]:
        """The tree, and what was typed beside it by name."""
        return from_fields(self.form), {name: _one(self.form, name) for name in BESIDE}

    def is_behind(self, segment: Segment) -> bool:
        """Whether the segment was saved since the draft was begun."""
        return self.edition is not None and self.edition != segment.updated_at


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
    tab = told.get("tab", "")
    if not _says_something(draft, segment, told, catalogue):
        discard(user, segment, tab)
        return False
    edition = instant(told.get("edition", ""))
    if edition is None and segment is not None:
        edition = segment.updated_at
    typed = {name: [told.get(name, "")[:_LONGEST]] for name in BESIDE}
    fresh = Draft(tab, to_fields(draft) | typed, edition, timezone.now())
    with _shelf(user, segment) as drafts:
        if _was_left(user, tab):
            return False
        drafts[:] = [fresh, *(each for each in drafts if each.tab != tab)][:MOST]
    return True


@contextmanager
def _shelf(user: User, segment: Segment | None) -> Iterator[list[Draft]]:
    """Somebody's drafts of one segment, to be changed by one page at a time."""
    with transaction.atomic():
        # Two pages may be the first at once, when there is no row yet to wait for.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        drafts = of(user, segment)
        before = list(drafts)
        yield drafts
        if drafts == before:
            return
        if not drafts:
            _of(user, segment).delete()
            return
        latest, *rest = drafts
        form = latest.form | {_ASIDE: [each.aside for each in rest]}
        told = {"form": form, "edition": latest.edition, "kept_at": latest.kept_at}
        if before:
            _of(user, segment).update(**told)
        else:
            RuleDraft.objects.create(user=user, segment=segment, **told)


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


def of(user: User, segment: Segment | None) -> list[Draft]:
    """What somebody had begun with a segment, or with new ones, the latest first."""
    row = _of(user, segment).first()
    return Draft.of_row(row) if row else []


def discard(user: User, segment: Segment | None, tab: str) -> bool:
    """Let go of a page's draft; whether there was one."""
    with _shelf(user, segment) as drafts:
        kept = [each for each in drafts if each.tab != tab]
        gone = len(kept) < len(drafts)
        drafts[:] = kept
    return gone


def close(user: User, segment: Segment | None, tab: str) -> None:
    """Let go of the draft of a page that is being left, its rule saved or given up.

    A count that the page asked for before may still be under way: it keeps nothing any more.
    """
    try:
        cache.set(_left(user, tab), True, _LATE)
    except (redis.RedisError, OSError) as error:
        # What was saved is saved: at worst a draft of it is offered once more.
        log.warning("page_not_noted_as_left", error=type(error).__name__)
    discard(user, segment, tab)


def _was_left(user: User, tab: str) -> bool:
    try:
        return bool(cache.get(_left(user, tab)))
    except (redis.RedisError, OSError) as error:
        log.warning("page_not_known_as_left", error=type(error).__name__)
        return False


def _left(user: User, tab: str) -> str:
    return f"builder-left:{user.pk}:{tab[:_LONGEST]}"


def take_up(user: User, segment: Segment | None, tab: str) -> str:
    """Go on with a draft in another page, which it is of from now on; the new page's name.

    The page it was of, if it is still open, begins another with its next change. '' if it is gone.
    """
    name = new_tab()
    with _shelf(user, segment) as drafts:
        known = [each.tab for each in drafts]
        if tab not in known:
            return ""
        at = known.index(tab)
        drafts[at] = replace(drafts[at], tab=name, form=drafts[at].form | {"tab": [name]})
    return name


def new_tab() -> str:
    """The name of a page that is being opened."""
    return secrets.token_hex(6)


def _of(user: User, segment: Segment | None) -> QuerySet[RuleDraft]:
    # A filter by None would match nothing: a new segment has none.
    if segment is None:
        return RuleDraft.objects.filter(user=user, segment__isnull=True)
    return RuleDraft.objects.filter(user=user, segment=segment)


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
