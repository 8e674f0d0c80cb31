"""Reading the facts into CSV files, all or those of some customers, as of one instant.

No writer is blocked. The CSV lines are made by the database itself (COPY on PostgreSQL, SQL on
SQLite), which is several times quicker than Python and tells an empty text from a missing one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final

from django.db import connection, transaction

from segmentation.snapshot import marks
from segmentation.snapshot.tables import Column, Source

_ROWS_AT_ONCE: Final = 5_000
_QUOTED: Final = {"VARCHAR", "JSON"}
MISSING: Final = "\\N"
# Half of a pair of code units, which SQLite lets a JSON text hold and nothing else can read; the
# other escapes are told so that what follows a backslash that stands for itself is not one.
_ESCAPES: Final = re.compile(
    r"\\(?:u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<alone>d[89a-f][0-9a-f]{2}))|.)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read: a file a source, by its name, and one of whose rows, None for everyone's."""

    files: dict[str, Path]
    marked: Path | None = None


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


def everything(sources: Iterable[Source], folder: Path) -> Rows:
    """Write each source's rows to a file of mode 0600 in `folder`."""
    return Rows({source.name: _write_rows(source, folder, "TRUE") for source in sources})


def of_marked(sources: Iterable[Source], folder: Path) -> Rows:
    """Write the rows of the customers marked, and small sources whole, to files likewise."""
    are = f"IN ({marks.selected()})"
    files = {
        source.name: _write_rows(
            source, folder, "TRUE" if source.read_whole else source.belongs_to("s", are)
        )
        for source in sources
    }
    marked = folder / "marked.csv"
    found = f"(SELECT DISTINCT customer_id AS id FROM ({marks.selected()}) m)"
    _write(marked, ["s.id"], found, "TRUE")
    return Rows(files, marked)


def _write_rows(source: Source, folder: Path, where: str) -> Path:
    value = _postgresql_value if connection.vendor == "postgresql" else _sqlite_value
    columns = [value(source, column) for column in source.columns]
    path = folder / f"{source.name}.csv"
    _write(path, columns, f'"{source.database_table}"', f"{source.counts('s')} AND {where}")
    return path


def _write(path: Path, columns: Sequence[str], origin: str, where: str) -> None:
    """Write the columns of the rows of `origin` under the alias s."""
    copy = _copy_from_postgresql if connection.vendor == "postgresql" else _copy_from_sqlite
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        copy(columns, f"FROM {origin} s WHERE {where}", file)


def _copy_from_postgresql(columns: Sequence[str], rows: str, file: BinaryIO) -> None:
    query = f"SELECT {', '.join(columns)} {rows}"
    statement = f"COPY ({query}) TO STDOUT (FORMAT csv, NULL '{MISSING}', ENCODING 'UTF8')"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)


def _copy_from_sqlite(columns: Sequence[str], rows: str, file: BinaryIO) -> None:
    # The empty text first: a line of one number must be a text as well.
    line = "'' || " + " || ',' || ".join(f"coalesce({each}, '{MISSING}')" for each in columns)
    with connection.cursor() as cursor, _as_bytes():
        cursor.execute(f"SELECT {line} {rows}")
        while found := cursor.fetchmany(_ROWS_AT_ONCE):
            lines = b"\n".join(map(itemgetter(0), found))
            file.write(lines.decode("utf-8", "replace").encode() + b"\n")


@contextmanager
def _as_bytes() -> Iterator[None]:
    """Have SQLite give texts as they are kept, which raw SQL can have made unlike any text."""
    database = connection.connection
    database.create_function("without_lone_surrogates", 1, _whole, deterministic=True)
    before, database.text_factory = database.text_factory, bytes
    try:
        yield
    finally:
        database.text_factory = before


def _whole(json: str | None) -> str | None:
    def mended(found: re.Match[str]) -> str:
        return r"\ufffd" if found["alone"] else found[0]

    return json if json is None else _ESCAPES.sub(mended, json)


def _postgresql_value(source: Source, column: Column) -> str:
    value = column.read("postgresql", f's."{source.database_column(column)}"')
    return f"({value} AT TIME ZONE 'UTC')" if column.type == "TIMESTAMP" else value


def _sqlite_value(source: Source, column: Column) -> str:
    value = column.read("sqlite", f's."{source.database_column(column)}"')
    if column.type == "JSON":
        suspect = rf"instr({value}, '\ud') OR instr({value}, '\uD')"
        value = f"CASE WHEN {suspect} THEN without_lone_surrogates({value}) ELSE {value} END"
    if column.type in _QUOTED:
        # The quotes tell a text that reads like the mark of a missing value from that mark.
        return f"""'"' || replace({value}, '"', '""') || '"'"""
    return value
