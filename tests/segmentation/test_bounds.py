"""Windows and dates at their very bounds, against the oracle, at instants that hurt."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue
from segmentation.compiler import Compiler, Question, StaticList
from segmentation.rules import Rule, parse
from tests.segmentation import vocabulary
from tests.segmentation.oracle import Oracle, World
from tests.segmentation.warehouse import Warehouse
from tests.segmentation.worlds import CALENDAR_UNITS, EXACT, NOWS, world_of

PARIS = ZoneInfo("Europe/Paris")


def nothing_stored(number: int) -> Rule | StaticList:
    raise AssertionError(f"These rules name no segment, yet {number} was asked for.")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return vocabulary.catalogue()


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse(PARIS)


def compare(
    world: World,
    now: dt.datetime,
    nodes: Iterable[Any],
    catalogue: Catalogue,
    warehouse: Warehouse,
) -> None:
    warehouse.fill(world)
    oracle = Oracle(world, now, PARIS)
    question = Question(catalogue, Clock(now, PARIS), nothing_stored)
    asked = {json.dumps(node): node for node in nodes}
    parsed = {
        name: parse({"version": 1, "rule": node}, catalogue).node for name, node in asked.items()
    }
    compiler = Compiler(question)
    statement = compiler.finish(compiler.flags(parsed, also=("id",)))
    rows = warehouse.connection.execute(statement.sql("duckdb")).fetchall()
    for column, (name, node) in enumerate(asked.items()):
        assert {row[-1] for row in rows if row[column]} == oracle.ids({"rule": node}), name


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_windows_hold_to_the_microsecond(
    catalogue: Catalogue, warehouse: Warehouse, now: dt.datetime
) -> None:
    empty = world_of(0, now, 0)
    clock = Oracle(empty, now, PARIS)
    bounds = {clock.shifted(times * n, unit) for n, unit in EXACT for times in (-2, -1, 0, 1)}
    instants = sorted(
        bound + dt.timedelta(microseconds=moved) for bound in bounds for moved in (-1, 0, 1)
    )
    template = world_of(0, now, 1)["customers"][0]
    world = {
        **empty,
        "customers": [
            {**template, "id": n, "signed_up_at": instant} for n, instant in enumerate(instants, 1)
        ],
        "messages": [
            {"id": n, "customer_id": n, "channel": "sms", "status": "sent", "sent_at": instant}
            for n, instant in enumerate(instants, 1)
        ],
    }
    compare(world, now, _windows_of_every_kind(), catalogue, warehouse)


def _windows_of_every_kind() -> Iterator[dict[str, Any]]:
    for n, unit in EXACT:
        yield {"messages": {"when": {"last": [n, unit]}}}
        yield {"messages": {"when": {"before": [n, unit]}}}
        yield {"messages": {"when": {"ago": [0, n, unit]}}}
        yield {"messages": {"when": {"ago": [n, 2 * n, unit]}}}
        for op in ("in_last", "in_next", "more_than_ago"):
            yield {"field": "signed_up_at", "op": op, "value": [n, unit]}
            yield {"messages": {"measure": "last", "op": op, "value": [n, unit]}}


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_dates_hold_to_the_day(
    catalogue: Catalogue, warehouse: Warehouse, now: dt.datetime
) -> None:
    empty = world_of(0, now, 0)
    clock = Oracle(empty, now, PARIS)
    today = clock.local(now).date()
    days = {
        clock.local(clock.shifted(sign * n, unit)).date() for n, unit in EXACT for sign in (-1, 1)
    }
    days |= {clock.local(clock.shifted(-years, "year")).date() for years in (1, 4, 18, 25)}
    days |= {dt.date(year, 2, 28) for year in (1996, 1999, 2000)}
    days = {day + dt.timedelta(days=moved) for day in (*days, today) for moved in range(-2, 3)}
    template = world_of(0, now, 1)["customers"][0]
    people = [{**template, "id": n, "birth_date": day} for n, day in enumerate(sorted(days), 1)]
    world = {**empty, "customers": people}
    compare(world, now, _dates_of_every_kind(today), catalogue, warehouse)


def _dates_of_every_kind(today: dt.date) -> Iterator[dict[str, Any]]:
    def born(op: str, value: Any) -> dict[str, Any]:
        return {"field": "birth_date", "op": op, "value": value}

    for n, unit in EXACT:
        for op in ("in_last", "in_next", "more_than_ago"):
            yield born(op, [n, unit])
    for n in (0, 1, 2, 3, 30, 363, 364, 365, 366):
        yield born("anniversary_in_next", [n, "day"])
    for op in ("on", "before", "after"):
        yield born(op, today.isoformat())
    for month in (2, 3, today.month):
        yield born("anniversary_month", month)
    for unit in CALENDAR_UNITS:
        for offset in (-1, 0, 1):
            yield born("calendar", {"unit": unit, "offset": offset})
    for years in (0, 1, 4, 18, 24, 25, 26, 24.5):
        for op in ("=", "!=", ">", ">=", "<", "<="):
            yield {"field": "age", "op": op, "value": years}
    yield {"field": "age", "op": "between", "value": [4, 18]}
    yield {"field": "age", "op": "top_percent", "value": 30}


def test_purchase_rhythms_hold_to_the_day(catalogue: Catalogue, warehouse: Warehouse) -> None:
    now = NOWS[0]
    gaps = (10, 11, 45, 46, 120, 121)
    template = world_of(0, now, 1)["customers"][0]
    bought = {"total": 1, "discount": 0, "status": "paid"}
    world = {
        **world_of(0, now, 0),
        "customers": [{**template, "id": n} for n, _ in enumerate(gaps, 1)],
        "orders": [
            {**bought, "id": n, "customer_id": n, "placed_at": now - dt.timedelta(days=days)}
            for n, gap in enumerate(gaps, 1)
            for days in (0, gap)
        ],
    }
    warehouse.fill(world)
    warehouse.store_profiles(now)
    rhythms = ("weekly", "monthly", "quarterly", "occasional")
    nodes = [{"field": "purchase_rhythm", "op": "is", "value": rhythm} for rhythm in rhythms]
    compare(world, now, nodes, catalogue, warehouse)
