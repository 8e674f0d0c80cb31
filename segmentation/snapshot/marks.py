"""Taking the marks that triggers left, and deleting exactly those once they are published.

On SQLite a mark is unique, so a write during a sync would hide behind a mark the sync is about to
delete: marks are first set apart (`taken`), which leaves room for a new one. On PostgreSQL marks
are only ever appended; they are read in the same snapshot as the data and deleted by their ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db import connection, transaction

from segmentation import statements
from segmentation.models import ChangeMark
from segmentation.snapshot.tables import registry
from segmentation.snapshot.triggers import EVERYTHING, MARKS

# Beyond this the builder page needs no exact number.
MOST_COUNTED: Final = 10_000
_BATCH: Final = 20_000
# Whose rows are to be read again though none was written: in place of a table's name.
OTHERWISE: Final = "+"


def pending() -> int:
    """How many marks wait for a sync, counted up to MOST_COUNTED + 1."""
    return ChangeMark.objects.all()[: MOST_COUNTED + 1].count()


def mark_everything() -> None:
    """Have the next sync build whole, within the caller's transaction: after an erasure."""
    ChangeMark.objects.bulk_create(
        [ChangeMark(table=EVERYTHING, customer_id=None)], ignore_conflicts=True
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the marks taken reach: how many customers, or everything."""

    customers: int
    everything: bool


def reach() -> Reach:
    """Within the read's transaction: how far the marks taken reach."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT customer_id) FROM ({selected()}) m")
        (customers,) = cursor.fetchone()
        cursor.execute(
            f'SELECT DISTINCT "table" FROM "{MARKS}" WHERE customer_id IS NULL AND {_taken()}'
        )
        tables = {table for (table,) in cursor.fetchall()}
    # Every sync reads the small sources whole; of any other, no row belongs to nobody.
    small = {name for name, source in registry.sources.items() if source.read_whole}
    shapes = {name for name, source in registry.sources.items() if source.shapes}
    return Reach(customers, everything=not tables <= small - shapes)


def selected() -> str:
    """SQL selecting the customers marked, each once or more, within the read's transaction."""
    return f'SELECT customer_id FROM "{MARKS}" WHERE customer_id IS NOT NULL AND {_taken()}'


def _taken() -> str:
    # Whatever PostgreSQL's consistent read sees is taken.
    return "TRUE" if connection.vendor == "postgresql" else "taken"


def add(customers: Iterable[int]) -> None:
    """Mark customers whom no write concerned but something else did."""
    ChangeMark.objects.bulk_create(
        [ChangeMark(table=OTHERWISE, customer_id=pk) for pk in customers],
        batch_size=_BATCH,
        ignore_conflicts=True,
    )


def any_waiting() -> bool:
    """Whether a sync has something to do."""
    return ChangeMark.objects.exists()


def set_apart() -> None:
    """On SQLite, before the read begins: what is marked from now on is for the next sync."""
    if connection.vendor == "postgresql":
        return
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f'UPDATE OR REPLACE "{MARKS}" SET taken = TRUE WHERE taken = FALSE')


def taken() -> list[int]:
    """On PostgreSQL, within the read's transaction: the ids of the marks this sync answers.

    On SQLite the marks set apart are those, whatever their ids.
    """
    if connection.vendor != "postgresql":
        return []
    return list(ChangeMark.objects.values_list("id", flat=True))


def delete(ids: list[int]) -> None:
    """Delete the marks taken, whose changes are published; in batches that block no writer long."""
    if connection.vendor == "postgresql":
        rest = iter(ids)
        while batch := list(islice(rest, _BATCH)):
            statements.execute(f'DELETE FROM "{MARKS}" WHERE id = ANY(%s)', [batch])
        return
    some = f'SELECT id FROM "{MARKS}" WHERE taken LIMIT {_BATCH}'
    while statements.execute(f'DELETE FROM "{MARKS}" WHERE id IN ({some})'):
        pass
