"""The trail in words: each app names its own actions, and how their facts read.

An action nobody named is still shown, under its own key: the trail leaves nothing out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.models import AuditEntry, User

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """An action in words: what was done, in how many, and where it can be seen."""

    label: str | Promise
    detail: Callable[[Facts], str] = lambda _facts: ""
    url: Callable[[Facts], str] = lambda _facts: ""


@dataclass(frozen=True)
class Line:
    """One decision as the page shows it."""

    entry: AuditEntry
    label: str | Promise
    detail: str
    url: str


_ACTIONS: Final[dict[str, Action]] = {}


def name(action: str, words: Action) -> None:
    """Say how an action reads; naming it again replaces what was said."""
    _ACTIONS[action] = words


def named() -> list[tuple[str, str]]:
    """The actions to filter by, in the reader's alphabet."""
    return sorted(
        ((key, str(each.label)) for key, each in _ACTIONS.items()),
        # Accents apart, so that "É" stands with "E" and not after "Z".
        key=lambda pair: unicodedata.normalize("NFD", pair[1]).casefold(),
    )


def entries(*, action: str = "", member: int | None = None) -> QuerySet[AuditEntry]:
    """The trail, latest first, narrowed to an action or to who decided."""
    found = AuditEntry.objects.select_related("user")
    if action:
        found = found.filter(action=action)
    if member is not None:
        found = found.filter(user=member)
    return found


def lines(some: list[AuditEntry]) -> list[Line]:
    """These entries in words; the fact `member` is joined by their `member_name`."""
    ids = {entry.facts["member"] for entry in some if "member" in entry.facts}
    members = User.objects.in_bulk(ids) if ids else {}
    return [_line(entry, str(members.get(entry.facts.get("member"), ""))) for entry in some]


def _line(entry: AuditEntry, member_name: str) -> Line:
    known = _ACTIONS.get(entry.action)
    if known is None:
        told = ", ".join(f"{key} {value}" for key, value in entry.facts.items())
        return Line(entry, entry.action, told, "")
    facts = entry.facts | {"member_name": member_name}
    return Line(entry, known.label, known.detail(facts), known.url(facts))
