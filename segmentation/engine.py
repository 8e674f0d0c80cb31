"""Answers: who a rule means, how many, and why, computed by DuckDB over the snapshot.

Invariant: each function reads one version of the snapshot from beginning to end, and everything
it says is as of `now` on that version. No answer is kept; ask again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import sqlglot
from django.conf import settings
from sqlglot import exp

from segmentation import snapshot
from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.compiler import Compiler, Question, Resolve, StaticList
from segmentation.compiler import check_references as check_nodes
from segmentation.compiler.figures import REACH, plan
from segmentation.models import Segment
from segmentation.rules import AllOf, Node, Problem, Rule, RuleError, SegmentRef, parse

_DIALECT = "duckdb"


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a rule. Money in the shop's currency; `as_of` is the snapshot's instant.

    By JSON path of each node: `alone`, how many it means by itself; `remaining`, how many are left
    after it and everything that stands before it in the groups where all must hold.
    """

    as_of: dt.datetime
    base: int
    total: int
    reach: Mapping[str, int]
    revenue: Decimal
    base_revenue: Decimal
    alone: Mapping[str, int]
    remaining: Mapping[str, int]

    @property
    def share(self) -> float:
        """The part of the base, 0 to 1."""
        return self.total / self.base if self.base else 0.0

    @property
    def revenue_share(self) -> float:
        """The part of the base's revenue, 0 to 1."""
        return float(self.revenue / self.base_revenue) if self.base_revenue else 0.0


def count(rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None) -> int:
    """How many customers a rule means at `now`. Raises RuleError, snapshot.NoSnapshot."""
    with _asking(now, catalogue) as asked:
        return int(asked.rows(asked.compiler.count(rule.node))[0][0])


def ids(rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None) -> list[int]:
    """The customers a rule means at `now`, ascending. Raises RuleError, snapshot.NoSnapshot."""
    with _asking(now, catalogue) as asked:
        return [row[0] for row in asked.rows(asked.compiler.ids(rule.node))]


def sample(
    rule: Rule, now: dt.datetime, limit: int = 5, catalogue: Catalogue | None = None
) -> list[int]:
    """Some of the customers a rule means, scattered over the base and the same each time."""
    with _asking(now, catalogue) as asked:
        return [row[0] for row in asked.rows(asked.compiler.sample(rule.node, limit))]


def counts(
    nodes: Mapping[str, Node], now: dt.datetime, catalogue: Catalogue | None = None
) -> dict[str, int]:
    """How many customers each of several nodes means, by name, in one scan."""
    names = {f"flag_{i}": name for i, name in enumerate(nodes)}
    if not names:
        return {}
    with _asking(now, catalogue) as asked:
        flags = asked.compiler.flags({flag: nodes[name] for flag, name in names.items()})
        shown = [
            exp.Filter(
                this=exp.Count(this=exp.Star()),
                expression=exp.Where(this=exp.column(flag, quoted=True)),
            )
            for flag in names
        ]
        statement = exp.select(*shown, copy=False).from_(
            exp.Subquery(this=flags, alias=exp.TableAlias(this=exp.to_identifier("flags"))),
            copy=False,
        )
        row = asked.rows(asked.compiler.finish(statement))[0]
    return dict(zip(names.values(), row, strict=True))


def figures(rule: Rule, now: dt.datetime, catalogue: Catalogue | None = None) -> Figures:
    """All the numbers the builder shows of a rule, in one scan."""
    with _asking(now, catalogue) as asked:
        planned = plan(asked.compiler, rule.node)
        row = asked.rows(planned.statement)[0]
        names = [shown.alias for shown in planned.statement.expressions]
        told = dict(zip(names, row, strict=True))
        return Figures(
            as_of=asked.as_of,
            base=told["base"],
            total=told["total"],
            reach={channel: told[channel] for channel in REACH},
            revenue=told["revenue"] or Decimal(0),
            base_revenue=told["base_revenue"] or Decimal(0),
            alone={path: told[name] for path, name in planned.alone.items()},
            remaining={path: told[name] for path, name in planned.remaining.items()},
        )


def segment_rule(segment: Segment, catalogue: Catalogue | None = None) -> Rule:
    """What a segment means: its rule, or membership of its list. Raises RuleError."""
    if segment.kind == Segment.Kind.STATIC:
        return Rule(AllOf((SegmentRef(segment.pk),)))
    return parse(segment.rule, catalogue or load_catalogue())


def check_references(
    rule: Rule, catalogue: Catalogue | None = None, own: int | None = None
) -> None:
    """Refuse references to unknown segments and circles; `own` is the segment being saved.

    Raises RuleError with the path of each reference at fault.
    """
    check_nodes(rule.node, stored_segments(catalogue or load_catalogue()), own)


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


@dataclass(frozen=True)
class _Asked:
    """A cursor on one version of the snapshot and a compiler for it."""

    cursor: duckdb.DuckDBPyConnection
    compiler: Compiler
    as_of: dt.datetime

    def rows(self, statement: exp.Select) -> list[tuple[int, ...]]:
        return self.cursor.execute(statement.sql(_DIALECT)).fetchall()


@contextmanager
def _asking(now: dt.datetime, catalogue: Catalogue | None) -> Iterator[_Asked]:
    catalogue = catalogue or load_catalogue()
    with snapshot.cursor() as cursor:
        meta = snapshot.meta()
        profiles = None
        if not snapshot.profiles.served_by_cache(now, meta):
            recomputed = sqlglot.parse_one(snapshot.profiles.select_sql(now), dialect=_DIALECT)
            assert isinstance(recomputed, exp.Query)
            profiles = recomputed
        clock = Clock(now, ZoneInfo(settings.TIME_ZONE))
        question = Question(catalogue, clock, stored_segments(catalogue), profiles)
        yield _Asked(cursor, Compiler(question), meta.built_at)


def unknown_segment(number: object) -> RuleError:
    """The refusal of a segment number that names none."""
    return RuleError([Problem("$.segment", "unknown_segment", {"key": number})])
