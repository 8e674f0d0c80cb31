"""Answers: who a rule means, how many, and why, computed by DuckDB over the snapshot.

Invariant: each function reads one version of the snapshot from beginning to end, and everything
it says is as of `now` on that version. No answer is kept; ask again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import sqlglot
from django.conf import settings
from sqlglot import exp

from customers.models import Place
from segmentation import snapshot
from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue, Field, Source, load_catalogue
from segmentation.compiler import Compiler, Locate, Question, Resolve, StaticList
from segmentation.compiler import check_references as check_nodes
from segmentation.compiler.conditions import column, every
from segmentation.models import Segment
from segmentation.rules import Node, Rule, SegmentRef, parse

_DIALECT: Final = "duckdb"


@dataclass(frozen=True, slots=True)
class Reach:
    """How many a rule means, of how many, and how many of them each channel reaches."""

    as_of: dt.datetime
    base: int
    total: int
    email: int
    sms: int


@dataclass(frozen=True)
class Asking:
    """A cursor on one version of the snapshot, and the compiler of a statement for it.

    `as_of` is the version's instant. A compiler serves one statement.
    """

    cursor: duckdb.DuckDBPyConnection
    compiler: Compiler
    as_of: dt.datetime

    def rows(self, statement: exp.Select) -> list[tuple[Any, ...]]:
        """The rows of a finished statement."""
        return self.cursor.execute(statement.sql(_DIALECT)).fetchall()


@contextmanager
def asking(now: dt.datetime, catalogue: Catalogue | None = None) -> Iterator[Asking]:
    """Open the current version for one question at `now` (aware). Raises snapshot.NoSnapshot."""
    catalogue = catalogue or load_catalogue()
    with snapshot.cursor() as cursor:
        meta = snapshot.meta()
        profiles = None
        if not snapshot.profiles.served_by_cache(now, meta):
            recomputed = sqlglot.parse_one(snapshot.profiles.select_sql(now), dialect=_DIALECT)
            assert isinstance(recomputed, exp.Query)
            profiles = recomputed
        clock = Clock(now, ZoneInfo(settings.TIME_ZONE))
        question = Question(catalogue, clock, stored_segments(catalogue), profiles, places())
        yield Asking(cursor, Compiler(question), meta.built_at)


def count(rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None) -> int:
    """How many customers a rule means at `now`. Raises RuleError, snapshot.NoSnapshot."""
    with asking(now, catalogue) as asked:
        return int(asked.rows(asked.compiler.count(rule.node))[0][0])


def ids(rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None) -> list[int]:
    """The customers a rule means at `now`, ascending. Raises RuleError, snapshot.NoSnapshot."""
    with asking(now, catalogue) as asked:
        return [row[0] for row in asked.rows(asked.compiler.ids(rule.node))]


def members(
    rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None
) -> tuple[list[int], int, dt.datetime]:
    """`ids`, with the size of the base and the instant of the snapshot they were found in."""
    with asking(now, catalogue) as asked:
        found = [row[0] for row in asked.rows(asked.compiler.ids(rule.node))]
        return found, snapshot.meta().customers, asked.as_of


def sample(
    rule: Rule, now: dt.datetime, limit: int = 5, catalogue: Catalogue | None = None
) -> list[int]:
    """Some of the customers a rule means, scattered over the base and the same each time."""
    with asking(now, catalogue) as asked:
        return [row[0] for row in asked.rows(asked.compiler.sample(rule.node, limit))]


def counts(
    nodes: Mapping[str, Node], now: dt.datetime, catalogue: Catalogue | None = None
) -> dict[str, int]:
    """How many customers each of several nodes means, by name, in one scan."""
    names = {f"flag_{i}": name for i, name in enumerate(nodes)}
    if not names:
        return {}
    with asking(now, catalogue) as asked:
        flags = asked.compiler.flags({flag: nodes[name] for flag, name in names.items()})
        row = _tally(asked, flags, [(flag,) for flag in names])
    return dict(zip(names.values(), row, strict=True))


def by_value(
    entry: Field, now: dt.datetime, catalogue: Catalogue, source: Source | None = None
) -> dict[str, int]:
    """How many customers have each value of a choice, or a row of a source with it, folded."""
    with asking(now, catalogue) as asked:
        compiler = asked.compiler
        statement = compiler.by_value_of_rows(source, entry) if source else compiler.by_value(entry)
        return {str(value): n for value, n in asked.rows(statement) if value is not None}


def reach(rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None) -> Reach:
    """How many a rule means at `now`, and how many of them can be reached by each channel."""
    channels = ("reachable_email", "reachable_sms")
    with asking(now, catalogue) as asked:
        flags = asked.compiler.flags({"member": rule.node}, also=channels)
        kept: list[tuple[str, ...]] = [(), ("member",)]
        kept += [("member", channel) for channel in channels]
        return Reach(asked.as_of, *_tally(asked, flags, kept))


def _tally(asked: Asking, flags: exp.Select, kept: Sequence[tuple[str, ...]]) -> tuple[int, ...]:
    """For each tuple of flags, how many rows have all of them."""
    shown = [
        exp.Filter(
            this=exp.Count(this=exp.Star()),
            expression=exp.Where(this=every(column(flag) for flag in together)),
        )
        for together in kept
    ]
    people = exp.Subquery(this=flags, alias=exp.TableAlias(this=exp.to_identifier("people")))
    statement = exp.select(*shown, copy=False).from_(people, copy=False)
    return asked.rows(asked.compiler.finish(statement))[0]


def segment_rule(segment: Segment, catalogue: Catalogue | None = None) -> Rule:
    """What a segment means: its rule, or membership of its list. Raises RuleError."""
    if segment.kind == Segment.Kind.STATIC:
        return Rule(SegmentRef(segment.pk))
    return parse(segment.rule, catalogue or load_catalogue())


def check_references(
    rule: Rule, catalogue: Catalogue | None = None, own: int | None = None
) -> None:
    """Refuse references to unknown segments and circles; `own` is the segment being saved.

    Raises RuleError with the path of each reference at fault.
    """
    check_nodes(rule.node, stored_segments(catalogue or load_catalogue()), own, places())


def places() -> Locate:
    """Finds the shop's places in the database, read once where any is asked for."""
    known: dict[int, tuple[float, float]] | None = None

    def locate(number: int) -> tuple[float, float]:
        nonlocal known
        if known is None:
            rows = Place.objects.values_list("pk", "latitude", "longitude")
            known = {pk: (float(latitude), float(longitude)) for pk, latitude, longitude in rows}
        return known[number]

    return locate


def stored_segments(catalogue: Catalogue) -> Resolve:
    """Finds other segments' rules in the database, reading each once."""
    known: dict[int, Rule | StaticList] = {}

    def resolve(number: int) -> Rule | StaticList:
        if number not in known:
            try:
                segment = Segment.objects.only("kind", "rule").get(pk=number)
            except Segment.DoesNotExist:
                raise LookupError(number) from None
            if segment.kind == Segment.Kind.STATIC:
                known[number] = StaticList()
            else:
                known[number] = parse(segment.rule, catalogue)
        return known[number]

    return resolve
