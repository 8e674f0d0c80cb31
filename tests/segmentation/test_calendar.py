"""Windows of time, worked out by hand for Paris."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segmentation.calendar import (
    Anniversaries,
    Clock,
    Range,
    anniversaries,
    dates,
    instants,
    window,
)
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

PARIS = ZoneInfo("Europe/Paris")


def clock(utc: str, zone: str = "Europe/Paris") -> Clock:
    return Clock(dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC), ZoneInfo(zone))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "n", "unit", "expected"),
    [
        # 31 March at noon, summer time; a month before is the last of February, winter time.
        ("2026-03-31T10:00", -1, "month", "2026-02-28T11:00"),
        ("2024-03-31T10:00", -1, "month", "2024-02-29T11:00"),
        ("2026-03-31T10:00", -13, "month", "2025-02-28T11:00"),
        ("2024-02-29T11:00", -1, "year", "2023-02-28T11:00"),
        ("2024-02-29T11:00", 4, "year", "2028-02-29T11:00"),
        # The same time on the clock, 23 hours of real time later or 25 earlier.
        ("2026-03-29T10:00", -1, "day", "2026-03-28T11:00"),
        ("2026-10-25T11:00", -1, "day", "2026-10-24T10:00"),
        ("2026-10-25T11:00", -1, "week", "2026-10-18T10:00"),
        ("2026-10-25T11:00", -24, "hour", "2026-10-24T11:00"),
        # 2:30 on 29 March is skipped: 3:30 instead, which is 1:30 UTC.
        ("2026-03-30T00:30", -1, "day", "2026-03-29T01:30"),
        ("2026-04-29T00:30", -1, "month", "2026-03-29T01:30"),
        # 2:30 on 25 October comes twice: the first, which is 0:30 UTC.
        ("2026-10-26T01:30", -1, "day", "2026-10-25T00:30"),
        ("2026-11-25T01:30", -1, "month", "2026-10-25T00:30"),
        # Nought units from now is now, even the second time it is 2:30.
        ("2026-10-25T01:30", 0, "day", "2026-10-25T01:30"),
        ("2026-10-25T01:30", 0, "hour", "2026-10-25T01:30"),
    ],
)
def test_units_go_by_the_local_clock(now: str, n: int, unit: str, expected: str) -> None:
    assert clock(now).shift(n, unit) == at(expected)


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month", "year"])
def test_a_window_of_a_million_units_does_not_overflow(unit: str) -> None:
    past = clock("2026-11-21T14:32").shift(-1_000_000, unit)
    future = clock("2026-11-21T14:32").shift(1_000_000, unit)
    assert past < at("2026-01-01T00:00") < future


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (Last(Duration(2, "day")), Range(at("2026-11-19T14:32"), at("2026-11-21T14:32"))),
        (Before(Duration(1, "month")), Range(None, at("2026-10-21T13:32"), high_in=False)),
        (Ago(2, 4, "hour"), Range(at("2026-11-21T10:32"), at("2026-11-21T12:32"))),
        (
            Between(Days(dt.date(2026, 10, 25), dt.date(2026, 10, 25))),
            Range(at("2026-10-24T22:00"), at("2026-10-25T23:00"), high_in=False),
        ),
        (
            Between(Days(None, dt.date(2026, 3, 29))),
            Range(None, at("2026-03-29T22:00"), high_in=False),
        ),
        (
            Between(Days(dt.date(2026, 3, 29), None)),
            Range(at("2026-03-28T23:00"), None, high_in=False),
        ),
        (
            Calendar(CalendarUnit("day", -1)),
            Range(at("2026-11-19T23:00"), at("2026-11-20T23:00"), high_in=False),
        ),
        # Saturday 21 November 2026: the week began on Monday the 16th.
        (
            Calendar(CalendarUnit("week", 0)),
            Range(at("2026-11-15T23:00"), at("2026-11-22T23:00"), high_in=False),
        ),
        (
            Calendar(CalendarUnit("month", -1)),
            Range(at("2026-09-30T22:00"), at("2026-10-31T23:00"), high_in=False),
        ),
        (
            Calendar(CalendarUnit("year", 1)),
            Range(at("2026-12-31T23:00"), at("2027-12-31T23:00"), high_in=False),
        ),
    ],
)
def test_windows_cover_what_the_contract_says(when: When, expected: Range[Any]) -> None:
    assert window(when, clock("2026-11-21T14:32")) == expected


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (
            "on",
            dt.date(2026, 11, 21),
            Range(at("2026-11-20T23:00"), at("2026-11-21T23:00"), high_in=False),
        ),
        ("before", dt.date(2026, 11, 21), Range(None, at("2026-11-20T23:00"), high_in=False)),
        ("after", dt.date(2026, 11, 21), Range(at("2026-11-21T23:00"), None, high_in=False)),
        ("in_last", Duration(1, "hour"), Range(at("2026-11-21T13:32"), at("2026-11-21T14:32"))),
        ("in_next", Duration(1, "hour"), Range(at("2026-11-21T14:32"), at("2026-11-21T15:32"))),
        (
            "more_than_ago",
            Duration(3, "month"),
            Range(None, at("2026-08-21T13:32"), high_in=False),
        ),
    ],
)
def test_operators_on_instants(op: str, value: Value, expected: Range[Any]) -> None:
    assert instants(op, value, clock("2026-11-21T14:32")) == expected


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("on", dt.date(2026, 2, 28), Range(dt.date(2026, 2, 28), dt.date(2026, 2, 28))),
        ("before", dt.date(2026, 2, 28), Range(None, dt.date(2026, 2, 28), high_in=False)),
        ("after", dt.date(2026, 2, 28), Range(dt.date(2026, 2, 28), None, low_in=False)),
        # In Paris it is already the 22nd.
        ("in_last", Duration(1, "day"), Range(dt.date(2026, 11, 21), dt.date(2026, 11, 22))),
        ("in_last", Duration(1, "hour"), Range(dt.date(2026, 11, 21), dt.date(2026, 11, 22))),
        ("in_next", Duration(1, "month"), Range(dt.date(2026, 11, 22), dt.date(2026, 12, 22))),
        ("more_than_ago", Duration(1, "week"), Range(None, dt.date(2026, 11, 15), high_in=False)),
        (
            "calendar",
            CalendarUnit("month", -9),
            Range(dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
        ),
    ],
)
def test_operators_on_dates_compare_local_dates(
    op: str, value: Value, expected: Range[Any]
) -> None:
    assert dates(op, value, clock("2026-11-21T23:15")) == expected


@pytest.mark.parametrize("offset", [-1_000_000, 1_000_000])
@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
def test_a_calendar_unit_beyond_all_dates_is_empty(unit: str, offset: int) -> None:
    found = dates("calendar", CalendarUnit(unit, offset), clock("2026-11-21T14:32"))
    assert found.low is not None
    assert found.high is not None
    years = found.low.year
    assert years < 1000 or years > 4000


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        (dt.date(2026, 11, 21), 0, Anniversaries(1121, 1121)),
        (dt.date(2026, 12, 30), 5, Anniversaries(1230, 104)),
        (dt.date(2025, 2, 27), 1, Anniversaries(227, 228)),
        # 2025 has no 29 February: those born on it have their birthday on 1 March.
        (dt.date(2025, 3, 1), 0, Anniversaries(229, 301)),
        (dt.date(2024, 3, 1), 0, Anniversaries(301, 301)),
        (dt.date(2024, 2, 29), 0, Anniversaries(229, 229)),
        (dt.date(2024, 3, 1), 364, Anniversaries(301, 228)),
        (dt.date(2024, 3, 1), 365, Anniversaries(101, 1231)),
    ],
)
def test_anniversaries(today: dt.date, days: int, expected: Anniversaries) -> None:
    assert anniversaries(Duration(days, "day"), today) == expected


def test_a_day_that_starts_at_one_o_clock_starts_there() -> None:
    # In Beirut the clocks go forward at midnight.
    beirut = clock("2026-03-29T10:00", "Asia/Beirut")
    day = dt.date(2026, 3, 29)
    assert instants("on", day, beirut) == Range(
        at("2026-03-28T22:00"), at("2026-03-29T21:00"), high_in=False
    )


def test_a_clock_needs_an_aware_instant() -> None:
    with pytest.raises(ValueError, match="aware"):
        Clock(at("2026-11-21T14:32"), PARIS)
