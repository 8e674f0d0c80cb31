"""Windows of time as bounds: local calendar arithmetic, done here and never in SQL.

Invariant: a bound depends on the clock passed in alone. Instants are naive UTC, as the snapshot
stores them; dates are local. A skipped local time moves forward, a repeated one is the first.
"""

from __future__ import annotations

import calendar as month_lengths
import datetime as dt
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from segmentation.rules import (
    Ago,
    Before,
    Between,
    Calendar,
    CalendarUnit,
    Days,
    Duration,
    Last,
    Value,
    When,
)

T = TypeVar("T", dt.datetime, dt.date)
_DAY = dt.timedelta(days=1)
# A year's margin keeps every conversion between zones inside what datetime can hold.
_EARLIEST = dt.datetime.combine(dt.date(2, 1, 1), dt.time())
_LATEST = dt.datetime.combine(dt.date(9998, 12, 31), dt.time())


@dataclass(frozen=True, slots=True)
class Range(Generic[T]):
    """From `low` to `high`; None is open, and each end is in unless said otherwise."""

    low: T | None = None
    high: T | None = None
    low_in: bool = True
    high_in: bool = True


@dataclass(frozen=True)
class Clock:
    """The instant a rule is asked at and the zone whose calendar counts.

    `now` must be aware; `instant` is it in naive UTC, `today` its local date.
    """

    now: dt.datetime
    zone: ZoneInfo
    instant: dt.datetime = field(init=False)
    today: dt.date = field(init=False)

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        object.__setattr__(self, "instant", self.now.astimezone(dt.UTC).replace(tzinfo=None))
        object.__setattr__(self, "today", self.now.astimezone(self.zone).date())

    def shift(self, n: int, unit: str) -> dt.datetime:
        """`n` units from now (negative: ago) in naive UTC; clamped to what can be written."""
        if n == 0:
            return self.instant
        try:
            if unit == "hour":
                return _clamp(self.instant + dt.timedelta(hours=n))
            local = self.now.astimezone(self.zone)
            moved = _move(local.date(), n, unit)
            return self.utc(dt.datetime.combine(moved, local.time()))
        except (OverflowError, ValueError):
            return _EARLIEST if n < 0 else _LATEST

    def utc(self, local: dt.datetime) -> dt.datetime:
        """A naive local time as naive UTC."""
        if not _EARLIEST < local < _LATEST:
            return _clamp(local)
        aware = local.replace(tzinfo=self.zone, fold=0)
        return aware.astimezone(dt.UTC).replace(tzinfo=None)

    def start_of(self, day: dt.date) -> dt.datetime:
        """The first instant of a local day, in naive UTC."""
        return self.utc(dt.datetime.combine(day, dt.time()))

    def date_of(self, instant: dt.datetime) -> dt.date:
        """The local date of an instant in naive UTC."""
        if not _EARLIEST < instant < _LATEST:
            return instant.date()
        return instant.replace(tzinfo=dt.UTC).astimezone(self.zone).date()


def window(when: When, clock: Clock) -> Range[dt.datetime]:
    """The instants a behaviour's `when` covers (the rows after now are hidden besides)."""
    match when:
        case Last(span):
            return Range(clock.shift(-span.n, span.unit), clock.instant)
        case Before(span):
            return Range(high=clock.shift(-span.n, span.unit), high_in=False)
        case Ago(recent, old, unit):
            return Range(clock.shift(-old, unit), clock.shift(-recent, unit))
        case Between(days):
            return _instants(_whole(days), clock)
        case Calendar(unit):
            return _instants(calendar_days(unit, clock.today), clock)


def instants(op: str, value: Value, clock: Clock) -> Range[dt.datetime]:
    """The instants a date operator accepts on an instant (anniversaries apart)."""
    match op, value:
        case "in_last", Duration(n, unit):
            return Range(clock.shift(-n, unit), clock.instant)
        case "in_next", Duration(n, unit):
            return Range(clock.instant, clock.shift(n, unit))
        case "more_than_ago", Duration(n, unit):
            return Range(high=clock.shift(-n, unit), high_in=False)
        case _:
            return _instants(_days(op, value, clock), clock)


