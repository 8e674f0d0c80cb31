"""Each operator by hand on a few rows, and numbers that mean harm."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue
from segmentation.compiler import Compiler, Question, StaticList
from segmentation.rules import Rule, parse
from tests.segmentation import vocabulary
from tests.segmentation.oracle import World
from tests.segmentation.warehouse import Warehouse

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)


def person(number: int, **known: Any) -> dict[str, Any]:
    reach = {"email_consent": "unknown", "sms_consent": "unknown", "tracking_consent": "unknown"}
    flags = dict.fromkeys(("has_email", "has_mobile", "reachable_email", "reachable_sms"), False)
    return {"id": number, "tags": [], "interests": [], **reach, **flags, **known}


def order(number: int, customer: int, day: str, total: str, **known: Any) -> dict[str, Any]:
    placed = dt.datetime.fromisoformat(day).replace(tzinfo=PARIS)
    return {
        "id": number,
        "customer_id": customer,
        "placed_at": placed.astimezone(dt.UTC),
        "total": Decimal(total),
        "discount": Decimal(0),
        "status": "paid",
        **known,
    }


# 1 has everything, 2 something else, 3 nothing at all.
WORLD: World = {
    "customers": [
        person(
            1,
            gender="female",
            city="Évry  Ville",
            birth_date=dt.date(1996, 2, 29),
            tags=["VIP", "Été"],
            interests=["Bio", "Vélo"],
            signed_up_at=dt.datetime(2026, 10, 31, 23, 30, tzinfo=dt.UTC),
            has_email=True,
            **{"attr:vip": True, "attr:size": Decimal("38.5")},
        ),
        person(
            2,
            gender="male",
            city="Lyon",
            birth_date=dt.date(2000, 11, 21),
            tags=["vip"],
            **{"attr:vip": False, "attr:size": Decimal(40)},
        ),
        person(3, city="  "),
    ],
    "orders": [
        order(1, 1, "2026-11-20T10:00", "10.00", store="Nord"),
        order(2, 1, "2026-11-20T18:00", "20.01", store="nord", discount=Decimal(1)),
        order(3, 1, "2026-08-01T10:00", "30.00"),
        order(4, 2, "2026-01-15T10:00", "100.00"),
        order(5, 2, "2026-11-19T10:00", "50.00", status="cancelled"),
        order(6, 2, "2026-11-22T10:00", "70.00"),
    ],
    "items": [],
    "events": [],
    "messages": [],
    "engagements": [
        {
            "id": n,
            "customer_id": n,
            "kind": "click",
            "channel": "email",
            "campaign": 4,
            "machine": n == 2,
            "occurred_at": NOW - dt.timedelta(days=1),
        }
        for n in (1, 2)
    ],
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return vocabulary.catalogue()


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    warehouse = Warehouse(PARIS)
    warehouse.fill(WORLD, {9: [2, 3]})
    warehouse.store_profiles(NOW)
    return warehouse


def nobody(number: int) -> Rule | StaticList:
    raise LookupError(number)


def question(catalogue: Catalogue, resolve: Any = nobody) -> Question:
    return Question(catalogue, Clock(NOW, PARIS), resolve)


def found(node: Any, catalogue: Catalogue, warehouse: Warehouse, resolve: Any = nobody) -> set[int]:
    rule = parse({"version": 1, "rule": node}, catalogue)
    return warehouse.ids(Compiler(question(catalogue, resolve)).ids(rule.node).sql("duckdb"))


def f(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


CASES: list[tuple[Any, set[int]]] = [
    ({"all": []}, {1, 2, 3}),
    ({"any": []}, set()),
    ({"not": {"any": []}}, {1, 2, 3}),
    (f("city", "is", "EVRY VILLE"), {1}),
    (f("city", "is_not", "evry ville"), {2, 3}),
    (f("city", "in", ["Lyon", "Evry ville"]), {1, 2}),
    (f("city", "not_in", ["Lyon"]), {1, 3}),
    (f("city", "contains", "y"), {1, 2}),
    (f("city", "not_contains", "Y v"), {2, 3}),
    (f("city", "contains", "%"), set()),
    (f("city", "starts_with", "évry"), {1}),
    (f("city", "ends_with", "ON"), {2}),
    (f("city", "is_set"), {1, 2}),
    (f("city", "is_not_set"), {3}),
    (f("gender", "is", "female"), {1}),
    (f("gender", "not_in", ["female", "non_binary"]), {2, 3}),
    (f("age", "=", 30), {1}),
    (f("age", "!=", 30), {2, 3}),
    (f("age", "between", [26, 30]), {1, 2}),
    (f("age", "<", 27), {2}),
    (f("age", "=", 25.5), set()),
    (f("age", "between", [25.5, 26.5]), {2}),
    (f("age", "is_not_set"), {3}),
    (f("age", "top_percent", 50), {1}),
    (f("age", "<", -(10**14)), set()),
    (f("age", ">", -(10**14)), {1, 2}),
    (f("age", "<", 10**14), {1, 2}),
    (f("age", ">=", 10**14), set()),
    (f("attr:size", ">=", 38.5), {1, 2}),
    (f("attr:size", "top_percent", 50), {2}),
    (f("attr:size", "bottom_percent", 51), {1, 2}),
    (f("attr:vip", "is", False), {2}),
    (f("attr:vip", "is_not_set"), {3}),
    (f("has_email", "is", False), {2, 3}),
    (f("tags", "has_any", ["vip", "ete"]), {1, 2}),
    (f("tags", "has_all", ["vip", "ete"]), {1}),
    (f("tags", "has_none", ["ÉTÉ"]), {2, 3}),
    (f("tags", "is_set"), {1, 2}),
    (f("interests", "has_all", ["velo", "BIO"]), {1}),
    (f("interests", "has_all", ["velo", "moto"]), set()),
    (f("interests", "is_not_set"), {2, 3}),
    (f("birth_date", "anniversary_in_next", [0, "day"]), {2}),
    (f("birth_date", "anniversary_month", 2), {1}),
    (f("birth_date", "before", "1996-03-01"), {1}),
    # Half past midnight on 1 November in Paris.
    (f("signed_up_at", "on", "2026-11-01"), {1}),
    (f("signed_up_at", "calendar", {"unit": "month", "offset": 0}), {1}),
    (f("orders_count", "=", 0), {3}),
    (f("total_spent", "=", 60.01), {1}),
    # 60.01 / 3 is 20.003333…
    (f("average_basket", ">", 20.0033), {1, 2}),
    (f("average_basket", "<", 20.0034), {1}),
    (f("average_basket", "is_not_set"), {3}),
    (f("discount_share", "<", 0.3333), {2}),
    (f("days_between_orders", "=", 111), {1}),
    (f("last_order_at", "more_than_ago", [3, "month"]), {2}),
    (f("purchase_rhythm", "is", "quarterly"), {1}),
    (f("purchase_rhythm", "is", "dormant"), {2}),
    ({"orders": {}}, {1, 2}),
    ({"orders": {"op": "=", "value": 0}}, {3}),
    ({"orders": {"op": "<", "value": 2}}, {2, 3}),
    ({"orders": {"op": "<=", "value": 0}}, {3}),
    ({"orders": {"op": ">=", "value": 0}}, {1, 2, 3}),
    ({"orders": {"op": "between", "value": [0, 1]}}, {2, 3}),
    ({"orders": {"measure": "sum:discount", "op": "=", "value": 0}}, {2, 3}),
    ({"orders": {"op": "!=", "value": 3}}, {2, 3}),
    ({"orders": {"where": [f("status", "is", "cancelled")]}}, {2}),
    ({"orders": {"where": [f("status", "is_set")], "op": "=", "value": 2}}, {2}),
    ({"orders": {"measure": "days", "op": "=", "value": 2}}, {1}),
    ({"orders": {"measure": "distinct:store", "op": "=", "value": 1}}, {1}),
    ({"orders": {"measure": "sum:total", "op": "<=", "value": 60.01}}, {1, 3}),
    ({"orders": {"measure": "avg:total", "op": "!=", "value": 100}}, {1, 3}),
    ({"orders": {"measure": "max:total", "op": "between", "value": [30, 40]}}, {1}),
    ({"orders": {"measure": "first", "op": "on", "value": "2026-08-01"}}, {1}),
    ({"orders": {"measure": "last", "op": "in_last", "value": [2, "day"]}}, {1}),
    ({"orders": {"measure": "last", "op": "is_not_set"}}, {3}),
    ({"orders": {"when": {"last": [60, "day"]}, "op": ">=", "value": 2}}, {1}),
    ({"orders": {"when": {"before": [6, "month"]}}}, {2}),
    ({"orders": {"when": {"calendar": {"unit": "month", "offset": -3}}}}, {1}),
    ({"orders": {"measure": "sum:total", "op": "top_percent", "value": 50}}, {2}),
    ({"engagements": {}}, {1}),
    ({"engagements": {"where": [f("machine", "is_set")]}}, {1, 2}),
    ({"engagements": {"where": [f("campaign", "in", [4, 5])]}}, {1}),
    ({"engagements": {"where": [f("campaign", "is_not", 4)]}}, set()),
    ({"all": [f("city", "is_set"), {"not": f("gender", "is", "female")}]}, {2}),
]


@pytest.mark.parametrize(("node", "expected"), CASES, ids=[str(case[0]) for case in CASES])
def test_a_condition_finds_these_people(
    node: Any, expected: set[int], catalogue: Catalogue, warehouse: Warehouse
) -> None:
    assert found(node, catalogue, warehouse) == expected


def test_a_segment_is_asked_by_its_rule_and_a_list_by_its_members(
    catalogue: Catalogue, warehouse: Warehouse
) -> None:
    others = {
        1: parse({"version": 1, "rule": f("gender", "is", "female")}, catalogue),
        2: parse({"version": 1, "rule": {"any": [{"segment": 1}, {"segment": 9}]}}, catalogue),
        9: StaticList(),
    }
    resolve = others.__getitem__
    assert found({"segment": 9}, catalogue, warehouse, resolve) == {2, 3}
    assert found({"segment": 2}, catalogue, warehouse, resolve) == {1, 2, 3}
    both = {"all": [{"segment": 2}, {"not": {"segment": 1}}]}
    assert found(both, catalogue, warehouse, resolve) == {2, 3}


def test_segments_that_double_each_other_stay_one_query_each(
    catalogue: Catalogue, warehouse: Warehouse
) -> None:
    def twice(number: int) -> Rule:
        below = [{"segment": number - 1}] * 2 if number > 1 else [f("city", "is_set")]
        return parse({"version": 1, "rule": {"all": below}}, catalogue)

    assert found({"segment": 18}, catalogue, warehouse, twice) == {1, 2}


def test_a_rule_of_200_conditions_compiles(catalogue: Catalogue, warehouse: Warehouse) -> None:
    many = [f("age", ">=", n / 10) for n in range(150)]
    many += [{"orders": {"op": ">=", "value": n}} for n in range(50)]
    assert found({"any": many}, catalogue, warehouse) == {1, 2, 3}
    assert found({"all": many}, catalogue, warehouse) == set()


@pytest.mark.parametrize("value", [999_999_999_999_999, 0.000000000000000001, 12345678901234.5])
@pytest.mark.parametrize("op", ["=", "!=", ">", "<"])
def test_extreme_numbers_are_compared_without_overflow(
    op: str, value: float, catalogue: Catalogue, warehouse: Warehouse
) -> None:
    nodes = [
        f(field, op, value)
        for field in ("age", "total_spent", "average_basket", "discount_share", "attr:size")
    ]
    nodes += [
        {"orders": {"measure": measure, "op": op, "value": value}}
        for measure in ("count", "sum:total", "avg:total", "max:total")
    ]
    for node in nodes:
        found(node, catalogue, warehouse)
