"""The index by which a search finds any part of a text among a million people.

On SQLite a trigram table (FTS5) over `Customer.search_text`. Splitting a text into trigrams costs
as much as writing the person, so triggers only note who changed, with the text indexed so far,
and `catch_up` brings the table up to date in the background. Invariant: whoever is not yet in
the table is in the notes, so that a search that reads both misses nobody.

On PostgreSQL a trigram index (pg_trgm), which the server keeps up to date by itself. Where it
may not be made, searches read every row: slower, and as right. The text is compared byte by byte
there too, so that the list has the same order and a beginning is a range of its index.

Triggers are lost without a word when a migration re-makes the table, so they are let go of before
migrations and put back after them.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Any, Final

from django.db import DatabaseError, connection, transaction

from customers.models import Customer

TABLE: Final = "customers_search"
NOTES: Final = "customers_search_changed"
INDEX: Final = "customer_by_any_part"
_PEOPLE: Final = Customer._meta.db_table
_PREFIX: Final = "tamis_search_"
_LIKE: Final = f"{_PREFIX}%"
# About 60 ms of the write lock.
_BATCH: Final = 1000
_log = logging.getLogger(__name__)

# What is noted first stays: it is the text the table holds.
_NOTE: Final = f"INSERT INTO {NOTES} (id, indexed) VALUES (%s) ON CONFLICT DO NOTHING;"
_EVENTS: Final = {
    "insert": f"AFTER INSERT ON {_PEOPLE} FOR EACH ROW BEGIN {_NOTE % 'NEW.id, NULL'} END",
    "update": (
        f"AFTER UPDATE OF search_text ON {_PEOPLE} FOR EACH ROW"
        " WHEN OLD.search_text IS NOT NEW.search_text"
        f" BEGIN {_NOTE % 'OLD.id, OLD.search_text'} END"
    ),
    "delete": (
        f"AFTER DELETE ON {_PEOPLE} FOR EACH ROW BEGIN {_NOTE % 'OLD.id, OLD.search_text'} END"
    ),
}


def stands() -> bool:
    """Whether the index is there as declared."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT to_regclass(%s)", [INDEX])
            return cursor.fetchone() != (None,) and _compares_bytes(cursor)
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [_LIKE]
        )
        return {name for (name,) in cursor.fetchall()} == set(_triggers())


def can_be_made() -> bool:
    """Whether the table it is about has its column: not before the first migrations."""
    with connection.cursor() as cursor:
        if _PEOPLE not in connection.introspection.table_names(cursor):
            return False
        found = connection.introspection.get_table_description(cursor, _PEOPLE)
    return "search_text" in {column.name for column in found}


def install() -> None:
    """Make the index and everything that keeps it; a million people take about a minute.

    Where the database refuses (an extension that only its owner may install), say so in the log.
    """
    if connection.vendor == "postgresql":
        _compare_bytes()
    try:
        with transaction.atomic():
            _on_postgresql() if connection.vendor == "postgresql" else _on_sqlite()
    except DatabaseError as error:
        _log.warning("No search index, searches read every customer: %s", error)


def let_go() -> None:
    """Drop the triggers, so that a migration can change the table under them."""
    if connection.vendor == "sqlite":
        with transaction.atomic():
            _drop_triggers()


def catch_up(most: int | None = None) -> int:
    """Index who changed, a batch a transaction, until nobody is left or `most` are done.

    Returns how many were indexed. On PostgreSQL there is nothing to do.
    """
    if connection.vendor != "sqlite" or not stands():
        return 0
    done = 0
    while most is None or done < most:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {NOTES} ORDER BY id LIMIT {_BATCH}")
            ids = [pk for (pk,) in cursor.fetchall()]
            if not ids:
                break
            noted = f"{NOTES} n WHERE n.id BETWEEN %s AND %s"
            span = [ids[0], ids[-1]]
            cursor.execute(
                f"INSERT INTO {TABLE} ({TABLE}, rowid, search_text)"
                f" SELECT 'delete', n.id, n.indexed FROM {noted} AND n.indexed IS NOT NULL",
                span,
            )
            cursor.execute(
                f"INSERT INTO {TABLE} (rowid, search_text) SELECT c.id, c.search_text"
                f" FROM {_PEOPLE} c WHERE c.id IN (SELECT n.id FROM {noted})",
                span,
            )
            cursor.execute(f"DELETE FROM {NOTES} WHERE id BETWEEN %s AND %s", span)
        done += len(ids)
    return done


def forget(ids: Sequence[int]) -> None:
    """Within the transaction that empties these few people: take their text out of the index.

    The notes would keep it until the next `catch_up`.
    """
    if connection.vendor != "sqlite" or not ids or not stands():
        return
    noted = f"{NOTES} n WHERE n.id IN ({', '.join(['%s'] * len(ids))})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} ({TABLE}, rowid, search_text)"
            f" SELECT 'delete', n.id, n.indexed FROM {noted} AND n.indexed IS NOT NULL",
            list(ids),
        )
        cursor.execute(
            f"INSERT INTO {TABLE} (rowid, search_text) SELECT c.id, c.search_text"
            f" FROM {_PEOPLE} c WHERE c.id IN (SELECT n.id FROM {noted})",
            list(ids),
        )
        cursor.execute(f"DELETE FROM {noted.replace(' n ', ' AS n ')}", list(ids))


def _triggers() -> dict[str, str]:
    named = {}
    for event, body in _EVENTS.items():
        # The name tells whether the trigger that stands is the one declared.
        digest = hashlib.sha256(body.encode()).hexdigest()[:8]
        named[f"{_PREFIX}{event}_{digest}"] = body
    return named


def _drop_triggers() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [_LIKE]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


def _on_sqlite() -> None:
    with connection.cursor() as cursor:
        _drop_triggers()
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"DROP TABLE IF EXISTS {NOTES}")
        # Without positions (detail=none) it is half as large; a search checks the text itself.
        cursor.execute(
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(search_text, content='{_PEOPLE}',"
            " content_rowid='id', tokenize='trigram', detail=none, columnsize=0)"
        )
        cursor.execute(f"CREATE TABLE {NOTES} (id INTEGER PRIMARY KEY, indexed TEXT)")
        for name, body in _triggers().items():
            cursor.execute(f'CREATE TRIGGER "{name}" {body}')
        cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('rebuild')")


def _on_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS {INDEX} ON {_PEOPLE} USING gin (search_text gin_trgm_ops)"
        )


def _compare_bytes() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if not _compares_bytes(cursor):
            cursor.execute(
                f'ALTER TABLE {_PEOPLE} ALTER COLUMN search_text TYPE varchar(600) COLLATE "C"'
            )


def _compares_bytes(cursor: Any) -> bool:
    cursor.execute(
        "SELECT c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation"
        " WHERE a.attrelid = %s::regclass AND a.attname = 'search_text'",
        [_PEOPLE],
    )
    return bool(cursor.fetchone() == ("C",))
