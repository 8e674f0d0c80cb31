"""A look at a rule being edited: what each condition leaves, how many in all, who they are.

Invariants: one statement on the snapshot for all the numbers of a look, all at the same instant;
what is unfinished is left out of every number and said to be. In a group of which all conditions
must hold, a condition's number is what is left after it and those before it, in the group and
around it; in one of which any may hold, how many of those around the group meet it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb
import structlog
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from segmentation import answers, funnel, snapshot
from segmentation.builder.draft import ROOT, Group, Leaf, places
from segmentation.builder.drawing import Drawn
from segmentation.builder.writing import Written, write
from segmentation.catalogue import Catalogue
from segmentation.describe import explain
from segmentation.distributions import Chart
from segmentation.figures import Figures, figures
from segmentation.rules import Rule, RuleError, segments_of

SAMPLE: Final = 5
MOST_DRAWS: Final = 200
_SPENT: Final = """
    SELECT customer_id, orders_count, total_spent FROM profiles
    WHERE customer_id IN (SELECT unnest($ids))
"""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Person:
    """Someone of the segment, by name; the figures are the snapshot's."""

    pk: int
    name: str
    city: str
    orders: int
    spent: Decimal
    url: str


@dataclass(slots=True)
class Look:
    """What a look told; the numbers are None where `trouble` says why there are none."""

    sentence: str = ""
    json: str = ""
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    unfinished: Mapping[str, str] = dataclasses.field(default_factory=dict)
    wrong: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)
    total: int | None = None
    base: int = 0
    email: int | None = None
    sms: int | None = None
    revenue_share: float | None = None
    enter: int | None = None
    leave: int | None = None
    entering: list[Person] = dataclasses.field(default_factory=list)
    leaving_people: list[Person] = dataclasses.field(default_factory=list)
    people: list[Person] | None = None
    charts: tuple[Chart, ...] = ()
    funnel: funnel.Funnel | None = None
    draw_of: int = 0
    as_of: dt.datetime | None = None
    newer_facts: bool = False
    trouble: str = ""

    @property
    def share(self) -> float | None:
        """Those counted as a share of the base."""
        return None if self.total is None else self.total / self.base if self.base else 0.0

    @property
    def leaving(self) -> int:
        """Those who would leave, as what the size loses."""
        return -(self.leave or 0)

    @property
    def left_out(self) -> int:
        """How many conditions do not count yet."""
        return len(self.unfinished) + len(self.wrong)


def nth(posted: Mapping[str, Any]) -> int:
    """Which five people are asked for, from a posted form."""
    text = str(posted.get("draw_of", ""))
    whole = text.isascii() and text.isdigit() and len(text) < 9
    return int(text) % MOST_DRAWS if whole else 0


def look(
    draft: Group,
    catalogue: Catalogue,
    *,
    saved: dict[str, Any] | None = None,
    people: bool = False,
    draw_of: int = 0,
    now: dt.datetime | None = None,
) -> Look:
    """Look at a draft as of now; `saved` is the rule in force, `people` whether names may show."""
    written, rule, wrong = accepted(draft, catalogue)
    seen = Look(
        json=json.dumps(written.rule, ensure_ascii=False, indent=2),
        unfinished=written.unfinished,
        wrong=wrong,
        draw_of=draw_of,
        newer_facts=snapshot.pending() > 0,
    )
    if rule is None:
        seen.trouble = _("The rule cannot be counted until what is marked is corrected.")
        return seen
    now = now or timezone.now()
    try:
        seen.sentence = answers.sentence(rule, catalogue)
        wanted = SAMPLE * (draw_of + 1) if people else 0
        was = _in_force(saved, catalogue) if saved is not None and written.rule != saved else None
        told = figures(rule, now, catalogue, was=was, people=wanted)
        _put(seen, told, written)
        names = answers.names_of(segments_of(rule.node))
        seen.funnel = funnel.funnel(rule, told, catalogue, names)
        if people:
            _put_people(seen, told)
    except RuleError as refused:
        for problem in refused.problems:
            place = written.place_of(problem.path)
            wrong.setdefault(place, []).append(explain(problem))
        seen.trouble = _("The rule cannot be counted until what is marked is corrected.")
    except snapshot.NoSnapshot:
        seen.trouble = _("There is nothing to count yet: the data is being prepared.")
    except duckdb.Error as fault:
        log.warning("rule_not_counted", fault=type(fault).__name__)
        seen.trouble = _("Counting failed. Change the rule or try again in a moment.")
    return seen


