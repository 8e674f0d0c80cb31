"""Rules over the demonstration shop, written by hand, each beside its own SQL over the facts."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def f(name: str, op: str, value: Any = None) -> Node:
    return {"field": name, "op": op} | ({} if value is None else {"value": value})


def stage(*names: str) -> Node:
    return f("lifecycle_stage", "in", list(names))


# Made by the test: who ordered 3 times or more, and a list of every third person.
REGULARS, LISTED = 901, 902
VIEW = f("name", "is", "page_view")
CART = f("name", "is", "cart")
# The days from today on, for anniversaries.
_AHEAD = (
    ", ahead(day) AS (SELECT :today UNION ALL SELECT DATE(day, '+1 day')"
    " FROM ahead WHERE day < DATE(:today, '+{n} day'))"
)


def birthday_within(days: int) -> str:
    return f"""{_AHEAD.format(n=days)} SELECT p.id FROM people p JOIN ahead d
      ON STRFTIME('%m-%d', p.birth_date) = STRFTIME('%m-%d', d.day)
      OR (STRFTIME('%m-%d', p.birth_date) = '02-29' AND STRFTIME('%m-%d', d.day) = '03-01'
          AND STRFTIME('%m-%d', d.day, '-1 day') = '02-28')"""


QUESTIONS: list[tuple[Node, str]] = [
    # Scores, ranks, groups, sizes
    (f("recency_score", "=", 5), "SELECT customer_id FROM score WHERE recency = 5"),
    (f("recency_score", "<=", 2), "SELECT customer_id FROM score WHERE recency <= 2"),
    (f("frequency_score", ">=", 4), "SELECT customer_id FROM score WHERE frequency >= 4"),
    (f("monetary_score", "between", [2, 3]),
     "SELECT customer_id FROM score WHERE money BETWEEN 2 AND 3"),
    (f("monetary_score", "is_not_set"),
     "SELECT id FROM people WHERE id NOT IN (SELECT customer_id FROM buyer)"),
    (f("revenue_rank_percent", "<=", 12.5),
     "SELECT customer_id FROM score WHERE rank * 100 <= 12.5 * k"),
    (f("rfm_group", "is", "champion"),
     "SELECT customer_id FROM score WHERE recency = 5 AND frequency + money >= 8"),
    (f("rfm_group", "in", ["at_risk", "cannot_lose"]),
     "SELECT customer_id FROM score WHERE recency <= 2 AND frequency + money >= 5"),
    (f("pmg", "is", "large"), "SELECT customer_id FROM score WHERE richer * 100 < 80 * everything"),
    (f("pmg", "is", "medium"), """SELECT customer_id FROM score
      WHERE richer * 100 >= 80 * everything AND richer * 100 < 95 * everything"""),
    (f("pmg", "is_not", "small"), """SELECT p.id FROM people p LEFT JOIN score s
      ON s.customer_id = p.id WHERE s.n IS NULL OR s.richer * 100 < 95 * s.everything"""),
    # Stages
    (stage("prospect"), "SELECT id FROM stage WHERE name = 'prospect'"),
    (stage("new"), "SELECT id FROM stage WHERE name = 'new'"),
    (stage("active", "loyal"), "SELECT id FROM stage WHERE name IN ('active', 'loyal')"),
    (stage("vip"), "SELECT id FROM stage WHERE name = 'vip'"),
    (stage("at_risk"), "SELECT id FROM stage WHERE name = 'at_risk'"),
    (f("lifecycle_stage", "is_not", "lost"), "SELECT id FROM stage WHERE name <> 'lost'"),
    # Engagement
    (f("engagement_level", "is", "high"), "SELECT id FROM lately WHERE now >= 6"),
    (f("engagement_level", "in", ["low", "none"]), "SELECT id FROM lately WHERE now < 2"),
    (f("engagement_trend", "is", "rising"),
     "SELECT id FROM lately WHERE now > 0 AND now * 2 >= before * 3"),
    (f("engagement_trend", "is", "falling"),
     "SELECT id FROM lately WHERE before > 0 AND now * 2 <= before"),
    (f("messages_last_30_days", ">=", 1),
     "SELECT customer_id FROM sent WHERE sent_at >= :days_30"),
    # Time between orders
    (f("expected_next_order_at", "more_than_ago", [3, "month"]),
     """SELECT customer_id FROM buyer WHERE days > 1 AND JULIANDAY(last)
      + (JULIANDAY(last_day) - JULIANDAY(first_day)) / (days - 1) < JULIANDAY(:months_3)"""),
    (f("expected_next_order_at", "is_set"), "SELECT customer_id FROM buyer WHERE days > 1"),
    (f("purchase_rhythm", "is", "dormant"),
     "SELECT customer_id FROM buyer WHERE last < :months_6"),
    (f("purchase_rhythm", "is", "monthly"), """SELECT customer_id FROM buyer
      WHERE last >= :months_6 AND days > 1
      AND (JULIANDAY(last_day) - JULIANDAY(first_day)) / (days - 1) > 10
      AND (JULIANDAY(last_day) - JULIANDAY(first_day)) / (days - 1) <= 45"""),
    (f("discount_share", ">=", 0.5), """SELECT customer_id FROM paid GROUP BY customer_id
      HAVING SUM(discount > 0) * 2 >= COUNT(*)"""),
    # Anniversaries
    (f("birth_date", "anniversary_month", 3),
     "SELECT id FROM people WHERE STRFTIME('%m', birth_date) = '03'"),
    (f("birth_date", "anniversary_in_next", [30, "day"]), birthday_within(30)),
    (f("birth_date", "anniversary_in_next", [100, "day"]), birthday_within(100)),
    (f("first_order_at", "anniversary_month", 11),
     "SELECT customer_id FROM buyer WHERE STRFTIME('%m', first_day) = '11'"),
    # Within each value, and without
    ({"events": {"where": [VIEW], "per": "product", "op": ">=", "value": 2,
                 "when": {"last": [60, "day"]}}},
     """SELECT customer_id FROM seen WHERE name = 'page_view' AND product_id IS NOT NULL
      AND occurred_at >= :days_60 GROUP BY customer_id, product_id HAVING COUNT(*) >= 2"""),
    ({"events": {"where": [VIEW], "per": "product", "op": ">=", "value": 2,
                 "without": {"items": {}}}},
     """SELECT customer_id FROM seen s WHERE name = 'page_view' AND NOT EXISTS (SELECT 1
       FROM bought b WHERE b.customer_id = s.customer_id AND b.product_id = s.product_id)
      AND product_id IS NOT NULL GROUP BY customer_id, product_id HAVING COUNT(*) >= 2"""),
    ({"items": {"per": "category", "measure": "sum:amount", "op": ">", "value": 150}},
     """SELECT customer_id FROM bought WHERE category <> '' GROUP BY customer_id, category
      HAVING ROUND(SUM(amount), 2) > 150"""),
    ({"items": {"per": "brand", "measure": "days", "op": ">=", "value": 3,
                "without": {"items": {"when": {"last": [3, "month"]}}}}},
     """SELECT customer_id FROM bought b WHERE brand <> '' AND NOT EXISTS (SELECT 1 FROM bought r
       WHERE r.customer_id = b.customer_id AND r.brand = b.brand AND r.placed_at >= :months_3)
      GROUP BY customer_id, brand HAVING COUNT(DISTINCT day) >= 3"""),
    # Trends
    ({"trend": {"of": "orders", "measure": "sum:total", "last": [180, "day"], "op": "down_by",
                "value": 50}},
     """SELECT customer_id FROM (SELECT customer_id,
       SUM(CASE WHEN placed_at >= :days_180 THEN cents ELSE 0 END) AS later,
       SUM(CASE WHEN placed_at < :days_180 AND placed_at >= :days_360 THEN cents ELSE 0 END)
         AS earlier FROM paid GROUP BY customer_id)
      WHERE earlier > 0 AND later * 2 <= earlier"""),
    ({"trend": {"of": "events", "measure": "days", "last": [90, "day"], "op": "down"}},
     """SELECT customer_id FROM seen GROUP BY customer_id
      HAVING COUNT(DISTINCT CASE WHEN occurred_at >= :days_90 THEN day END)
       < COUNT(DISTINCT CASE WHEN occurred_at < :days_90 AND occurred_at >= :days_180
               THEN day END)"""),
    ({"trend": {"of": "orders", "last": [90, "day"], "op": "up"}},
     """SELECT customer_id FROM paid GROUP BY customer_id HAVING SUM(placed_at >= :days_90)
       > SUM(placed_at < :days_90 AND placed_at >= :days_180)"""),
    ({"trend": {"of": "orders", "measure": "avg:total", "last": [180, "day"], "op": "up_by",
                "value": 10}},
     """SELECT customer_id FROM paid GROUP BY customer_id
      HAVING AVG(CASE WHEN placed_at >= :days_180 THEN cents END) * 10
       >= 11 * AVG(CASE WHEN placed_at < :days_180 AND placed_at >= :days_360 THEN cents END)"""),
    # Sequences
    ({"sequence": {"first": {"events": {"where": [CART]}}, "then_not": {"orders": {}}}},
     """SELECT customer_id FROM seen s WHERE name = 'cart' AND NOT EXISTS (SELECT 1 FROM paid o
       WHERE o.customer_id = s.customer_id AND o.placed_at > s.occurred_at)"""),
    ({"sequence": {"first": {"events": {"where": [VIEW]}}, "then": {"orders": {}},
                   "within": [2, "hour"]}},
     """SELECT s.customer_id FROM seen s JOIN paid o ON o.customer_id = s.customer_id
      AND o.placed_at > s.occurred_at
      AND JULIANDAY(o.placed_at) - JULIANDAY(s.occurred_at) <= 2.0 / 24
      WHERE s.name = 'page_view'"""),
    ({"sequence": {"first": {"messages": {}}, "then": {"events": {}}, "within": [48, "hour"]}},
     """SELECT m.customer_id FROM sent m JOIN seen s ON s.customer_id = m.customer_id
      AND s.occurred_at > m.sent_at AND JULIANDAY(s.occurred_at) - JULIANDAY(m.sent_at) <= 2"""),
    ({"sequence": {"first": {"orders": {"when": {"before": [1, "year"]}}},
                   "then_not": {"orders": {"where": [f("channel", "is", "web")]}}}},
     """SELECT customer_id FROM paid a WHERE placed_at < :years_1 AND NOT EXISTS (SELECT 1
       FROM paid b WHERE b.customer_id = a.customer_id AND b.placed_at > a.placed_at
       AND b.channel = 'web')"""),
    # Segments and their history
    ({"segment": REGULARS},
     "SELECT customer_id FROM paid GROUP BY customer_id HAVING COUNT(*) >= 3"),
    ({"segment": LISTED}, "SELECT id FROM people WHERE id % 3 = 0"),
    ({"not": {"segment": LISTED}}, "SELECT id FROM people WHERE id % 3 <> 0"),
    ({"segment": REGULARS, "entered": {"last": [7, "day"]}}, """SELECT customer_id
      FROM segmentation_membershipchange WHERE segment_id = 901 AND kind = 'entered'
      AND cause = 'refresh' AND at BETWEEN :days_7 AND :now"""),
    ({"segment": REGULARS, "left": {"before": [30, "day"]}}, """SELECT customer_id
      FROM segmentation_membershipchange WHERE segment_id = 901 AND kind = 'left'
      AND cause = 'refresh' AND at < :days_30"""),
    # Samples
    ({"sample": {"from": 0, "to": 2500, "salt": "été"}},
     "SELECT id FROM people WHERE bucket('été', id) < 2500"),
    ({"sample": {"from": 2500, "to": 10_000, "salt": "été"}},
     "SELECT id FROM people WHERE bucket('été', id) >= 2500"),
    # Near: which of the towns of the demonstration lie there, one knows
    (f("location", "within_km", {"lat": 44.8378, "lon": -0.5792, "km": 12}),
     "SELECT id FROM people WHERE city IN ('Bordeaux', 'Mérignac', 'Pessac', 'Talence')"),
    (f("location", "within_km", {"lat": 48.8566, "lon": 2.3522, "km": 25}),
     """SELECT id FROM people WHERE country = 'FR' AND (SUBSTR(postal_code, 1, 2)
      IN ('75', '92', '93', '94') OR city IN ('Versailles'))"""),
    # Declared properties of events
    ({"events": {"where": [f("prop:device", "is", "PHONE"), f("prop:stars", ">", 3)]}},
     """SELECT customer_id FROM seen WHERE JSON_EXTRACT(properties, '$.device') = 'Phone'
      AND JSON_EXTRACT(properties, '$.stars') > 3"""),
    ({"events": {"measure": "avg:prop:stars", "op": "<", "value": 2.5}},
     """SELECT customer_id FROM seen WHERE properties <> '{}' GROUP BY customer_id
      HAVING AVG(JSON_EXTRACT(properties, '$.stars')) < 2.5"""),
    # Together
    ({"all": [stage("vip", "loyal"), {"any": [f("recency_score", ">=", 4),
              {"not": {"events": {"when": {"last": [90, "day"]}}}}]}]},
     """SELECT s.id FROM stage s JOIN score b ON b.customer_id = s.id
      WHERE s.name IN ('vip', 'loyal') AND (b.recency >= 4 OR s.id NOT IN (SELECT customer_id
        FROM seen WHERE occurred_at >= :days_90))"""),
]  # fmt: skip
