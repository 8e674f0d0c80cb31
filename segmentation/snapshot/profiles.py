"""What is computed of each customer's orders: one SQL, a function of the rows and of `now`.

It has two parts: the figures of each customer, from their own rows, and the ranks that compare
each buyer with all others, from everyone's figures.

Invariant: the stored table `profiles` is this SQL's answer for the build's instant, nothing else;
for any other `now` that the cache does not serve, the same SQL runs on the rows.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from segmentation.snapshot.reader import Meta

# Scores, ranks and PMG compare a buyer with all others: windows over the figures of each. They are
# worked out apart, on the few columns that they compare, and in as few orders as will do: sorting
# whole profiles takes four times as long. `above`, `earlier` and `rarer` are how many buyers are so
# strictly, `alike` how many spent the same; shares are compared as whole numbers. What a question
# does not need of the figures is left out of both places where they stand, if not materialized.
_RANKED = """
WITH figures AS NOT MATERIALIZED ({figures})
SELECT
  figures.*,
  buyers,
  spenders,
  1 + above AS revenue_rank,
  1 + earlier * 5 // buyers AS recency_score,
  1 + rarer * 5 // buyers AS frequency_score,
  1 + (buyers - above - alike) * 5 // buyers AS monetary_score,
  CASE
    WHEN (spent_so_far - alike * total_spent) * 100 < 80 * everything THEN 'large'
    WHEN (spent_so_far - alike * total_spent) * 100 < 95 * everything THEN 'medium'
    WHEN buyers > 0 THEN 'small'
  END AS pmg
FROM figures
LEFT JOIN (
  SELECT
    customer_id AS buyer,
    COUNT(*) OVER () AS buyers,
    COUNT(CASE WHEN total_spent > 0 THEN 1 END) OVER () AS spenders,
    SUM(total_spent) OVER () AS everything,
    RANK() OVER richest - 1 AS above,
    COUNT(*) OVER (richest RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS alike,
    SUM(total_spent) OVER richest AS spent_so_far,
    RANK() OVER (ORDER BY last_order_at ASC) - 1 AS earlier,
    RANK() OVER (ORDER BY orders_count ASC) - 1 AS rarer
  FROM figures
  WHERE orders_count > 0
  WINDOW richest AS (ORDER BY total_spent DESC)
) AS ranked ON ranked.buyer = figures.customer_id
"""

_SQL = """
SELECT
  c.id AS customer_id,
  COALESCE(o.orders_count, 0) AS orders_count,
  CAST(COALESCE(o.total_spent, 0) AS DECIMAL(18, 2)) AS total_spent,
  CAST(o.total_spent AS DOUBLE) / o.orders_count AS average_basket,
  COALESCE(o.discounted_orders, 0) AS discounted_orders,
  CAST(o.discounted_orders AS DOUBLE) / o.orders_count AS discount_share,
  COALESCE(o.order_days, 0) AS order_days,
  CASE WHEN o.order_days > 1
    THEN CAST(o.last_order_at_on - o.first_order_at_on AS DOUBLE) / (o.order_days - 1)
  END AS days_between_orders,
  o.first_order_at, o.first_order_at_on, o.last_order_at, o.last_order_at_on,
  f.favourite_category, f.categories
FROM customers AS c
LEFT JOIN (
  SELECT
    customer_id,
    COUNT(*) AS orders_count,
    SUM(total) AS total_spent,
    COUNT(*) FILTER (WHERE discount > 0) AS discounted_orders,
    COUNT(DISTINCT placed_at_on) AS order_days,
    MIN(placed_at) AS first_order_at,
    MIN(placed_at_on) AS first_order_at_on,
    MAX(placed_at) AS last_order_at,
    MAX(placed_at_on) AS last_order_at_on
  FROM orders
  WHERE status = 'paid' AND placed_at <= {now}
  GROUP BY customer_id
) AS o ON o.customer_id = c.id
LEFT JOIN (
  SELECT
    customer_id,
    FIRST(category ORDER BY n DESC, spent DESC, latest DESC, category ASC) AS favourite_category,
    LIST(category ORDER BY category ASC) AS categories
  FROM (
    SELECT customer_id, category, COUNT(*) AS n, SUM(amount) AS spent, MAX(placed_at) AS latest
    FROM items
    WHERE status = 'paid' AND placed_at <= {now} AND category IS NOT NULL
    GROUP BY customer_id, category
  )
  GROUP BY customer_id
) AS f ON f.customer_id = c.id
"""

# The columns that the ranks add to the figures.
RANKS: Final = (
    *("buyers", "spenders", "revenue_rank", "recency_score", "frequency_score"),
    *("monetary_score", "pmg"),
)


def select_sql(now: dt.datetime) -> str:
    """The profiles of all customers at `now` (aware), as DuckDB SQL over the snapshot's tables."""
    return ranked_sql(figures_sql(now))


def figures_sql(now: dt.datetime) -> str:
    """The figures of each customer at `now` (aware), compared with nobody's."""
    return _SQL.replace("{now}", instant(now)).strip()


def ranked_sql(figures: str) -> str:
    """The profiles of those whose figures the SQL selects, compared with one another."""
    return _RANKED.replace("{figures}", figures).strip()


def served_by_cache(now: dt.datetime, meta: Meta) -> bool:
    """Whether the stored profiles hold at `now`: no order is dated between the build and it."""
    return now >= meta.built_at and (meta.next_row_at is None or now < meta.next_row_at)


def instant(now: dt.datetime) -> str:
    """An aware instant as a DuckDB literal in naive UTC."""
    naive = now.astimezone(dt.UTC).replace(tzinfo=None)
    return f"CAST('{naive.isoformat(sep=' ', timespec='microseconds')}' AS TIMESTAMP)"
