"""What a version says of itself, in its table `meta`.

Invariant: all of it is found in the version's own tables, however they were made.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
from django.conf import settings

from segmentation.snapshot import profiles
from segmentation.snapshot.tables import registry


@dataclass(frozen=True, slots=True)
class Identity:
    """Which version it is, the instant it tells of, and of which declarations."""

    number: int
    now: dt.datetime
    fingerprint: str


def tell(connection: duckdb.DuckDBPyConnection, home: str, identity: Identity) -> dict[str, int]:
    """Write the table `meta`; returns the number of rows by table.

    `home` is what stands before a table's name.
    """
    counts = _counts(connection, home)
    now = profiles.instant(identity.now)
    next_row, next_consent = connection.execute(
        f"SELECT (SELECT min(placed_at) FROM {home}orders WHERE placed_at > {now}),"
        f" (SELECT min(occurred_at) FROM {home}upcoming WHERE occurred_at > {now})"
    ).fetchall()[0]
    stale = min((each for each in (next_row, next_consent) if each is not None), default=None)
    told: Mapping[str, str | None] = {
        "built_at": identity.now.astimezone(dt.UTC).replace(tzinfo=None).isoformat(),
        "version": str(identity.number),
        "next_row_at": next_row.isoformat() if next_row else None,
        "stale_at": stale.isoformat() if stale else None,
        "customers": str(counts["customers"]),
        "time_zone": settings.TIME_ZONE,
        "fingerprint": identity.fingerprint,
        "tables": json.dumps(counts),
    }
    connection.execute(f"CREATE OR REPLACE TABLE {home}meta(key VARCHAR, value VARCHAR)")
    connection.execute(
        f"INSERT INTO {home}meta SELECT unnest($1), unnest($2)",
        [list(told), list(told.values())],
    )
    return counts


def _counts(connection: duckdb.DuckDBPyConnection, home: str) -> dict[str, int]:
    names = (*registry.tables, "profiles", "labels")
    each = ", ".join(f'(SELECT count(*) FROM {home}"{name}")' for name in names)
    return dict(zip(names, connection.execute(f"SELECT {each}").fetchall()[0], strict=True))
