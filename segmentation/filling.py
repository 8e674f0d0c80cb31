"""Who enters a segment and who leaves it by its rule, and what its members are worth.

One evaluation tells all of it: the engine compares whom the rule means with the members there
are, so that only those who move are taken out of it. Invariant: a rule that takes too long, or
whose refresh is asked to stop, is interrupted in the engine itself; the thread that asked never
waits for it longer than its limit.
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
# The members, handed over as one text, against whom the rule means.
_MEMBERS: Final = """
CREATE OR REPLACE TEMP TABLE members AS SELECT unnest(from_json($1, '["BIGINT"]')) AS id
"""
_COMPARED: Final = """
SELECT count(*) FILTER (reachable_email), count(*) FILTER (reachable_sms), {spent},
  list(f.id ORDER BY f.id) FILTER (m.id IS NULL), list(m.id ORDER BY m.id) FILTER (f.id IS NULL)
FROM ({found}) f FULL JOIN members m ON m.id = f.id
"""
Answer = TypeVar("Answer")
Check = Callable[[], None]


class TookTooLong(Exception):
    """The rule was not answered within the limit."""


@dataclass(frozen=True)
class Found:
    """Who is to enter and who to leave, ascending, eight bytes each, and sums over all it means.

    `revenue` is in the shop's currency, None where the snapshot is older than an order that
    counts by now.
    """

    new: array[int]
    gone: array[int]
    email: int
    sms: int
    revenue: Decimal | None


def find(rule: Rule, now: dt.datetime, catalogue: Catalogue, members: str, go_on: Check) -> Found:
    """Evaluate a rule at `now` and compare it with the members, given as a JSON list of numbers.

    `go_on` is called now and then, and raises to give up. Raises RuleError, snapshot.NoSnapshot,
    TookTooLong, and what `go_on` raises.
    """
    with engine.asking(now, catalogue) as asked:
        paid = asked.compiler.question.profiles is None
        statement = asked.compiler.worth(rule.node, spent=paid).sql("duckdb")
        spent = "coalesce(sum(spent), 0)" if paid else "NULL"
        compared = _COMPARED.format(spent=spent, found=statement)
        return within_limits(asked.cursor, lambda: _found(asked.cursor, compared, members), go_on)


def _found(cursor: duckdb.DuckDBPyConnection, compared: str, members: str) -> Found:
    # A temporary table is the cursor's own: it goes when the cursor is closed.
    cursor.execute(_MEMBERS, [members])
    email, sms, revenue, new, gone = cursor.execute(compared).fetchall()[0]
    return Found(array("q", new or ()), array("q", gone or ()), email, sms, revenue)


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
