"""An instant of a row, moved by a span of the local clock, as SQL.

DuckDB's own conversions are slow row by row and take the second of a repeated hour; here the
zone's changes of offset become a CASE. Invariant: agrees with `calendar.Clock.shift`: a skipped
local time is an hour later, a repeated one the first.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from sqlglot import exp

from segmentation.calendar import Clock
from segmentation.catalogue.expressions import moment, number
from segmentation.compiler.conditions import column
from segmentation.rules import Duration

# Changes of offset are looked for between these; before and after, the nearest one holds.
_SINCE: Final = dt.datetime.combine(dt.date(2000, 1, 1), dt.time())
_UNTIL: Final = dt.datetime.combine(dt.date(2060, 1, 1), dt.time())
# As far as DuckDB can add without leaving its calendar.
_FARTHEST_YEARS: Final = 200_000


def with_end(rows: exp.Select, span: Duration, clock: Clock) -> exp.Select:
    """Rows of "customer_id" and "at" with "over", `span` after "at" on the local clock.

    Instants are naive UTC. Only ends up to now are exact, since nothing is known beyond.
    """
    if span.unit == "hour" or span.n == 0:
        return _and(rows, "over", _plus(column("at"), span.n, "hour"))
    ahead = _offset("at", _known(_changes(clock.zone), clock))
    local = exp.paren(_plus(column("at"), ahead, "second"), copy=False)
    moved = _and(rows, "moved", _plus(local, span.n, span.unit))
    back = _offset("moved", _known(_local_changes(clock.zone), clock))
    return _and(moved, "over", _plus(column("moved"), exp.Neg(this=exp.paren(back)), "second"))


def _and(rows: exp.Select, name: str, value: exp.Expr) -> exp.Select:
    """The rows with one more column, computed from theirs."""
    inner = exp.Subquery(
        this=rows, alias=exp.TableAlias(this=exp.to_identifier("rows", quoted=True))
    )
    shown = exp.alias_(value, name, quoted=True)
    return exp.select(exp.Star(), shown, copy=False).from_(inner, copy=False)


def _known(
    changes: tuple[tuple[dt.datetime | None, int], ...], clock: Clock
) -> tuple[tuple[dt.datetime | None, int], ...]:
    """The changes so far, and one more: the others make no difference to what is before now."""
    so_far = sum(at is None or at <= clock.instant for at, _seconds in changes)
    return changes[: so_far + 1]


def _plus(instant: exp.Expr, n: int | exp.Expr, unit: str) -> exp.Expr:
    if unit == "year" and isinstance(n, int):
        n = min(n, _FARTHEST_YEARS)
    amount = number(n) if isinstance(n, int) else n
    span = exp.Anonymous(this=f"to_{unit}s", expressions=[amount])
    return exp.Add(this=instant, expression=span)


def _offset(name: str, changes: tuple[tuple[dt.datetime | None, int], ...]) -> exp.Expr:
    """The seconds ahead of UTC at the instant in a column, the latest change first."""
    (_always, first), *later = changes
    cases = [
        exp.If(this=exp.GTE(this=column(name), expression=moment(at)), true=number(seconds))
        for at, seconds in reversed(later)
        if at is not None
    ]
    return exp.Case(ifs=cases, default=number(first)) if cases else number(first)


@cache
def _changes(zone: ZoneInfo) -> tuple[tuple[dt.datetime | None, int], ...]:
    """When, in naive UTC, the offset becomes how many seconds; the first one holds from ever."""
    found: list[tuple[dt.datetime | None, int]] = [(None, _seconds(_SINCE, zone))]
    day = _SINCE
    while day < _UNTIL:
        after = day + dt.timedelta(days=1)
        if _seconds(after, zone) != found[-1][1]:
            at = _change_between(day, after, zone)
            found.append((at, _seconds(after, zone)))
        day = after
    return tuple(found)


@cache
def _local_changes(zone: ZoneInfo) -> tuple[tuple[dt.datetime | None, int], ...]:
    """When, on the local clock, to count with the next offset.

    Skipped times still count with the old one, which moves them an hour later; so do repeated
    ones, which makes them the first.
    """
    changes = _changes(zone)
    local: list[tuple[dt.datetime | None, int]] = [changes[0]]
    for (_at, old), (at, new) in pairwise(changes):
        assert at is not None
        local.append((at + dt.timedelta(seconds=max(old, new)), new))
    return tuple(local)


def _change_between(early: dt.datetime, late: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first second with the later offset."""
    before = _seconds(early, zone)
    while late - early > dt.timedelta(seconds=1):
        seconds = (late - early) // dt.timedelta(seconds=1) // 2
        middle = early + dt.timedelta(seconds=seconds)
        if _seconds(middle, zone) == before:
            early = middle
        else:
            late = middle
    return late


def _seconds(instant: dt.datetime, zone: ZoneInfo) -> int:
    offset = instant.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset()
    return int((offset or dt.timedelta()).total_seconds())
