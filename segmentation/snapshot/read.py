"""Reading the facts: every source into a CSV file, all as of one instant, blocking no writer.

The CSV lines are made by the database itself (COPY on PostgreSQL, SQL on SQLite), which is several
times quicker than Python and tells an empty text from a missing one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final

from django.db import connection, transaction

from segmentation.snapshot.tables import Column, Source

_ROWS_AT_ONCE: Final = 5_000
_QUOTED: Final = {"VARCHAR", "JSON"}
MISSING: Final = "\\N"


@contextmanager
def consistent() -> Iterator[None]:
    """Everything read inside is as of one instant. Refuses to run inside a transaction.

    Only the transaction that a test runs in is let through: it sees itself.
    """
    if connection.vendor == "postgresql":
        inside = connection.in_atomic_block
        with transaction.atomic(durable=True):
            if not inside:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    if connection.in_atomic_block:
        yield
        return
    # atomic() would take the write lock for as long as the read lasts.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def everything(sources: Iterable[Source], folder: Path) -> dict[str, Path]:
    """Write each source's rows to a file of mode 0600 in `folder`; by the source's name."""
    return {source.name: _write(source, folder / f"{source.name}.csv") for source in sources}


def _write(source: Source, path: Path) -> Path:
    copy = _copy_from_postgresql if connection.vendor == "postgresql" else _copy_from_sqlite
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        copy(source, file)
    return path


def _copy_from_postgresql(source: Source, file: BinaryIO) -> None:
    columns = ", ".join(_postgresql_value(source, column) for column in source.columns)
    query = f'SELECT {columns} FROM "{source.database_table}" s WHERE {source.counts("s")}'
    statement = f"COPY ({query}) TO STDOUT (FORMAT csv, NULL '{MISSING}', ENCODING 'UTF8')"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)


def _copy_from_sqlite(source: Source, file: BinaryIO) -> None:
    # The empty text first: a line of one number must be a text as well.
    line = "'' || " + " || ',' || ".join(_sqlite_value(source, column) for column in source.columns)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {line} FROM "{source.database_table}" s WHERE {source.counts("s")}')
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            file.write("\n".join(map(itemgetter(0), rows)).encode() + b"\n")


def _postgresql_value(source: Source, column: Column) -> str:
    value = column.read("postgresql", f's."{source.database_column(column)}"')
    return f"({value} AT TIME ZONE 'UTC')" if column.type == "TIMESTAMP" else value


def _sqlite_value(source: Source, column: Column) -> str:
    value = column.read("sqlite", f's."{source.database_column(column)}"')
    if column.type in _QUOTED:
        # The quotes tell a text that reads like the mark of a missing value from that mark.
        value = f"""'"' || replace({value}, '"', '""') || '"'"""
    return f"coalesce({value}, '{MISSING}')"
