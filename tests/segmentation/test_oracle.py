"""The compiler against the oracle: random rules over random worlds, at instants that hurt."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from sqlglot import exp

from segmentation.calendar import Clock
from segmentation.catalogue import Catalogue
from segmentation.compiler import Compiler, Question, StaticList
from segmentation.rules import Rule, parse, to_json
from segmentation.snapshot.profiles import select_sql
from tests.segmentation import vocabulary
from tests.segmentation.oracle import Oracle
from tests.segmentation.strategies import nodes
from tests.segmentation.warehouse import Warehouse
from tests.segmentation.worlds import NOWS, PLACES, world_of

PARIS = ZoneInfo("Europe/Paris")
STATIC = 7


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return vocabulary.catalogue()


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse(PARIS)


def _compare(
    catalogue: Catalogue,
    warehouse: Warehouse,
    world_seed: int,
    size: int,
    now: dt.datetime,
    others: list[Any],
    drawn: list[Any],
    *,
    stored: bool,
) -> None:
    world = world_of(world_seed, now, size)
    listed = [n for n in range(1, size + 1) if (world_seed >> n) % 2]
    warehouse.fill(world, {STATIC: listed})
    # Where the stored profiles do not serve, they are made wrong to show that nobody reads them.
    warehouse.store_profiles(now if stored else now - dt.timedelta(days=3000))
    segments: dict[int, Any] = {
        number: {"version": 1, "rule": node} for number, node in enumerate(others, start=1)
    }
    rules: dict[int, Rule | StaticList] = {
        number: parse(rule, catalogue) for number, rule in segments.items()
    }
    rules[STATIC] = StaticList()
    oracle = Oracle(world, now, PARIS, segments | {STATIC: listed}, PLACES)
    profiles = None if stored else sqlglot.parse_one(select_sql(now), dialect="duckdb")
    assert profiles is None or isinstance(profiles, exp.Query)
    clock = Clock(now, PARIS)
    question = Question(catalogue, clock, rules.__getitem__, profiles, PLACES.__getitem__)
    for node in drawn:
        written = {"version": 1, "rule": node}
        rule = parse(written, catalogue)
        assert to_json(rule) == written
        sql = Compiler(question).ids(rule.node).sql("duckdb")
        assert warehouse.ids(sql) == oracle.ids(written), (written, sql)


_ARGUMENTS = {
    "world_seed": st.integers(0, 2**16),
    "size": st.sampled_from([0, 1, 3, 6, 8, 12]),
    "now": st.sampled_from(NOWS),
    "others": st.lists(nodes(), min_size=2, max_size=2),
    "drawn": st.lists(nodes(segments=(1, 2, STATIC)), min_size=6, max_size=14),
    "stored": st.booleans(),
}


@seed(20261121)
@settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(**_ARGUMENTS)
def test_a_rule_means_what_the_contract_says(
    catalogue: Catalogue, warehouse: Warehouse, **drawn: Any
) -> None:
    _compare(catalogue, warehouse, **drawn)


@pytest.mark.soak
@settings(
    max_examples=6000, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
@given(**_ARGUMENTS)
def test_a_great_many_rules_mean_what_the_contract_says(
    catalogue: Catalogue, warehouse: Warehouse, **drawn: Any
) -> None:
    _compare(catalogue, warehouse, **drawn)
