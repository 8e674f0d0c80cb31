"""Twelve rules people write, and the same questions in SQL as a good engineer writes them.

`duckdb` asks the tables of the snapshot's own file, stored profiles included; `postgresql` asks
the same rows in tables of the same names, which hold facts only: what the profiles store is
computed there. `listmonk` is the condition on attributes kept as JSON, for rules about the person
alone. In each, `{180d}` stands for the instant 180 days ago by the local clock, as `{3m}`, `{2h}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from segmentation.calendar import Clock

_UNITS: Final = {"h": "hour", "d": "day", "m": "month", "y": "year"}
_AGO: Final = re.compile(r"\{(\d+)([hdmy])\}")


@dataclass(frozen=True, slots=True)
class Question:
    """A rule and its rivals; `listmonk` is '' where its data cannot answer."""

    name: str
    rule: Any
    duckdb: str
    postgresql: str
    listmonk: str = ""


def at(sql: str, clock: Clock) -> str:
    """The SQL with its instants written out."""

    def instant(found: re.Match[str]) -> str:
        moment = clock.shift(-int(found[1]), _UNITS[found[2]])
        return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'"

    return _AGO.sub(instant, sql)


def _is(field: str, value: Any, op: str = "is") -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


_AROUND_LYON: Final = """
latitude BETWEEN 45.7578 - 0.0899322 AND 45.7578 + 0.0899322
AND 2 * 6371 * asin(sqrt(pow(sin(radians(latitude - 45.7578) / 2), 2) + cos(radians(45.7578))
  * cos(radians(latitude)) * pow(sin(radians(longitude - 4.8320) / 2), 2))) <= 10"""
_TODAY: Final = "TIMESTAMP '2026-03-02 00:00:00'"
_AGED_25_TO_35: Final = "birth_date > DATE '1990-03-02' AND birth_date <= DATE '2001-03-02'"
_PAID: Final = "SELECT customer_id FROM orders WHERE status = 'paid' GROUP BY customer_id HAVING"
_VIEWED: Final = """
SELECT customer_id FROM (SELECT DISTINCT customer_id, occurred_at_on FROM events
  WHERE name = 'page_view' AND occurred_at >= {30d}) AS days
