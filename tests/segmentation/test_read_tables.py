"""What a question reads: no table of rows where a column of a row a customer holds the answer."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from sqlglot import exp

from segmentation.calendar import Clock
from segmentation.compiler import Compiler, Question, StaticList
from segmentation.rules import Rule, parse
from segmentation.snapshot.profiles import select_sql
from tests.segmentation import vocabulary

pytestmark = pytest.mark.sqlite_suffices
NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)
LAST_90 = {"last": [90, "day"]}
OVER_A_YEAR_AGO = {"before": [1, "year"]}
FEMALE = {"field": "gender", "op": "is", "value": "female"}


def tables_of(node: dict[str, Any], *, served: bool = True) -> set[str]:
    """The tables a count reads; `served` tells whether the stored profiles hold at the clock."""

    def nothing(number: int) -> Rule | StaticList:
        raise LookupError(number)

    catalogue = vocabulary.catalogue()
    made = None if served else sqlglot.parse_one(select_sql(NOW), dialect="duckdb")
    assert made is None or isinstance(made, exp.Query)
    question = Question(catalogue, Clock(NOW, ZoneInfo("Europe/Paris")), nothing, made)
    statement = Compiler(question).count(parse({"version": 1, "rule": node}, catalogue).node)
    named = {cte.alias for cte in statement.find_all(exp.CTE)}
    return {table.name for table in statement.find_all(exp.Table)} - named


@pytest.mark.parametrize(
    ("node", "tables"),
    [
        ({"orders": {"op": "=", "value": 0}}, {"profiles"}),
        ({"orders": {}}, {"profiles"}),
        ({"orders": {"measure": "sum:total", "op": ">", "value": 500}}, {"profiles"}),
        ({"orders": {"measure": "last", "op": "in_last", "value": [1, "week"]}}, {"profiles"}),
        ({"orders": {"when": LAST_90}}, {"profiles"}),
        ({"orders": {"when": LAST_90, "op": "<", "value": 1}}, {"profiles"}),
        ({"orders": {"when": OVER_A_YEAR_AGO}}, {"profiles"}),
        ({"field": "total_spent", "op": "top_percent", "value": 20}, {"profiles"}),
        ({"field": "lifecycle_stage", "op": "is", "value": "lost"}, {"profiles"}),
        ({"all": [FEMALE, {"orders": {"op": "=", "value": 0}}]}, {"customers", "profiles"}),
        (FEMALE, {"customers"}),
        # What the profile does not hold is counted.
        ({"orders": {"when": LAST_90, "op": ">=", "value": 2}}, {"customers", "orders"}),
        ({"orders": {"measure": "sum:discount", "op": ">", "value": 9}}, {"customers", "orders"}),
        (
            {"orders": {"where": [{"field": "channel", "op": "is", "value": "web"}]}},
            {"customers", "orders"},
        ),
    ],
)
def test_a_count_reads_what_it_needs_and_no_more(node: dict[str, Any], tables: set[str]) -> None:
    assert tables_of(node) == tables


def test_orders_are_counted_where_the_stored_profiles_do_not_hold() -> None:
    assert tables_of({"orders": {"op": "=", "value": 0}}, served=False) == {"customers", "orders"}
