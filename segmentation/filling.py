"""Whom a segment holds by its rule, and what they are worth: one evaluation for all of it.

Invariant: a rule that takes too long, or whose refresh is asked to stop, is interrupted in the
engine itself; the thread that asked never waits for it longer than its limit.
"""

from __future__ import annotations

import datetime as dt
import time
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

import duckdb

from segmentation import engine
from segmentation.catalogue import Catalogue
from segmentation.rules import Rule

# A rule over a million customers takes a tenth of a second; one that takes this long is at fault.
LIMIT_SECONDS: Final = 30.0
_LOOK_EVERY_SECONDS: Final = 0.5
_ROWS: Final = 10_000
Answer = TypeVar("Answer")
Check = Callable[[], None]


class TookTooLong(Exception):
    """The rule was not answered within the limit."""


@dataclass(frozen=True)
class Found:
    """Customers' ids, ascending, eight bytes each, and the sums over these customers.

    `revenue` is in the shop's currency, None where the snapshot is older than an order that
    counts by now.
    """

    ids: array[int]
    email: int
    sms: int
    revenue: Decimal | None


def find(rule: Rule, now: dt.datetime, catalogue: Catalogue, go_on: Check) -> Found:
    """Evaluate a rule at `now`. `go_on` is called now and then, and raises to give up.

    Raises RuleError, snapshot.NoSnapshot, TookTooLong, and what `go_on` raises.
    """
    with engine.asking(now, catalogue) as asked:
        paid = asked.compiler.question.profiles is None
        statement = asked.compiler.worth(rule.node, spent=paid).sql("duckdb")
        return within_limits(asked.cursor, lambda: _found(asked.cursor, statement, paid), go_on)


def _found(cursor: duckdb.DuckDBPyConnection, statement: str, paid: bool) -> Found:
    # A temporary table is the cursor's own: it goes when the cursor is closed.
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE found AS {statement}")
    spent = "coalesce(sum(spent), 0)" if paid else "NULL"
    cursor.execute(
        "SELECT count(*) FILTER (reachable_email), count(*) FILTER (reachable_sms),"
        f" {spent} FROM found"
    )
    email, sms, revenue = cursor.fetchall()[0]
    ids = array("q")
    cursor.execute("SELECT id FROM found ORDER BY id")
    while rows := cursor.fetchmany(_ROWS):
        ids.extend([row[0] for row in rows])
    return Found(ids, email, sms, revenue)


def within_limits(
    cursor: duckdb.DuckDBPyConnection, work: Callable[[], Answer], go_on: Check
) -> Answer:
    """Do the cursor's work in a thread of its own, and interrupt it where it must not go on."""
    until = time.monotonic() + LIMIT_SECONDS
    with ThreadPoolExecutor(1, thread_name_prefix="evaluation") as pool:
        doing = pool.submit(work)
        try:
            while not _done(doing, min(_LOOK_EVERY_SECONDS, until - time.monotonic())):
                if time.monotonic() >= until:
                    raise TookTooLong(f"No answer within {LIMIT_SECONDS:g} seconds.")
                go_on()
        except BaseException:
            # Said again until it is heard: the work may not have reached the engine yet.
            while not _done(doing, 0.02):
                cursor.interrupt()
            raise
        return doing.result()


def _done(doing: Any, seconds: float) -> bool:
    return bool(wait([doing], timeout=max(seconds, 0.001)).done)
