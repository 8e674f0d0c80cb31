"""Rules over the CDNOW customers, written by hand, each beside its own SQL over the facts.

They are asked as of 1 July 1998, the day after the file ends.
"""

from __future__ import annotations

from tests.segmentation.demo_by_sql import Node, f, stage

QUESTIONS: list[tuple[Node, str]] = [
    (f("recency_score", "=", 5), "SELECT customer_id FROM score WHERE recency = 5"),
    (f("frequency_score", "=", 1), "SELECT customer_id FROM score WHERE frequency = 1"),
    (f("monetary_score", ">=", 4), "SELECT customer_id FROM score WHERE money >= 4"),
    (f("rfm_group", "in", ["champion", "loyal"]), """SELECT customer_id FROM score
      WHERE recency >= 3 AND frequency + money >= 8"""),
    (f("pmg", "is", "large"), "SELECT customer_id FROM score WHERE richer * 100 < 80 * everything"),
    (f("pmg", "is", "small"), """SELECT customer_id FROM score
      WHERE richer * 100 >= 95 * everything"""),
    (f("total_spent", "top_percent", 5), """SELECT customer_id FROM score
      WHERE cents > 0 AND (rank - 1) * 100 < 5 * spenders"""),
    (f("revenue_rank_percent", "between", [10, 20]), """SELECT customer_id FROM score
      WHERE rank * 100 BETWEEN 10 * k AND 20 * k"""),
    (stage("lost"), "SELECT id FROM stage WHERE name = 'lost'"),
    (stage("at_risk", "active"), "SELECT id FROM stage WHERE name IN ('at_risk', 'active')"),
    (stage("vip"), "SELECT id FROM stage WHERE name = 'vip'"),
    (f("engagement_trend", "is", "falling"), """SELECT id FROM lately
      WHERE before > 0 AND now * 2 <= before"""),
    (f("purchase_rhythm", "is", "quarterly"), """SELECT customer_id FROM buyer
      WHERE last >= :months_6 AND days > 1
      AND (JULIANDAY(last_day) - JULIANDAY(first_day)) / (days - 1) > 45
      AND (JULIANDAY(last_day) - JULIANDAY(first_day)) / (days - 1) <= 120"""),
    (f("expected_next_order_at", "in_next", [90, "day"]), """SELECT customer_id FROM buyer
      WHERE days > 1 AND JULIANDAY(last)
        + (JULIANDAY(last_day) - JULIANDAY(first_day)) / (days - 1)
      BETWEEN JULIANDAY(:now) AND JULIANDAY(:now) + 90"""),
    (f("first_order_at", "anniversary_month", 2), """SELECT customer_id FROM buyer
      WHERE STRFTIME('%m', first_day) = '02'"""),
    (f("last_order_at", "anniversary_in_next", [30, "day"]), """SELECT customer_id FROM buyer
      WHERE STRFTIME('%m-%d', last_day) BETWEEN '07-01' AND '07-31'"""),
    ({"trend": {"of": "orders", "measure": "sum:total", "last": [180, "day"], "op": "down_by",
                "value": 50}},
     """SELECT customer_id FROM paid GROUP BY customer_id
      HAVING SUM(CASE WHEN placed_at < :days_180 AND placed_at >= :days_360 THEN cents END) > 0
      AND SUM(CASE WHEN placed_at >= :days_180 THEN cents ELSE 0 END) * 2
       <= SUM(CASE WHEN placed_at < :days_180 AND placed_at >= :days_360 THEN cents END)"""),
    ({"sequence": {"first": {"orders": {"where": [f("total", ">=", 100)]}},
                   "then": {"orders": {}}, "within": [720, "hour"]}},
     """SELECT a.customer_id FROM paid a JOIN paid b ON b.customer_id = a.customer_id
      AND b.placed_at > a.placed_at AND JULIANDAY(b.placed_at) - JULIANDAY(a.placed_at) <= 30
      WHERE a.cents >= 10000"""),
    ({"sequence": {"first": {"orders": {"where": [f("total", ">=", 100)]}},
                   "then_not": {"orders": {}}}},
     """SELECT customer_id FROM paid a WHERE cents >= 10000 AND NOT EXISTS (SELECT 1 FROM paid b
       WHERE b.customer_id = a.customer_id AND b.placed_at > a.placed_at)"""),
    ({"items": {"measure": "max:quantity", "op": ">=", "value": 10}},
     "SELECT customer_id FROM bought WHERE quantity >= 10"),
    ({"sample": {"from": 9000, "to": 10_000, "salt": "cdnow"}},
     "SELECT id FROM people WHERE bucket('cdnow', id) >= 9000"),
    ({"all": [stage("lost"), f("total_spent", ">", 200), {"not": f("orders_count", "<", 3)}]},
     """SELECT s.id FROM stage s JOIN buyer b ON b.customer_id = s.id
      WHERE s.name = 'lost' AND b.cents > 20000 AND b.n >= 3"""),
]  # fmt: skip
