"""What an import remembers from one batch to the next, in constant memory.

`JobMemory` keeps it in the database, in the transaction of the batch; `ScratchMemory`, for a
check that must write nothing, in a private temporary file that vanishes with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from typing import Protocol

from django.db import connection

from customers.among import among
from customers.models import ImportJob, ImportTrace

_CHUNK = 500


class Memory(Protocol):
    """Values by key; a key never remembered is absent from what is recalled."""

    def recall(self, keys: Collection[str]) -> dict[str, str]:
        """The values remembered for these keys."""

    def remember(self, values: Mapping[str, str]) -> None:
        """Keep these values, in place of those of the same keys."""


class JobMemory:
    """Remembers in ImportTrace; must be used inside the batch's transaction."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job

    def recall(self, keys: Collection[str]) -> dict[str, str]:
        """The values remembered for these keys."""
        if not keys:
            return {}
        rows = ImportTrace.objects.filter(job=self.job, key__in=among(keys))
        return dict(rows.values_list("key", "value"))

    def remember(self, values: Mapping[str, str]) -> None:
        """Keep these values, in place of those of the same keys."""
        table = connection.ops.quote_name(ImportTrace._meta.db_table)
        statement = (
            f"INSERT INTO {table} (job_id, key, value) VALUES (%s, %s, %s) "
            "ON CONFLICT (job_id, key) DO UPDATE SET value = excluded.value"
        )
        rows = [(self.job.pk, key, value) for key, value in values.items()]
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)

    def forget(self) -> None:
        """Drop all of it: the import has ended."""
        ImportTrace.objects.filter(job=self.job).delete()


class ScratchMemory:
    """Remembers in an anonymous SQLite file, which its engine deletes when it is closed."""

    def __init__(self) -> None:
        # The empty name makes a private file that spills to disk only when it grows.
        self._store = sqlite3.connect("", isolation_level=None)
        self._store.execute("CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")

    def recall(self, keys: Collection[str]) -> dict[str, str]:
        """The values remembered for these keys."""
        found: dict[str, str] = {}
        listed = list(keys)
        for start in range(0, len(listed), _CHUNK):
            chunk = listed[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT key, value FROM kept WHERE key IN ({marks})"
            found.update(self._store.execute(query, chunk).fetchall())
        return found

    def remember(self, values: Mapping[str, str]) -> None:
        """Keep these values, in place of those of the same keys."""
        self._store.execute("BEGIN")
        self._store.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", list(values.items()))
        self._store.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()
