"""What people did lately, counted a customer: a relation that a statement joins where it is asked.

Invariant: a function of the rows and of the clock, never stored. Whoever did nothing has no row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import sqlglot
from sqlglot import exp

from segmentation.calendar import Clock, Range
from segmentation.catalogue.expressions import moment
from segmentation.compiler import days
from segmentation.compiler.conditions import column, within

# Days with a sign of life, in the last 90 and in the 90 before them.
_ACTIVITY: Final = """
SELECT
  customer_id,
  {days_now} AS days_now,
  {days_before} AS days_before
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
_AGO: Final = (0, 7, 30, 90, 180)


def _days(bounds: Range[dt.datetime], clock: Clock) -> exp.Expr:
    """How many days the signs of life within bounds fall on."""

    def during() -> exp.Expr:
        return within(lambda: column("instant"), bounds)

    return days.count(column("day"), bounds, clock, during)


def _made(sql: str) -> Callable[[Clock], exp.Query]:
    def query(clock: Clock) -> exp.Query:
        written = sql
        middle = clock.shift(-90, "day")
        for name, bounds in (
            ("{days_now}", Range(middle, clock.instant)),
            ("{days_before}", Range(clock.shift(-180, "day"), middle, high_in=False)),
        ):
            written = written.replace(name, _days(bounds, clock).sql(dialect="duckdb"))
        for ago in _AGO:
            instant = moment(clock.shift(-ago, "day")).sql(dialect="duckdb")
            written = written.replace(f"{{{ago}}}", instant)
        parsed = sqlglot.parse_one(written, dialect="duckdb")
        assert isinstance(parsed, exp.Query)
        return parsed

    return query


RELATIONS: Final[Mapping[str, Callable[[Clock], exp.Query]]] = {
    "activity": _made(_ACTIVITY),
    "pressure": _made(_PRESSURE),
}
