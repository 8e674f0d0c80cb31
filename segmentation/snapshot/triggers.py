"""The database triggers that mark what changes, for SQLite and for PostgreSQL.

Invariant: a write to a watched column, however it is made, marks its customers in the writer's own
transaction; a write that changes nothing watched marks nobody. Each trigger's name ends with a
digest of its text, so that the names found in the database tell whether all is as declared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from segmentation.models import ChangeMark
from segmentation.snapshot.tables import Source, registry

# The mark of everything: written with the triggers, and answered by a whole rebuild.
EVERYTHING: Final = "*"
PREFIX: Final = "tamis_mark_"
UNIQUE: Final = "tamis_one_mark_a_customer"
MARKS: Final = ChangeMark._meta.db_table


class NotMigrated(RuntimeError):
    """The database lacks tables or columns of the models: migrate first."""


@dataclass(frozen=True)
class Trigger:
    """A trigger's name, its table, and the statements that make it."""

    name: str
    table: str
    statements: tuple[str, ...]


def declared() -> list[Trigger]:
    """Every trigger that must stand on the current database."""
    make = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    return [trigger for source in registry.sources.values() for trigger in make(source)]


def fingerprint(triggers: Iterable[Trigger]) -> str:
    """A digest of the triggers' names, which hold digests of their texts."""
    return _digest("\n".join(sorted(f"{each.table}.{each.name}" for each in triggers)))


def stand() -> bool:
    """Whether exactly the declared triggers are in the database, all switched on."""
    return _installed() == {(each.table, each.name) for each in declared()} and _unique_stands()


def install() -> None:
    """Replace the triggers by the declared ones and mark everything, in one transaction.

    Raises NotMigrated where the tables are not those of the models.
    """
    if not migrated():
        raise NotMigrated("The database is not migrated: run manage.py migrate.")
    with transaction.atomic(), connection.cursor() as cursor:
        _drop_all()
        for trigger in declared():
            for statement in trigger.statements:
                cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute(
                f'CREATE UNIQUE INDEX IF NOT EXISTS "{UNIQUE}" ON "{MARKS}"'
                ' ("table", COALESCE(customer_id, -1), taken)'
            )
        # What was written while the triggers were away is unknown.
        cursor.execute(
            f'INSERT INTO "{MARKS}" ("table", customer_id, taken) VALUES (%s, NULL, FALSE)'
            " ON CONFLICT DO NOTHING",
            [EVERYTHING],
        )


def drop() -> None:
    """Remove the triggers, so that a migration can change the tables under them."""
    with transaction.atomic():
        _drop_all()


def migrated() -> bool:
    """Whether every watched table and column exists."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if MARKS not in tables:
            return False
        for source in registry.sources.values():
            if source.database_table not in tables:
                return False
            found = connection.introspection.get_table_description(cursor, source.database_table)
            if not set(source.watched_columns) <= {column.name for column in found}:
                return False
    return True


def _installed() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A trigger that was disabled by hand does not count as installed.
            cursor.execute(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " JOIN pg_proc p ON p.oid = t.tgfoid"
                " WHERE t.tgname LIKE %s AND t.tgenabled = 'O' AND p.proname = t.tgname"
                " AND c.relnamespace = current_schema()::regnamespace",
                [_LIKE],
            )
        else:
            cursor.execute(
                "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
                [_LIKE],
            )
        return {(str(table), str(name)) for table, name in cursor.fetchall()}


def _unique_stands() -> bool:
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s", [UNIQUE])
        return cursor.fetchone() is not None


def _drop_all() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT proname FROM pg_proc"
                " WHERE proname LIKE %s AND pronamespace = current_schema()::regnamespace",
                [_LIKE],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP FUNCTION "{name}"() CASCADE')
            return
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [_LIKE]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


# An underscore is a wildcard of LIKE, which can only find more than our own prefix by accident.
_LIKE: Final = f"{PREFIX}%"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _named(source: Source, event: str, body: str) -> str:
    # PostgreSQL cuts names at 63 characters.
    return f"{PREFIX}{source.name}_{event}_{_digest(body)}"


def _insert(table: str, rows: str) -> str:
    return (
        f'INSERT INTO "{MARKS}" ("table", customer_id, taken)'
        f" SELECT DISTINCT '{table}', m.customer_id, FALSE {rows}"
    )


def _on_sqlite(source: Source) -> list[Trigger]:
    def owners(row: str) -> str:
        return f"SELECT customer_id FROM ({source.owner_of(row)}) WHERE {source.counts(row)}"

    changed = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in source.watched_columns)
    # UPDATE OF spares the comparison where only unwatched columns are written.
    columns = ", ".join(f'"{name}"' for name in source.watched_columns)
    events = {
        "insert": ("INSERT", "", owners("NEW")),
        "update": (
            f"UPDATE OF {columns}",
            f"WHEN {changed}",
            f"{owners('OLD')} UNION {owners('NEW')}",
        ),
        "delete": ("DELETE", "", owners("OLD")),
    }
    made = []
    for event, (when, condition, rows) in events.items():
        # Not INSERT OR IGNORE: the conflict policy of the writer's own statement would override it.
        # WHERE TRUE keeps the parser from reading ON CONFLICT as a join.
        insert = _insert(source.name, f"FROM ({rows}) m WHERE TRUE ON CONFLICT DO NOTHING")
        body = (
            f'AFTER {when} ON "{source.database_table}" FOR EACH ROW {condition}'
            f" BEGIN {insert}; END"
        )
        name = _named(source, event, body)
        made.append(Trigger(name, source.database_table, (f'CREATE TRIGGER "{name}" {body}',)))
    return made


# A row looked up to tell whose another one is must still say so when that one is committed.
_SHARED: Final = " FOR SHARE"


def _on_postgresql(source: Source) -> list[Trigger]:
    def owners(row: str) -> str:
        return (
            f"SELECT f.customer_id FROM ({source.owner_of(row, _SHARED)}) f"
            f" WHERE {row}.id IS NOT NULL AND {source.counts(row)}"
        )

    old, new = (
        ", ".join(f'{row}."{name}"' for name in source.watched_columns)
        for row in ("old_row", "new_row")
    )
    rows = {
        "insert": f"FROM new_rows new_row CROSS JOIN LATERAL ({owners('new_row')}) m",
        # A full join is hashed or merged whatever the plan kept by the function.
        "update": (
            "FROM old_rows old_row FULL JOIN new_rows new_row ON new_row.id = old_row.id"
            f" CROSS JOIN LATERAL ({owners('old_row')} UNION {owners('new_row')}) m"
            f" WHERE ROW({old}) IS DISTINCT FROM ROW({new})"
        ),
        "delete": f"FROM old_rows old_row CROSS JOIN LATERAL ({owners('old_row')}) m",
        "truncate": "FROM (SELECT CAST(NULL AS BIGINT) AS customer_id) m",
    }
    tables = {
        "insert": "REFERENCING NEW TABLE AS new_rows",
        "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "REFERENCING OLD TABLE AS old_rows",
        "truncate": "",
    }
    made = []
    for event, referencing in tables.items():
        marked = EVERYTHING if event == "truncate" else source.name
        body = f"BEGIN {_insert(marked, rows[event])}; RETURN NULL; END"
        name = _named(source, event, body)
        made.append(
            Trigger(
                name,
                source.database_table,
                (
                    f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $${body}$$',
                    f'CREATE TRIGGER "{name}" AFTER {event.upper()} ON "{source.database_table}"'
                    f' {referencing} FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()',
                ),
            )
        )
    return made
