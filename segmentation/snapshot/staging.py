"""Staging what was read: CSV files become temporary tables, and what is known of values once.

Invariant: staging tables are temporary ones, outside any file, so nothing undeclared is ever
written into a snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings

from segmentation.snapshot import consents, homes, phones, read, texts
from segmentation.snapshot.tables import Source, registry

# A line holds an event's properties whole, which may be long.
LONGEST_LINE: Final = 16 * 1024 * 1024


def stage(
    connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path], now: dt.datetime
) -> None:
    """Load each source's file into its staging table, deleting the file, and prepare the rest."""
    for name, file in files.items():
        _load(connection, registry.sources[name], file)
        file.unlink()
    phones.load(connection)
    homes.load(connection)
    texts.prepare(connection)
    consents.stage(connection, now, ZoneInfo(settings.TIME_ZONE))


def _load(connection: duckdb.DuckDBPyConnection, source: Source, file: Path) -> None:
    columns = {column.name: column.type for column in source.columns}
    connection.execute(f"CREATE TEMP TABLE {source.stage} AS {csv_sql(columns)}", [str(file)])


def csv_sql(columns: Mapping[str, str]) -> str:
    """SQL selecting from a file written by `read`, whose path is the first parameter."""
    told = ", ".join(f"'{name}': '{type_}'" for name, type_ in columns.items())
    return (
        f"SELECT * FROM read_csv($1, auto_detect = false, header = false, delim = ',',"
        f" quote = '\"', escape = '\"', new_line = '\\n', nullstr = '{read.MISSING}',"
        f" allow_quoted_nulls = false, max_line_size = {LONGEST_LINE}, columns = {{{told}}})"
    )
