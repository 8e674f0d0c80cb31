"""How many days people were active on, over spans of every length, where clocks go back a day."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segmentation.calendar import Clock
from segmentation.compiler import Compiler, Question, StaticList
from segmentation.rules import Rule, parse
from tests.segmentation import vocabulary
from tests.segmentation.oracle import World
from tests.segmentation.warehouse import Warehouse
from tests.segmentation.worlds import world_of

pytestmark = pytest.mark.sqlite_suffices
# At 00:01 of 7 November 2010 it was 23:01 of the 6th again.
ST_JOHNS = ZoneInfo("America/St_Johns")
NOW = dt.datetime(2010, 11, 7, 5, 30, 30, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# One customer comes every day, one every third, one twice on odd days: for three years.
EVERY = {1: (DAY, 1100), 2: (3 * DAY, 370), 3: (DAY, 1100)}
# Around one word of bits, several, and more than there are words for.
SPANS = (1, 90, 123, 124, 125, 126, 365, 503, 1004, 1005, 1006, 1090)


@cache
def _came() -> dict[int, list[dt.datetime]]:
    came = {n: [NOW - HOUR - step * i for i in range(times)] for n, (step, times) in EVERY.items()}
    came[3] = [at + more for at in came[3] if at.day % 2 for more in (-HOUR, HOUR)]
    # In the last three hours: first on the 7th, then on the 6th again, then on the 7th.
    came[4] = [NOW - 3 * HOUR, NOW - 3 * HOUR + dt.timedelta(minutes=10), NOW]
    return came


def _world() -> World:
    empty = world_of(0, NOW, 0)
    person = world_of(0, NOW, 1)["customers"][0]
    visits = [(n, at) for n, times in _came().items() for at in times]
    events = [
        {"id": i, "customer_id": n, "name": "visit", "occurred_at": at}
        for i, (n, at) in enumerate(visits)
    ]
    people = [{**person, "id": n} for n in (*_came(), 5)]
    return {**empty, "customers": people, "events": events}


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    warehouse = Warehouse(ST_JOHNS)
    warehouse.fill(_world())
    return warehouse


def nothing_stored(number: int) -> Rule | StaticList:
    raise AssertionError(f"These rules name no segment, yet {number} was asked for.")


def holds(node: Any, warehouse: Warehouse) -> set[int]:
    catalogue = vocabulary.catalogue()
    rule = parse({"version": 1, "rule": node}, catalogue)
    compiler = Compiler(Question(catalogue, Clock(NOW, ST_JOHNS), nothing_stored))
    return warehouse.ids(compiler.ids(rule.node).sql("duckdb"))


def days(customer: int, since: dt.datetime, until: dt.datetime = NOW) -> int:
    """The different local days of a customer, both ends in."""
    times = _came().get(customer, [])
    return len({at.astimezone(ST_JOHNS).date() for at in times if since <= at <= until})


@pytest.mark.parametrize("span", SPANS)
def test_days_are_counted_over_spans_of_every_length(warehouse: Warehouse, span: int) -> None:
    clock = Clock(NOW, ST_JOHNS)
    middle, start = (clock.shift(-n * span, "day").replace(tzinfo=dt.UTC) for n in (1, 2))
    last = {"last": [span, "day"]}
    now = {n: days(n, middle) for n in (*EVERY, 4, 5)}
    for wanted in {*now.values(), max(now.values()) + 1}:
        counted = {"events": {"measure": "days", "op": "=", "value": wanted, "when": last}}
        assert holds(counted, warehouse) == {n for n, found in now.items() if found == wanted}
        within = {"per": "name", **counted["events"]}
        several = {n for n, found in now.items() if found == wanted > 0}
        assert holds({"events": within}, warehouse) == several
    before = {n: days(n, start, middle - dt.timedelta(microseconds=1)) for n in now}
    down = {"trend": {"of": "events", "measure": "days", **last, "op": "down"}}
    assert holds(down, warehouse) == {n for n in now if now[n] < before[n]}


def test_a_day_that_comes_again_is_still_counted(warehouse: Warehouse) -> None:
    since = {"measure": "days", "op": "=", "value": 2, "when": {"last": [3, "hour"]}}
    assert days(4, NOW - 3 * HOUR) == 2
    assert (NOW - 3 * HOUR).astimezone(ST_JOHNS).date() == NOW.astimezone(ST_JOHNS).date()
    assert holds({"events": since}, warehouse) == {4}
