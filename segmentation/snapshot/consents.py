"""What each person's latest word is, and what holds of them, as `customers.consent_state` says it.

Invariant: a consent given under 15 without a guardian, by the local date it was given on, is not
heard, exactly as when a message is claimed; nothing here depends on today's age. `unknown` takes
back the yeses before it, never a no. The exception for existing customers is no word: it holds
where they said nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from customers.legal_bases import AGE_OF_CONSENT
from segmentation.snapshot import profiles, texts

_DAY: Final = "year({0}) * 10000 + month({0}) * 100 + day({0})"
_EXCEPTION: Final = "state = 'given' AND basis = 'customer'"
# Who may have been too young: a year wider than the rule, so that few need their local date.
_DOUBTFUL: Final = (
    "k.state = 'given' AND k.basis <> 'guardian' AND c.birth_date IS NOT NULL"
    f" AND year(k.occurred_at) - year(c.birth_date) <= {AGE_OF_CONSENT + 1}"
)
# One row a person, under which the word on each subject and what holds of it are found.
BY_CUSTOMER: Final = """(SELECT customer_id,
    max(state) FILTER (subject = 'email') AS email,
    max(state) FILTER (subject = 'sms') AS sms,
    max(state) FILTER (subject = 'tracking') AS tracking,
    max(standing) FILTER (subject = 'email') AS email_standing,
    max(standing) FILTER (subject = 'sms') AS sms_standing
  FROM stage_said GROUP BY customer_id)"""


def stage(connection: duckdb.DuckDBPyConnection, now: dt.datetime, zone: ZoneInfo) -> None:
    """Make `stage_said`: one row a person, subject and attribute.

    `state` is what they said, `standing` what holds: given by the exception too.
    """
    doubtful = (
        "(SELECT k.id, k.occurred_at, c.birth_date FROM stage_consents k"
        f" JOIN stage_customers c ON c.id = k.customer_id WHERE {_DOUBTFUL}) s"
    )
    texts.learn_days(connection, "s.occurred_at", doubtful, zone)
    said_on = _DAY.format(texts.local_date("s.occurred_at", "d"))
    latest = "arg_max(state, (occurred_at, id))"
    connection.execute(
        "CREATE TEMP TABLE stage_said AS"
        " SELECT customer_id, subject, attribute_key, COALESCE(word, 'unknown') AS state,"
        "   COALESCE(word, latest) AS standing"
        f" FROM (SELECT customer_id, subject, attribute_key, {latest} AS latest,"
        f"   COALESCE(NULLIF({latest} FILTER (NOT ({_EXCEPTION})), 'unknown'),"
        "     max(state) FILTER (state = 'withdrawn')) AS word"
        f" FROM stage_consents k ANTI JOIN (SELECT s.id FROM {doubtful}"
        "     JOIN days d ON d.day = CAST(s.occurred_at AS DATE)"
        f"     WHERE {said_on} < {_DAY.format('s.birth_date')} + {AGE_OF_CONSENT} * 10000"
        "   ) y ON y.id = k.id"
        f" WHERE occurred_at <= {profiles.instant(now)}"
        " GROUP BY customer_id, subject, attribute_key)"
    )
