"""Bringing a copy of the current version up to date: some customers' rows are made anew.

Invariant: the outcome is what building whole makes at the same instant. The rows of the customers
marked are made by the same code from their facts alone, and take the place of those they had; what
compares everyone (ranks, labels, meta) is made from the rows stored. Nothing is touched where that
would not do: where others than those marked are concerned, they are named instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from segmentation.snapshot import engine, making, profiles, read, spellings, staging, telling
from segmentation.snapshot.tables import Table
from segmentation.snapshot.telling import Identity

# The copy is attached under this name.
_KEPT: Final = "kept."
# Whether each channel's suppression is told of a customer, by its column, and by which key.
_SUPPRESSED: Final = {"email": "email_key", "sms": "phone_key"}


@dataclass(frozen=True, slots=True)
class Renewed:
    """What was done: the number of rows by table, and of those written anew."""

    tables: Mapping[str, int]
    changed_rows: int


@dataclass(frozen=True, slots=True)
class Neglected:
    """Nothing was done: these customers are concerned and not marked."""

    customers: Sequence[int]


def renew(
    path: Path, rows: read.Rows, identity: Identity, since: dt.datetime
) -> Renewed | Neglected:
    """Bring the copy at `path`, which tells of the instant `since`, up to date with the rows read.

    The files are deleted as they are loaded. Raises duckdb.Error where the copy cannot be read.
    """
    connection = engine.open_to_build(Path(":memory:"), path.with_name("spill"))
    try:
        # The copy is put on disk whole before it is published; until then nothing hangs on it.
        connection.execute("SET fsync_mode = 'NONE'")
        _load_marked(connection, rows)
        staging.stage(connection, rows.files, identity.now)
        tables = making.make_tables(connection, identity.now)
        escaped = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{escaped}' AS {_KEPT.rstrip('.')}")
        neglected = _neglected(connection, tables, identity.now, since)
        if neglected:
            return Neglected(neglected)
        return _replace(connection, tables, identity)
    finally:
        connection.close()


def _load_marked(connection: duckdb.DuckDBPyConnection, rows: read.Rows) -> None:
    """Make the table `marked`, of the customers whose rows were read."""
    assert rows.marked is not None
    found = staging.csv_sql({"customer_id": "BIGINT"})
    connection.execute(f"CREATE TEMP TABLE marked AS {found}", [str(rows.marked)])
    rows.marked.unlink()


def _of_marked(table: Table) -> str:
    """SQL that is true for the rows of a table that belong to those marked; for all of a small."""
    return f'"{table.customer}" IN (FROM marked)' if table.customer else "TRUE"


def _neglected(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    now: dt.datetime,
    since: dt.datetime,
) -> list[int]:
    """Whom else the facts concern: what is stored of them no longer holds, and nothing marks them.

    Time has come to what was dated in the future; a product, a tag or a link reads otherwise; an
    address was suppressed while a transaction that nobody else saw was giving it to someone.
    """
    come = f"> {profiles.instant(since)} AND {{}} <= {profiles.instant(now)}"
    concerned = [
        f"SELECT customer_id FROM {_KEPT}orders WHERE placed_at {come.format('placed_at')}",
        f"SELECT customer_id FROM {_KEPT}upcoming WHERE occurred_at {come.format('occurred_at')}",
    ]
    for table in tables:
        for other in table.repeated_in:
            concerned.append(
                f'SELECT o.customer_id FROM {_KEPT}"{other}" o JOIN (SELECT DISTINCT'
                f' "{table.repeated}" AS was FROM (FROM {_KEPT}"{table.name}" EXCEPT ALL'
                f' FROM "{table.name}")) ON o."{table.repeated}" IS NOT DISTINCT FROM was'
            )
    for channel, key in _SUPPRESSED.items():
        keys = (
            "SELECT CAST('0x' || substr(address_hash, 1, 15) AS BIGINT) FROM stage_suppressions"
            f" WHERE channel = '{channel}'"
        )
        concerned.append(
            f"SELECT id FROM {_KEPT}customers"
            f" WHERE {channel}_suppressed <> COALESCE({key} IN ({keys}), FALSE)"
        )
    found = connection.execute(
        f"SELECT DISTINCT customer_id FROM ({' UNION ALL '.join(concerned)})"
        " WHERE customer_id NOT IN (FROM marked)"
    )
    return [customer for (customer,) in found.fetchall()]


def _replace(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], identity: Identity
) -> Renewed:
    out = spellings.standing(tables, _KEPT, _of_marked)
    into = spellings.standing(tables, "", lambda _table: "TRUE")
    moved = (
        f"SELECT *, 1 AS rows FROM ({into}) UNION ALL"
        f" SELECT * REPLACE (-weight AS weight), -1 AS rows FROM ({out})"
    )
    connection.execute(
        "CREATE TEMP TABLE respelt AS"
        f" SELECT kind, folded, raw, rows, n FROM {_KEPT}spellings UNION ALL"
        f" SELECT kind, folded, raw, sum(rows), sum(weight) FROM ({moved}) GROUP BY ALL"
    )
    changed = 0
    for table in tables:
        name = f'"{table.name}"'
        connection.execute(f"DELETE FROM {_KEPT}{name} WHERE {_of_marked(table)}")
        done = connection.execute(f"INSERT INTO {_KEPT}{name} BY NAME FROM {name}").fetchall()
        changed += int(done[0][0])
    changed += _renew_profiles(connection, identity.now)
    connection.execute(
        f"CREATE OR REPLACE TABLE {_KEPT}spellings AS {spellings.summed('FROM respelt')}"
    )
    labels = spellings.LABELS.format(home=_KEPT)
    connection.execute(f"CREATE OR REPLACE TABLE {_KEPT}labels AS {labels}")
    counts = telling.tell(connection, _KEPT, identity)
    connection.execute(f"CHECKPOINT {_KEPT.rstrip('.')}")
    return Renewed(counts, changed)


def _renew_profiles(connection: duckdb.DuckDBPyConnection, now: dt.datetime) -> int:
    """Make the profiles of those marked anew, and everyone's ranks where any may have moved.

    Returns how many were made anew.
    """
    made = connection.execute(
        f"CREATE TEMP TABLE figures AS {profiles.figures_sql(now)}"
    ).fetchall()
    ranks = ", ".join(profiles.RANKS)
    compared = "SELECT customer_id, orders_count, total_spent, last_order_at FROM"
    before = f"{_KEPT}profiles WHERE customer_id IN (FROM marked)"
    moved = connection.execute(
        f"SELECT count(*) FROM (({compared} {before} EXCEPT {compared} figures) UNION ALL"
        f" ({compared} figures EXCEPT {compared} {before}))"
    ).fetchall()
    if moved == [(0,)]:
        # Nobody bought: everyone's ranks stay.
        connection.execute(
            f"CREATE TEMP TABLE renewed AS SELECT * FROM figures JOIN"
            f" (SELECT customer_id, {ranks} FROM {before}) USING (customer_id)"
        )
        connection.execute(f"DELETE FROM {before}")
        connection.execute(f"INSERT INTO {_KEPT}profiles BY NAME FROM renewed")
        return int(made[0][0])
    figures = (
        f"SELECT * EXCLUDE ({ranks}) FROM {_KEPT}profiles"
        " WHERE customer_id NOT IN (FROM marked) UNION ALL BY NAME FROM figures"
    )
    connection.execute(f"CREATE OR REPLACE TABLE {_KEPT}profiles AS {profiles.ranked_sql(figures)}")
    return int(made[0][0])