def glance(draft: Group, catalogue: Catalogue) -> Look:
    """What can be told of a draft before anything is counted: what is unfinished or unreadable."""
    written = write(draft, catalogue)
    return Look(unfinished=written.unfinished, wrong=written.wrong)


def accepted(
    draft: Group, catalogue: Catalogue
) -> tuple[Written, Rule | None, dict[str, list[str]]]:
    """The rule without the conditions that are refused, and what is wrong by place.

    There is no rule where what is refused is not a condition but the whole of them or a group.
    """
    written, refused = write(draft, catalogue), dict[str, list[str]]()
    conditions = {place for place, node in places(draft) if isinstance(node, Leaf)}
    while True:
        wrong = {**written.wrong, **refused}
        try:
            return written, answers.check(written.rule, catalogue), wrong
        except RuleError as told:
            for problem in told.problems:
                wrong.setdefault(written.place_of(problem.path), []).append(explain(problem))
        # What was wrong before is not in the rule any more; what is new may be left out as well.
        fresh = conditions & wrong.keys() - refused.keys() - written.wrong.keys()
        if not fresh:
            return written, None, wrong
        refused |= {place: wrong[place] for place in fresh}
        written = write(draft, catalogue, without=refused)


def put_counts(drawn: Drawn, seen: Look, *, with_errors: bool = False) -> None:
    """Put what a look told at the nodes of a drawing."""
    for node in drawn.all():
        node.count = seen.counts.get(node.place)
        node.unfinished = seen.unfinished.get(node.place, "")
        if with_errors or not node.errors:
            node.errors = seen.wrong.get(node.place, ())


def _in_force(saved: dict[str, Any], catalogue: Catalogue) -> Rule | None:
    """The rule in force, to compare with; None where it can no longer be counted."""
    try:
        return answers.check(saved, catalogue)
    except RuleError:
        return None


def _put(seen: Look, told: Figures, written: Written) -> None:
    seen.counts = {
        place: told.remaining[path] for path, place in written.places.items() if place != ROOT
    }
    seen.total, seen.base, seen.as_of = told.total, told.base, told.as_of
    seen.email, seen.sms = told.reach["email"], told.reach["sms"]
    seen.revenue_share, seen.charts = told.revenue_share, told.charts
    if told.comings is not None:
        seen.enter, seen.leave = told.comings.enter, told.comings.leave


def _put_people(seen: Look, told: Figures) -> None:
    """Five people of the segment, and some of those who would come and go."""
    # The same people come in the same order each time: the next five are further on.
    first = len(told.people) - SAMPLE if len(told.people) > SAMPLE else 0
    drawn = told.people[first:]
    entering, leaving = (told.comings.entering, told.comings.leaving) if told.comings else ((), ())
    known = persons([*drawn, *entering, *leaving])
    seen.people, seen.entering, seen.leaving_people = (
        [known[pk] for pk in ids if pk in known] for ids in (drawn, entering, leaving)
    )


def persons(ids: Sequence[int]) -> dict[int, Person]:
    """People by id; names and places come from the database at this moment, the rest as it was."""
    with snapshot.cursor() as cursor:
        found = cursor.execute(_SPENT, {"ids": list(ids)}).fetchall()
    spent = {pk: (orders, total) for pk, orders, total in found}
    nobody = (0, Decimal(0))
    return {
        pk: Person(pk, named.display_name, named.city, *spent.get(pk, nobody), _url(pk))
        for pk, named in Customer.objects.in_bulk(list(ids)).items()
    }


def _url(pk: int) -> str:
    try:
        return reverse("customers:detail", args=[pk])
    except NoReverseMatch:
        return ""
