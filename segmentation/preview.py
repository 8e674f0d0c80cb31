"""A look at a rule being edited: what each condition leaves, how many in all, who they are.

Invariants: one scan of the snapshot for all the numbers of a look, all at the same instant; what
is unfinished is left out of every number and said to be. In a group of which all conditions must
hold, a condition's number is what is left after it and those before it, in the group and around
it; in one of which any may hold, how many of those around the group meet it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb
import structlog
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from segmentation import answers, engine, snapshot
from segmentation.builder.draft import ROOT, Group
from segmentation.builder.drawing import Drawn
from segmentation.builder.writing import Written, write
from segmentation.catalogue import Catalogue
from segmentation.describe import explain
from segmentation.figures import figures
from segmentation.rules import AllOf, Not, Rule, RuleError

SAMPLE: Final = 5
MOST_DRAWS: Final = 200
_SPENT: Final = """
    SELECT customer_id, orders_count, total_spent FROM profiles
    WHERE list_contains($ids, customer_id)
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
    people: list[Person] | None = None
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
    written = write(draft, catalogue)
    wrong = dict(written.wrong)
    seen = Look(
        json=json.dumps(written.rule, ensure_ascii=False, indent=2),
        unfinished=written.unfinished,
        wrong=wrong,
        draw_of=draw_of,
        newer_facts=snapshot.pending() > 0,
    )
    now = now or timezone.now()
    try:
        rule = answers.check(written.rule, catalogue)
        seen.sentence = answers.sentence(rule, catalogue)
        _count(seen, rule, written, catalogue, saved, now)
        if people:
            seen.people = _sample(rule, catalogue, now, seen.draw_of)
    except RuleError as refused:
        for problem in refused.problems:
            told = explain(problem)
            wrong.setdefault(written.place_of(problem.path), []).append(told)
        seen.trouble = _("The rule cannot be counted until what is marked is corrected.")
    except snapshot.NoSnapshot:
        seen.trouble = _("There is nothing to count yet: the data is being prepared.")
    except duckdb.Error as fault:
        log.warning("rule_not_counted", fault=type(fault).__name__)
        seen.trouble = _("Counting failed. Change the rule or try again in a moment.")
    return seen


def put_counts(drawn: Drawn, seen: Look, *, with_errors: bool = False) -> None:
    """Put what a look told at the nodes of a drawing."""
    for node in drawn.all():
        node.count = seen.counts.get(node.place)
        node.unfinished = seen.unfinished.get(node.place, "")
        if with_errors or not node.errors:
            node.errors = seen.wrong.get(node.place, ())


def _count(
    seen: Look,
    rule: Rule,
    written: Written,
    catalogue: Catalogue,
    saved: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    told = figures(rule, now, catalogue)
    seen.counts = {
        place: told.remaining[path] for path, place in written.places.items() if place != ROOT
    }
    seen.total, seen.base, seen.as_of = told.total, told.base, told.as_of
    seen.email, seen.sms = told.reach["email"], told.reach["sms"]
    seen.revenue_share = told.revenue_share
    if saved is not None and written.rule != saved:
        _compare(seen, rule, saved, catalogue, now)


def _compare(
    seen: Look, rule: Rule, saved: dict[str, Any], catalogue: Catalogue, now: dt.datetime
) -> None:
    """How many the rule being edited would let in and out, against the one in force."""
    try:
        old = answers.check(saved, catalogue)
    except RuleError:
        return
    asked = {
        "enter": AllOf((rule.node, Not(old.node))),
        "leave": AllOf((old.node, Not(rule.node))),
    }
    told = engine.counts(asked, now, catalogue)
    seen.enter, seen.leave = told["enter"], told["leave"]


def _sample(rule: Rule, catalogue: Catalogue, now: dt.datetime, draw_of: int) -> list[Person]:
    """Five people of the segment; names and places come from the database, at this moment."""
    drawn = engine.sample(rule, now, SAMPLE * (draw_of + 1), catalogue)
    # The same people come in the same order each time: the next five are further on.
    first = len(drawn) - SAMPLE if len(drawn) > SAMPLE else 0
    ids = drawn[first:]
    with snapshot.cursor() as cursor:
        found = cursor.execute(_SPENT, {"ids": ids}).fetchall()
    spent = {pk: (orders, total) for pk, orders, total in found}
    named = Customer.objects.in_bulk(ids)
    nobody = (0, Decimal(0))
    return [
        Person(pk, named[pk].display_name, named[pk].city, *spent.get(pk, nobody), _url(pk))
        for pk in ids
        if pk in named
    ]


def _url(pk: int) -> str:
    try:
        return reverse("customers:detail", args=[pk])
    except NoReverseMatch:
        return ""
