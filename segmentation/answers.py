"""Stored rules, read and checked before they are asked, and what goes wrong put into words.

Invariant: nothing reaches the engine or the database that the rule language's own reader has not
accepted, with references that lead to known segments and never back.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from segmentation import engine, filling, lease, snapshot
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.describe import describe
from segmentation.describe import explain as explain_problem
from segmentation.models import Segment
from segmentation.rules import Problem, Rule, RuleError, parse, segments_of, to_json


def check(data: Any, catalogue: Catalogue | None = None, *, own: int | None = None) -> Rule:
    """The rule in decoded JSON; `own` is the number of the segment it is for, if it has one.

    Raises RuleError for what cannot be read and for references that lead nowhere or back.
    """
    catalogue = catalogue or load_catalogue()
    rule = parse(data, catalogue)
    engine.check_references(rule, catalogue, own)
    return rule


def ids(segment: Segment, now: dt.datetime) -> list[int]:
    """The customers a segment's rule holds for at `now`, ascending. Raises RuleError."""
    catalogue = load_catalogue()
    return engine.ids(check(segment.rule, catalogue, own=segment.pk), now, catalogue)


def reach(segment: Segment, now: dt.datetime) -> tuple[int, int]:
    """How many of a segment can be reached by e-mail, and by SMS."""
    catalogue = load_catalogue()
    told = engine.reach(engine.segment_rule(segment, catalogue), now, catalogue)
    return told.email, told.sms


def segment_names(own: int | None) -> dict[int, str]:
    """The segments a rule may refer to: those in use, but for its own."""
    used = Segment.objects.filter(archived_at=None)
    if own is not None:
        used = used.exclude(pk=own)
    return dict(used.values_list("pk", "name"))


def all_segment_names() -> dict[int, str]:
    """Every segment by its number, archived ones too."""
    return dict(Segment.objects.order_by().values_list("pk", "name"))


def names_of(numbers: Iterable[int]) -> dict[int, str]:
    """These segments' names, archived ones too, for a rule may still refer to them."""
    return dict(Segment.objects.filter(pk__in=list(numbers)).values_list("pk", "name"))


def told(segment: Segment) -> str:
    """What a segment means, in words."""
    if segment.kind == Segment.Kind.STATIC:
        return _("A list of people, which does not change by itself.")
    return in_words(segment.rule, load_catalogue())


def in_words(
    rule: dict[str, Any], catalogue: Catalogue, names: Mapping[int, str] | None = None
) -> str:
    """A stored rule in words, whatever became of what it names; `names` are the segments'."""
    try:
        read = parse(rule, catalogue)
    except RuleError:
        return _("This rule can no longer be read: edit it to see what is wrong.")
    return sentence(read, catalogue) if names is None else describe(read, catalogue, names)


def as_text(segment: Segment) -> str:
    """The rule as indented JSON; '' for a list."""
    if segment.kind == Segment.Kind.STATIC:
        return ""
    try:
        # Databases keep the keys of JSON in an order of their own.
        rule = to_json(parse(segment.rule, load_catalogue()))
    except RuleError:
        rule = segment.rule
    return json.dumps(rule, ensure_ascii=False, indent=2)


def sentence(rule: Rule, catalogue: Catalogue) -> str:
    """A rule in words."""
    return describe(rule, catalogue, names_of(segments_of(rule.node)))


def _briefly(problem: Problem) -> str:
    """A problem without the list of everything that would have been right."""
    if problem.code == "unknown_field":
        return _("The field “%(field)s” no longer exists.") % {"field": problem.params["key"]}
    return explain_problem(problem)


def explain(fault: Exception) -> str:
    """Why a segment could not be refreshed, for the people who use it."""
    if isinstance(fault, RuleError):
        return " ".join(_briefly(problem) for problem in fault.problems)
    if isinstance(fault, snapshot.NoSnapshot):
        return _("The data is not ready yet.")
    if isinstance(fault, filling.TookTooLong):
        return _("The rule took too long to answer: simplify it, or ask it of fewer rows.")
    if isinstance(fault, lease.Stopped):
        return _("Somebody stopped it.")
    return _("The members could not be worked out (%(fault)s).") % {"fault": type(fault).__name__}
