"""Folding texts and dating instants by dictionary: each distinct text, each distinct day, once.

Invariant: a text is folded exactly as `customers.folding.fold` does, an instant's local date is
exactly that of the project's time zone; an empty text is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from customers.folding import fold

# What str.split() takes for white space among the ASCII characters.
_ASCII_FOLD: Final = r"trim(regexp_replace(lower(raw), '[\t-\r\x1c- ]+', ' ', 'g'))"
_CHUNK: Final = 20_000


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty dictionaries: `texts` and `days`."""
    connection.execute("CREATE TEMP TABLE texts(raw VARCHAR, folded VARCHAR)")
    connection.execute(
        "CREATE TEMP TABLE days(day DATE, before INTEGER, cut TIMESTAMP, after INTEGER)"
    )


def learn_texts(
    connection: duckdb.DuckDBPyConnection, expressions: Sequence[str], origin: str
) -> None:
    """Take the distinct values of these expressions over `origin` into the dictionary."""
    learnt = connection.execute(
        "CREATE OR REPLACE TEMP TABLE learnt AS SELECT DISTINCT raw"
        f" FROM (SELECT unnest([{', '.join(expressions)}]) AS raw FROM {origin})"
        " ANTI JOIN texts USING (raw) WHERE raw <> ''"
    ).fetchall()
    if learnt == [(0,)]:
        return
    connection.execute(
        f"INSERT INTO texts SELECT raw, NULLIF({_ASCII_FOLD}, '') FROM learnt"
        " WHERE strlen(raw) = length(raw)"
    )
    others = connection.execute("SELECT raw FROM learnt WHERE strlen(raw) <> length(raw)")
    raws = [raw for (raw,) in others.fetchall()]
    for start in range(0, len(raws), _CHUNK):
        chunk = raws[start : start + _CHUNK]
        connection.execute(
            "INSERT INTO texts SELECT raw, NULLIF(folded, '')"
            " FROM (SELECT unnest($1) AS raw, unnest($2) AS folded)",
            [chunk, [fold(raw) for raw in chunk]],
        )


def learn_days(
    connection: duckdb.DuckDBPyConnection, sql: str, origin: str, zone: ZoneInfo
) -> None:
    """Take the distinct UTC days of the instants `sql` over `origin`, with their offsets."""
    found = connection.execute(
        f"SELECT DISTINCT CAST({sql} AS DATE) AS day FROM {origin}"
        f" WHERE {sql} IS NOT NULL AND day NOT IN (SELECT day FROM days)"
    ).fetchall()
    if found:
        rows = [offsets(day, zone) for (day,) in found]
        connection.execute(
            "INSERT INTO days SELECT unnest($1), unnest($2), unnest($3), unnest($4)",
            [list(column) for column in zip(*rows, strict=True)],
        )


def local_date(sql: str, day: str) -> str:
    """SQL of an instant's local date, given the alias of its row of `days`."""
    offset = f"CASE WHEN {sql} < {day}.cut THEN {day}.before ELSE {day}.after END"
    return f"CAST({sql} + to_seconds({offset}) AS DATE)"


def offsets(day: dt.date, zone: ZoneInfo) -> tuple[dt.date, int, dt.datetime, int]:
    """The zone's offset in seconds as a UTC day begins, the instant it changes, and after."""
    start = dt.datetime.combine(day, dt.time())
    before, after = _offset(start, zone), _offset(start + dt.timedelta(seconds=86_399), zone)
    if before == after:
        return day, before, start, before
    low, high = 0, 86_399
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(start + dt.timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return day, before, start + dt.timedelta(seconds=high), after


def _offset(instant: dt.datetime, zone: ZoneInfo) -> int:
    try:
        local = instant.replace(tzinfo=dt.UTC).astimezone(zone)
    except OverflowError:
        # The first and the last day that a date can have.
        return 0
    offset = local.utcoffset() or dt.timedelta()
    return int(offset.total_seconds())