def dates(op: str, value: Value, clock: Clock) -> Range[dt.date]:
    """The local dates a date operator accepts on a date (anniversaries apart)."""
    match op, value:
        case "in_last", Duration(n, unit):
            return Range(clock.date_of(clock.shift(-n, unit)), clock.today)
        case "in_next", Duration(n, unit):
            return Range(clock.today, clock.date_of(clock.shift(n, unit)))
        case "more_than_ago", Duration(n, unit):
            return Range(high=clock.date_of(clock.shift(-n, unit)), high_in=False)
        case _:
            return _days(op, value, clock)


def calendar_days(unit: CalendarUnit, today: dt.date) -> Range[dt.date]:
    """The days of a whole calendar unit, `offset` units from today's."""
    match unit.unit:
        case "day":
            start = today
        case "week":
            start = today - _DAY * today.weekday()
        case "month":
            start = today.replace(day=1)
        case _:
            start = today.replace(month=1, day=1)
    try:
        first = _move(start, unit.offset, unit.unit)
        return Range(first, _move(first, 1, unit.unit) - _DAY)
    except (OverflowError, ValueError):
        edge = dt.date.min if unit.offset < 0 else dt.date.max
        return Range(edge, edge, low_in=False, high_in=False)


@dataclass(frozen=True, slots=True)
class Anniversaries:
    """Days of the year, as month × 100 + day, from `first` to `last`; it may pass New Year.

    Someone born on 29 February (229) has the birthday on 1 March in other years.
    """

    first: int
    last: int

    @property
    def passes_new_year(self) -> bool:
        """Whether the days run from `first` to December and from January to `last`."""
        return self.first > self.last


def anniversaries(span: Duration, today: dt.date) -> Anniversaries:
    """The days of the year whose anniversary falls from today to `span` days on, both in."""
    if span.n >= 365:
        return Anniversaries(101, 1231)
    first, last = today, today + _DAY * span.n
    start = day_of_year(first)
    if start == 301 and not month_lengths.isleap(first.year):
        start = 229
    return Anniversaries(start, day_of_year(last))


def day_of_year(day: dt.date) -> int:
    """A date without its year: month × 100 + day."""
    return day.month * 100 + day.day


def _days(op: str, value: Value, clock: Clock) -> Range[dt.date]:
    match op, value:
        case "on", dt.date():
            return Range(value, value)
        case "before", dt.date():
            return Range(high=value, high_in=False)
        case "after", dt.date():
            return Range(low=value, low_in=False)
        case "between", Days():
            return _whole(value)
        case "calendar", CalendarUnit():
            return calendar_days(value, clock.today)
    raise ValueError(f"no such date operator: {op} {value!r}")


def _whole(days: Days) -> Range[dt.date]:
    return Range(days.first, days.last)


def _instants(days: Range[dt.date], clock: Clock) -> Range[dt.datetime]:
    """The instants of local days, half-open: from the first one's start to the day after."""
    low = days.low
    if low is not None and not days.low_in:
        low = _next(low)
    high = days.high
    if high is not None and days.high_in:
        high = _next(high)
    return Range(
        None if low is None else clock.start_of(low),
        None if high is None else clock.start_of(high),
        high_in=False,
    )


def _next(day: dt.date) -> dt.date:
    return day if day == dt.date.max else day + _DAY


def _move(day: dt.date, n: int, unit: str) -> dt.date:
    if unit == "day":
        return day + _DAY * n
    if unit == "week":
        return day + _DAY * 7 * n
    year, month = divmod(day.year * 12 + day.month - 1 + (n if unit == "month" else 12 * n), 12)
    last = month_lengths.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def _clamp(moment: dt.datetime) -> dt.datetime:
    return min(max(moment, _EARLIEST), _LATEST)
