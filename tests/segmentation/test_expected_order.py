"""When the next order is expected: the last one, and once more the time between orders."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segmentation.calendar import Clock
from segmentation.compiler import Compiler, Question
from segmentation.rules import parse
from tests.segmentation import vocabulary
from tests.segmentation.oracle import Oracle, World
from tests.segmentation.test_compiler import nobody, order, person
from tests.segmentation.warehouse import Warehouse
from tests.segmentation.worlds import NOWS, world_of

PARIS = ZoneInfo("Europe/Paris")
CATALOGUE = vocabulary.catalogue()
# By customer, the local instants of their orders, and when the next one is expected.
STORIES: dict[int, tuple[list[str], str | None]] = {
    # Ten days apart, over the night the clocks go back: ten times 24 hours later.
    1: (["2026-10-10T10:00", "2026-10-20T10:00"], "2026-10-30T09:00"),
    # Over the night they go forward, near midnight: on another day.
    2: (["2026-03-12T23:30", "2026-03-22T23:30"], "2026-04-02T00:30"),
    # On three days, seven in all: three days and a half.
    3: (["2026-11-01T08:00", "2026-11-03T08:00", "2026-11-08T08:00"], "2026-11-11T20:00"),
    # To 29 February, and to 1 March where there is none.
    4: (["2024-02-09T12:00", "2024-02-19T12:00"], "2024-02-29T12:00"),
    5: (["2025-02-09T12:00", "2025-02-19T12:00"], "2025-03-01T12:00"),
    # Twice on one day, or once: nothing tells.
    6: (["2026-11-01T08:00", "2026-11-01T18:00"], None),
    7: (["2026-11-01T08:00"], None),
    8: ([], None),
}


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse(PARIS)


def ask(warehouse: Warehouse, node: dict[str, Any], now: dt.datetime) -> set[int]:
    rule = parse({"version": 1, "rule": node}, CATALOGUE)
    question = Question(CATALOGUE, Clock(now, PARIS), nobody)
    return warehouse.ids(Compiler(question).ids(rule.node).sql("duckdb"))


def expected(op: str, value: Any = None) -> dict[str, Any]:
    test = {"op": op} if value is None else {"op": op, "value": value}
    return {"field": "expected_next_order_at", **test}


def test_the_next_order_is_as_far_ahead_as_orders_are_apart(warehouse: Warehouse) -> None:
    orders = [
        order(100 * pk + n, pk, day, "10.00")
        for pk, (days, _next) in STORIES.items()
        for n, day in enumerate(days)
    ]
    bare: World = {key: [] for key in ("items", "events", "messages", "engagements")}
    people = [person(pk) for pk in STORIES]
    warehouse.fill(bare | {"customers": people, "orders": orders})
    after = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    warehouse.store_profiles(after)
    told = {pk: moment for pk, (_days, moment) in STORIES.items() if moment}
    assert ask(warehouse, expected("is_set"), after) == set(told)
    for pk, moment in told.items():
        at = dt.datetime.fromisoformat(moment).replace(tzinfo=PARIS)
        exactly = [(expected("in_next", [0, "day"]), at), (expected("in_last", [0, "hour"]), at)]
        just_past = at + dt.timedelta(microseconds=1)
        for node, now in exactly:
            assert pk in ask(warehouse, node, now), moment
            assert pk not in ask(warehouse, node, just_past), moment
        assert pk in ask(warehouse, expected("on", moment[:10]), after)
        assert pk in ask(warehouse, expected("anniversary_month", int(moment[5:7])), after)
        assert pk in ask(warehouse, expected("anniversary_in_next", [0, "day"]), at)
        day_before = at - dt.timedelta(days=1)
        assert pk not in ask(warehouse, expected("anniversary_in_next", [0, "day"]), day_before)


def test_every_test_of_it_agrees_with_the_oracle_at_every_instant_that_hurts(
    warehouse: Warehouse,
) -> None:
    tests = [
        *(expected(op, "2026-03-29") for op in ("on", "before", "after")),
        *(expected(op, [n, "day"]) for op in ("in_last", "in_next") for n in (1, 30, 365)),
        expected("between", ["2026-03-01", "2026-12-31"]),
        expected("more_than_ago", [1, "month"]),
        expected("calendar", {"unit": "month", "offset": 0}),
        expected("anniversary_in_next", [60, "day"]),
        expected("anniversary_month", 3),
        expected("is_not_set"),
    ]
    telling = 0
    for seed, now in enumerate(NOWS):
        world = world_of(seed, now, 40)
        warehouse.fill(world)
        warehouse.store_profiles(now)
        oracle = Oracle(world, now, PARIS)
        for node in tests:
            found = ask(warehouse, node, now)
            assert found == oracle.ids({"version": 1, "rule": node}), (now, node)
            telling += 0 < len(found) < 40
    assert telling > 5 * len(NOWS)