GROUP BY customer_id HAVING count(*) >= 3"""
_LOOKED: Final = """
SELECT customer_id, product FROM events
WHERE name = 'product_view' AND occurred_at >= {7d} AND product IS NOT NULL
GROUP BY customer_id, product HAVING count(*) >= 2"""
_CART: Final = """
SELECT count(DISTINCT e.customer_id) FROM events AS e
WHERE e.name = 'add_to_cart' AND e.occurred_at BETWEEN {4h} AND {2h} AND NOT EXISTS (
  SELECT 1 FROM orders AS o WHERE o.customer_id = e.customer_id AND o.status = 'paid'
    AND o.placed_at > {4h} AND o.placed_at > e.occurred_at)"""
_FEWER_DAYS: Final = """
SELECT count(*) FROM (
  SELECT customer_id FROM (
    SELECT DISTINCT customer_id, occurred_at_on, occurred_at >= {90d} AS late
    FROM events WHERE occurred_at >= {180d}) AS days
  GROUP BY customer_id HAVING count(*) FILTER (WHERE late) < count(*) FILTER (WHERE NOT late)
) AS fewer"""
_ORGANIC: Final = """
SELECT customer_id FROM items WHERE status = 'paid' AND category = 'cosmetiques bio'
  AND placed_at >= {1y} GROUP BY customer_id HAVING count(*) >= 3"""

QUESTIONS: Final = (
    Question(
        "women of 25 to 35 around Paris whom an e-mail reaches",
        {"all": [
            _is("gender", "female"), _is("age", [25, 35], "between"), _is("region", "11"),
            _is("reachable_email", True),
        ]},
        f"SELECT count(*) FROM customers WHERE gender = 'female' AND {_AGED_25_TO_35}"
        " AND region = '11' AND reachable_email",
        f"SELECT count(*) FROM customers WHERE gender = 'female' AND {_AGED_25_TO_35}"
        " AND region = '11' AND reachable_email",
        "attribs->>'gender' = 'female' AND (attribs->>'birth_date')::date > DATE '1990-03-02'"
        " AND (attribs->>'birth_date')::date <= DATE '2001-03-02' AND attribs->>'region' = '11'"
        " AND (attribs->>'reachable_email')::boolean",
    ),
    Question(
        "within 10 km of Lyon",
        _is("location", {"lat": 45.7578, "lon": 4.8320, "km": 10}, "within_km"),
        f"SELECT count(*) FROM customers WHERE {_AROUND_LYON}",
        f"SELECT count(*) FROM customers WHERE {_AROUND_LYON}"
        " AND longitude BETWEEN 4.8320 - 0.13 AND 4.8320 + 0.13",
    ),
    Question(
        "more than 5 orders and an average basket over 70",
        {"all": [_is("orders_count", 5, ">"), _is("average_basket", 70, ">")]},
        "SELECT count(*) FROM profiles WHERE orders_count > 5 AND total_spent > 70 * orders_count",
        f"SELECT count(*) FROM ({_PAID} count(*) > 5 AND sum(total) > 70 * count(*)) AS loyal",
        "(attribs->>'orders_count')::int > 5"
        " AND (attribs->>'total_spent')::numeric > 70 * (attribs->>'orders_count')::int",
    ),
    Question(
        "an average basket over 80 and no order for 3 months",
        {"all": [
            _is("average_basket", 80, ">"), _is("last_order_at", [3, "month"], "more_than_ago"),
        ]},
        "SELECT count(*) FROM profiles WHERE orders_count > 0 AND last_order_at < {3m}"
        " AND total_spent > 80 * orders_count",
        f"SELECT count(*) FROM ({_PAID} max(placed_at) < {{3m}}"
        " AND sum(total) > 80 * count(*)) AS gone",
        "(attribs->>'last_order_at')::timestamp < {3m}"
        " AND (attribs->>'total_spent')::numeric > 80 * (attribs->>'orders_count')::int",
    ),
    Question(
        "pages seen on 3 days in 30, never an order",
        {"all": [
            {"events": {"where": [_is("name", "page_view")], "measure": "days", "op": ">=",
                        "value": 3, "when": {"last": [30, "day"]}}},
            {"orders": {"op": "=", "value": 0}},
        ]},
        f"SELECT count(*) FROM ({_VIEWED}) JOIN profiles USING (customer_id)"
        " WHERE orders_count = 0",
        f"SELECT count(*) FROM ({_VIEWED}) AS seen WHERE NOT EXISTS (SELECT 1 FROM orders AS o"
        " WHERE o.customer_id = seen.customer_id AND o.status = 'paid')",
    ),
    Question(
        "looked at a product twice in 7 days without buying it",
        {"events": {
            "where": [_is("name", "product_view")], "per": "product", "measure": "count",
            "op": ">=", "value": 2, "when": {"last": [7, "day"]},
            "without": {"items": {"when": {"last": [7, "day"]}}},
        }},
        f"SELECT count(DISTINCT customer_id) FROM ({_LOOKED}) ANTI JOIN (SELECT customer_id,"
        " product FROM items WHERE status = 'paid' AND placed_at >= {7d})"
        " USING (customer_id, product)",
        f"SELECT count(DISTINCT customer_id) FROM ({_LOOKED}) AS e WHERE NOT EXISTS ("
        "SELECT 1 FROM items AS i WHERE i.customer_id = e.customer_id AND i.product = e.product"
        " AND i.status = 'paid' AND i.placed_at >= {7d})",
    ),
    Question(
        "filled a cart 2 to 4 hours ago, no order since",
        {"sequence": {
            "first": {"events": {"where": [_is("name", "add_to_cart")],
                                 "when": {"ago": [2, 4, "hour"]}}},
            "then_not": {"orders": {}},
        }},
        _CART,
        _CART,
    ),
    Question(
        "the 20 % who spent the most",
        _is("total_spent", 20, "top_percent"),
        "SELECT count(*) FROM profiles WHERE total_spent > 0"
        " AND (revenue_rank - 1) * 100 < 20 * spenders",
        "SELECT count(*) FROM (SELECT rank() OVER (ORDER BY spent DESC) AS position,"
        " count(*) OVER () AS people FROM (SELECT sum(total) AS spent FROM orders"
        " WHERE status = 'paid' GROUP BY customer_id) AS s WHERE spent > 0) AS ranked"
        " WHERE (position - 1) * 100 < 20 * people",
    ),
    Question(
        "active on fewer days in 90 than in the 90 before",
        {"trend": {"of": "events", "measure": "days", "last": [90, "day"], "op": "down"}},
        _FEWER_DAYS,
        _FEWER_DAYS,
    ),
    Question(
        "big spenders about to be lost",
        {"all": [_is("lifecycle_stage", "at_risk"), _is("monetary_score", 4, ">=")]},
        "SELECT count(*) FROM profiles WHERE last_order_at < {90d} AND last_order_at >= {240d}"
        " AND monetary_score >= 4",
        "SELECT count(*) FROM (SELECT max(placed_at) AS latest,"
        " 1 + (rank() OVER (ORDER BY sum(total)) - 1) * 5 / count(*) OVER () AS score"
        " FROM orders WHERE status = 'paid' GROUP BY customer_id) AS s"
        " WHERE latest < {90d} AND latest >= {240d} AND score >= 4",
        "(attribs->>'last_order_at')::timestamp < {90d}"
        " AND (attribs->>'last_order_at')::timestamp >= {240d}"
        " AND (attribs->>'monetary_score')::int >= 4",
    ),
    Question(
        "parents keen on ecology or gardens",
        {"all": [_is("interests", ["écologie", "jardin"], "has_any"), _is("children", 1, ">=")]},
        "SELECT count(*) FROM customers WHERE (list_contains(interests, 'ecologie')"
        " OR list_contains(interests, 'jardin')) AND children >= 1",
        "SELECT count(*) FROM customers WHERE interests && ARRAY['ecologie', 'jardin']"
        " AND children >= 1",
        "attribs->'interests' ?| ARRAY['ecologie', 'jardin'] AND (attribs->>'children')::int >= 1",
    ),
    Question(
        "women of 25 to 35 in Paris or Lyon's region, often organic cosmetics, big basket",
        {"all": [
            _is("gender", "female"), _is("age", [25, 35], "between"),
            {"any": [_is("region", "11"), {"all": [
                _is("region", "84"), {"not": _is("city", "grenoble")}]}]},
            {"items": {"where": [_is("category", "cosmétiques bio")], "op": ">=", "value": 3,
                       "when": {"last": [1, "year"]}}},
            _is("average_basket", 60, ">"),
            {"not": _is("interests", ["bricolage"], "has_any")},
        ]},
        f"SELECT count(*) FROM customers AS c JOIN profiles AS p ON p.customer_id = c.id"
        f" WHERE gender = 'female' AND {_AGED_25_TO_35} AND (region = '11' OR region = '84'"
        " AND city IS DISTINCT FROM 'grenoble') AND total_spent > 60 * orders_count"
        f" AND NOT COALESCE(list_contains(interests, 'bricolage'), FALSE) AND id IN ({_ORGANIC})",
        f"SELECT count(*) FROM customers AS c WHERE gender = 'female' AND {_AGED_25_TO_35}"
        " AND (region = '11' OR region = '84' AND city IS DISTINCT FROM 'grenoble')"
        f" AND NOT COALESCE(interests && ARRAY['bricolage'], FALSE) AND id IN ({_ORGANIC})"
        " AND (SELECT sum(total) > 60 * count(*) FROM orders AS o WHERE o.customer_id = c.id"
        " AND o.status = 'paid')",
    ),
)  # fmt: skip
