"""Asking the facts' own database in SQL written by hand, for answers to compare rules with.

Nothing of the rule language, its compiler or the snapshot has a hand in them: SQLite reads the
tables that Django writes. Each question is a SELECT of customers' numbers over these views.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import connection

from tests.segmentation.facts_by_hand import PARIS, Clock

# What counts as of :now. Amounts are in cents: SQLite keeps decimals as floats.
VIEWS = """
WITH people AS (SELECT * FROM customers_customer WHERE erased_at IS NULL),
paid AS (
  SELECT *, CAST(ROUND(total * 100) AS INTEGER) AS cents, local_day(placed_at) AS day
  FROM customers_order WHERE status = 'paid' AND placed_at <= :now),
bought AS (
  SELECT o.customer_id, o.placed_at, o.day, l.quantity, l.amount, p.id AS product_id,
    p.name AS product, p.category, p.brand
  FROM customers_orderline l JOIN paid o ON o.id = l.order_id
  LEFT JOIN customers_product p ON p.id = l.product_id),
seen AS (
  SELECT *, local_day(occurred_at) AS day FROM customers_event WHERE occurred_at <= :now),
reacted AS (
  SELECT *, local_day(occurred_at) AS day FROM campaigns_engagement
  WHERE occurred_at <= :now AND NOT machine AND customer_id IS NOT NULL),
sent AS (SELECT * FROM campaigns_message WHERE sent_at <= :now),
buyer AS (
  SELECT customer_id, COUNT(*) AS n, SUM(cents) AS cents, MIN(placed_at) AS first,
    MAX(placed_at) AS last, MIN(day) AS first_day, MAX(day) AS last_day,
    COUNT(DISTINCT day) AS days
  FROM paid GROUP BY customer_id),
score AS (
  SELECT *, COUNT(*) OVER () AS k,
    1 + 5 * (RANK() OVER (ORDER BY last) - 1) / COUNT(*) OVER () AS recency,
    1 + 5 * (RANK() OVER (ORDER BY n) - 1) / COUNT(*) OVER () AS frequency,
    1 + 5 * (RANK() OVER (ORDER BY cents) - 1) / COUNT(*) OVER () AS money,
    RANK() OVER (ORDER BY cents DESC) AS rank,
    SUM(cents) OVER (ORDER BY cents DESC) - SUM(cents) OVER (PARTITION BY cents) AS richer,
    SUM(cents) OVER () AS everything,
    SUM(cents > 0) OVER () AS spenders
  FROM buyer),
stage AS (
  SELECT p.id, CASE
    WHEN s.n IS NULL THEN 'prospect'
    WHEN s.last < :days_240 THEN 'lost'
    WHEN s.last < :days_90 THEN 'at_risk'
    WHEN s.first >= :days_30 THEN 'new'
    WHEN s.cents > 0 AND (s.rank - 1) * 100 < 20 * s.spenders THEN 'vip'
    WHEN s.n >= 5 THEN 'loyal'
    ELSE 'active' END AS name
  FROM people p LEFT JOIN score s ON s.customer_id = p.id),
sign AS (
  SELECT customer_id, placed_at AS at, day FROM paid
  UNION ALL SELECT customer_id, occurred_at, day FROM seen
  UNION ALL SELECT customer_id, occurred_at, day FROM reacted WHERE kind IN ('click', 'reply')),
lately AS (
  SELECT p.id, COUNT(DISTINCT CASE WHEN s.at >= :days_90 THEN s.day END) AS now,
    COUNT(DISTINCT CASE WHEN s.at >= :days_180 AND s.at < :days_90 THEN s.day END) AS before
  FROM people p LEFT JOIN sign s ON s.customer_id = p.id GROUP BY p.id)
"""
_SPANS = {"day": (7, 30, 60, 90, 180, 240, 360), "month": (3, 6), "year": (1,), "hour": (2, 4)}


def written(at: dt.datetime) -> str:
    """An instant as Django writes it in SQLite."""
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def instants(now: dt.datetime) -> dict[str, str]:
    """The parameters of a question: `:now`, `:today` and `:days_30` and the like."""
    clock = Clock(now)
    told = {"now": written(now), "today": clock.today.isoformat()}
    for unit, numbers in _SPANS.items():
        told |= {f"{unit}s_{n}": written(clock.ago(n, unit)) for n in numbers}
    return told


def ids(question: str, now: dt.datetime) -> list[int]:
    """The customers a question finds as of an instant, ascending."""
    connection.ensure_connection()
    database = connection.connection
    database.create_function("local_day", 1, _local_day, deterministic=True)
    database.create_function("bucket", 2, _bucket, deterministic=True)
    found = database.execute(f"{VIEWS} {question}", instants(now)).fetchall()
    return sorted({int(row[0]) for row in found})


def _local_day(at: str | None) -> str | None:
    if at is None:
        return None
    instant = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    return instant.astimezone(PARIS).date().isoformat()


def _bucket(salt: str, customer: int) -> int:
    digest = hashlib.sha256(f"{salt}:{customer}".encode()).hexdigest()
    return int(digest[:16], 16) % 10_000
