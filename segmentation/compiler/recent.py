"""What people did lately, counted a customer: a relation that a statement joins where it is asked.

Invariant: a function of the rows and of the clock, never stored. Whoever did nothing has no row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import sqlglot
from sqlglot import exp

from segmentation.calendar import Clock

# Days with a sign of life, in the last 90 and in the 90 before them.
_ACTIVITY: Final = """
SELECT
  customer_id,
  COUNT(DISTINCT day) FILTER (WHERE instant >= {90}) AS days_now,
  COUNT(DISTINCT day) FILTER (WHERE instant < {90}) AS days_before
FROM (
  SELECT customer_id, placed_at AS instant, placed_at_on AS day FROM orders
  WHERE status = 'paid' AND placed_at >= {180} AND placed_at <= {0}
  UNION ALL
  SELECT customer_id, occurred_at, occurred_at_on FROM events
  WHERE occurred_at >= {180} AND occurred_at <= {0}
  UNION ALL
  SELECT customer_id, occurred_at, occurred_at_on FROM engagements
  WHERE kind IN ('click', 'reply') AND NOT machine
    AND occurred_at >= {180} AND occurred_at <= {0}
) AS signs
GROUP BY customer_id
"""
_PRESSURE: Final = """
SELECT
  customer_id,
  COUNT(*) FILTER (WHERE sent_at >= {7}) AS last_7_days,
  COUNT(*) AS last_30_days
FROM messages
WHERE sent_at >= {30} AND sent_at <= {0}
GROUP BY customer_id
"""
_DAYS: Final = (0, 7, 30, 90, 180)


def _made(sql: str) -> Callable[[Clock], exp.Query]:
    def query(clock: Clock) -> exp.Query:
        written = sql
        for days in _DAYS:
            instant = clock.shift(-days, "day").isoformat(sep=" ", timespec="microseconds")
            written = written.replace(f"{{{days}}}", f"CAST('{instant}' AS TIMESTAMP)")
        parsed = sqlglot.parse_one(written, dialect="duckdb")
        assert isinstance(parsed, exp.Query)
        return parsed

    return query


RELATIONS: Final[Mapping[str, Callable[[Clock], exp.Query]]] = {
    "activity": _made(_ACTIVITY),
    "pressure": _made(_PRESSURE),
}
