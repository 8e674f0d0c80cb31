"""Rules about rows within a value, over time and in sequence: refused, told and answered."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue
from segmentation.compiler import Compiler, Question, StaticList
from segmentation.describe import describe
from segmentation.rules import RuleError, parse, to_json
from tests.segmentation import vocabulary
from tests.segmentation.warehouse import Warehouse

PARIS = ZoneInfo("Europe/Paris")
SAMPLED = {9, 17, 258, 313, 444, 571, 641, 767}
DOWN = {"of": "orders", "last": [90, "day"], "op": "down"}
TWICE = {"per": "product", "op": ">=", "value": 2}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return vocabulary.catalogue()


@pytest.mark.parametrize(
    ("node", "path", "code"),
    [
        ({"orders": {"per": "product"}}, "$.rule.orders.per", "unknown_field"),
        ({"orders": {"per": "total"}}, "$.rule.orders.per", "unknown_field"),
        (
            {"orders": {"per": "store", "op": "top_percent", "value": 5}},
            "$.rule.orders.op",
            "unknown_operator",
        ),
        ({"events": {"without": {"items": {}}}}, "$.rule.events.without", "without_per"),
        (
            {"events": TWICE | {"without": {"orders": {}}}},
            "$.rule.events.without.orders",
            "unknown_field",
        ),
        (
            {"events": TWICE | {"without": {"items": {"op": ">"}}}},
            "$.rule.events.without.items.op",
            "unknown_key",
        ),
        ({"events": TWICE | {"without": {}}}, "$.rule.events.without", "wrong_type"),
        ({"trend": []}, "$.rule.trend", "wrong_type"),
        ({"trend": {"of": "orders", "op": "up"}}, "$.rule.trend", "missing_key"),
        ({"trend": DOWN | {"of": "sales"}}, "$.rule.trend.of", "unknown_key"),
        ({"trend": DOWN | {"op": "flat"}}, "$.rule.trend.op", "unknown_operator"),
        ({"trend": DOWN | {"op": "up_by"}}, "$.rule.trend", "missing_key"),
        ({"trend": DOWN | {"value": 5}}, "$.rule.trend.value", "no_value"),
        ({"trend": DOWN | {"op": "up_by", "value": -1}}, "$.rule.trend.value", "out_of_range"),
        ({"trend": DOWN | {"op": "up_by", "value": 1e-7}}, "$.rule.trend.value", "out_of_range"),
        ({"trend": DOWN | {"measure": "last"}}, "$.rule.trend.measure", "no_trend"),
        ({"trend": DOWN | {"measure": "sum:store"}}, "$.rule.trend.measure", "wrong_measure_field"),
        ({"trend": DOWN | {"when": {}}}, "$.rule.trend.when", "unknown_key"),
        ({"sequence": {"first": {"orders": {}}}}, "$.rule.sequence", "one_step"),
        ({"sequence": {"then": {"orders": {}}}}, "$.rule.sequence", "missing_key"),
        (
            {"sequence": {"first": {"sales": {}}, "then": {"orders": {}}}},
            "$.rule.sequence.first.sales",
            "unknown_key",
        ),
        (
            {"sequence": {"first": {"orders": []}, "then": {"orders": {}}}},
            "$.rule.sequence.first.orders",
            "wrong_type",
        ),
        (
            {"sequence": {"first": {"orders": {}}, "then": {"orders": {}}, "within": [1, "eon"]}},
            "$.rule.sequence.within[1]",
            "wrong_type",
        ),
        ({"segment": 1, "entered": {"since": 1}}, "$.rule.entered.since", "unknown_key"),
        (
            {"segment": 1, "entered": {"last": [1, "day"]}, "left": {"last": [1, "day"]}},
            "$.rule",
            "one_step",
        ),
        ({"sample": {"from": 0, "to": 10}}, "$.rule.sample", "missing_key"),
        ({"sample": {"from": 0, "to": 10_001, "salt": "a"}}, "$.rule.sample.to", "wrong_type"),
        ({"sample": {"from": 9, "to": 3, "salt": "a"}}, "$.rule.sample", "reversed"),
        ({"sample": {"from": 0, "to": 3, "salt": " "}}, "$.rule.sample.salt", "empty"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    node: Any, path: str, code: str, catalogue: Catalogue
) -> None:
    with pytest.raises(RuleError) as caught:
        parse({"version": 1, "rule": node}, catalogue)
    assert (path, code) in [(problem.path, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        (
            {"events": {**TWICE, "when": {"last": [7, "day"]}, "without": {"items": {}}}},
            "Customers who did at least 2 actions in the last 7 days for one and the same product, "
            "without having bought it.",
        ),
        (
            {"trend": {"of": "events", "measure": "days", "last": [90, "day"], "op": "down"}},
            "Customers whose number of days with an action is lower in the last 90 days than over "
            "as long before.",
        ),
        (
            {"trend": DOWN | {"measure": "sum:total", "op": "down_by", "value": 50}},
            "Customers whose total of the orders is lower by 50 % or more in the last 90 days than "
            "over as long before.",
        ),
        (
            {
                "sequence": {
                    "first": {
                        "events": {
                            "where": [{"field": "name", "op": "is", "value": "cart"}],
                            "when": {"ago": [2, 4, "hour"]},
                        }
                    },
                    "then_not": {"orders": {}},
                }
            },
            "Customers who did an action of the kind “Filled a cart” between 2 and 4 hours ago and "
            "since then placed no order.",
        ),
        (
            {"sequence": {"first": {"orders": {}}, "then": {"orders": {}}, "within": [7, "day"]}},
            "Customers who placed an order and within 7 days placed an order.",
        ),
        (
            {"segment": 12, "entered": {"calendar": {"unit": "week", "offset": 0}}},
            "Customers who entered the segment “VIP” this week.",
        ),
        (
            {"sample": {"from": 0, "to": 1050, "salt": "test-a"}},
            "Customers who are in the sample “test-a” (10.5 % of everyone).",
        ),
    ],
)
def test_a_rule_over_time_is_told_as_a_sentence(
    node: Any, sentence: str, catalogue: Catalogue
) -> None:
    rule = parse({"version": 1, "rule": node}, catalogue)
    assert to_json(rule) == {"version": 1, "rule": node}
    with translation.override("en"):
        assert describe(rule, catalogue, {12: "VIP"}) == sentence


@pytest.mark.parametrize(
    ("first", "second", "span", "holds"),
    [
        # 25 October 2026 has 25 hours in Paris: the same clock time a day later is 25 hours later.
        ("2026-10-24 12:00", "2026-10-25 12:59", [1, "day"], True),
        ("2026-10-24 12:00", "2026-10-25 13:00", [1, "day"], True),
        ("2026-10-24 12:00", "2026-10-25 13:01", [1, "day"], False),
        ("2026-10-24 12:00", "2026-10-25 12:30", [24, "hour"], False),
        # 29 March 2026: 2:30 is skipped, and becomes 3:30.
        ("2026-03-28 01:30", "2026-03-29 01:30", [1, "day"], True),
        ("2026-03-28 01:30", "2026-03-29 01:31", [1, "day"], False),
        # 25 October 2026: 2:30 comes twice, and the first counts.
        ("2026-10-24 00:30", "2026-10-25 00:30", [1, "day"], True),
        ("2026-10-24 00:30", "2026-10-25 00:31", [1, "day"], False),
        # A month after 31 January is the last of February.
        ("2026-01-31 11:00", "2026-02-28 11:00", [1, "month"], True),
        ("2026-01-31 11:00", "2026-02-28 11:01", [1, "month"], False),
        ("2024-02-29 11:00", "2025-02-28 11:00", [1, "year"], True),
        ("2024-02-29 11:00", "2025-02-28 11:01", [1, "year"], False),
        # Strictly later: at the same instant nothing follows.
        ("2026-01-31 11:00", "2026-01-31 11:00", [1, "year"], False),
        ("2026-01-31 11:00", "2026-02-01 11:00", [1_000_000, "year"], True),
    ],
)
def test_within_is_counted_on_the_local_clock(
    first: str, second: str, span: list[Any], holds: bool, catalogue: Catalogue
) -> None:
    node = {"sequence": {"first": {"events": {}}, "then": {"messages": {}}, "within": span}}
    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    warehouse = Warehouse(PARIS)
    warehouse.connection.execute("INSERT INTO customers (id) VALUES (1)")
    warehouse.connection.execute(
        "INSERT INTO events (customer_id, occurred_at) VALUES (1, ?::TIMESTAMP)", [first]
    )
    warehouse.connection.execute(
        "INSERT INTO messages (customer_id, sent_at) VALUES (1, ?::TIMESTAMP)", [second]
    )
    rule = parse({"version": 1, "rule": node}, catalogue)
    question = Question(catalogue, Clock(now, PARIS), lambda number: StaticList())
    assert (warehouse.ids(Compiler(question).ids(rule.node).sql("duckdb")) == {1}) is holds


def test_a_sample_never_changes(catalogue: Catalogue) -> None:
    """By the contract's formula, computed by hand for these."""
    warehouse = Warehouse(PARIS)
    warehouse.connection.execute("INSERT INTO customers (id) SELECT * FROM range(1, 1001)")
    rule = parse(
        {"version": 1, "rule": {"sample": {"from": 0, "to": 100, "salt": "test-a"}}}, catalogue
    )
    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    question = Question(catalogue, Clock(now, PARIS), lambda number: StaticList())
    found = warehouse.ids(Compiler(question).ids(rule.node).sql("duckdb"))
    assert found == SAMPLED
