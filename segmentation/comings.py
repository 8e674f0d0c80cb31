"""Who would enter and who would leave if a rule took the place of another, all of them, by name.

Invariant: the numbers and the people of a page are of one version of the snapshot; names come from
the database at this moment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal

import duckdb
import structlog
from django.core.paginator import Page
from django.utils import timezone
from django.utils.translation import gettext as _

from segmentation import answers, engine, preview, snapshot
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.pages import KnownLength
from segmentation.rules import AllOf, Node, Not, RuleError

Way = Literal["enter", "leave"]
Stored = dict[str, Any]
PER_PAGE: Final = 50
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Comings:
    """How many would enter and leave; `trouble` says why that is not known, where it is not."""

    enter: int = 0
    leave: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Both numbers and a page of people of one of them; no page where there is trouble."""

    numbers: Comings
    way: Way = "enter"
    page: Page[preview.Person] | None = None


def numbers(present: Stored, other: Stored, now: dt.datetime | None = None) -> Comings:
    """How many `other` would let in and out in the place of `present`."""
    try:
        catalogue = load_catalogue()
        found = engine.counts(_moves(present, other, catalogue), now or timezone.now(), catalogue)
    except (RuleError, snapshot.NoSnapshot, duckdb.Error) as fault:
        return Comings(trouble=_trouble(fault))
    return Comings(found["enter"], found["leave"])


def page(present: Stored, other: Stored, way: Way | None, number: str | None) -> Found:
    """A page of those who would enter, or leave; of those who enter, if any, where not told."""
    now = timezone.now()
    try:
        # The thread keeps to one version of the snapshot from here on.
        with snapshot.cursor():
            told = numbers(present, other, now)
            if told.trouble:
                return Found(told)
            way = way or ("enter" if told.enter or not told.leave else "leave")
            moving = _Moving(_moves(present, other, load_catalogue())[way], now)
            pages = KnownLength[preview.Person](
                moving, PER_PAGE, known=told.enter if way == "enter" else told.leave
            )
            return Found(told, way, pages.get_page(number))
    except (RuleError, snapshot.NoSnapshot, duckdb.Error) as fault:
        return Found(Comings(trouble=_trouble(fault)))


@dataclass(frozen=True, slots=True)
class _Moving:
    """The people a node means, by ascending id; a slice is asked for when it is taken."""

    node: Node
    now: dt.datetime

    def __getitem__(self, places: slice) -> list[preview.Person]:
        with engine.asking(self.now) as asked:
            statement = asked.compiler.ids(self.node)
            statement = statement.limit(places.stop - places.start).offset(places.start)
            ids = [row[0] for row in asked.rows(statement)]
        known = preview.persons(ids)
        return [known[pk] for pk in ids if pk in known]


def _moves(present: Stored, other: Stored, catalogue: Catalogue) -> dict[str, Node]:
    old, new = (answers.check(rule, catalogue).node for rule in (present, other))
    return {"enter": AllOf((new, Not(old))), "leave": AllOf((old, Not(new)))}


def _trouble(fault: Exception) -> str:
    if isinstance(fault, RuleError):
        return _("One of the rules can no longer be counted, so nobody knows whom it would move.")
    if isinstance(fault, snapshot.NoSnapshot):
        return _("There is nothing to count yet: the data is being prepared.")
    log.warning("comings_not_counted", fault=type(fault).__name__)
    return _("Counting failed. Try again in a moment.")
