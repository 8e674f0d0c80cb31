"""Taking the marks that triggers left, and deleting exactly those once they are published.

On SQLite a mark is unique, so a write during a sync would hide behind a mark the sync is about to
delete: marks are first set apart (`taken`), which leaves room for a new one. On PostgreSQL marks
are only ever appended; they are read in the same snapshot as the data and deleted by their ids.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from django.db import connection, transaction

from segmentation.models import ChangeMark
from segmentation.snapshot.triggers import MARKS

# Beyond this the builder page needs no exact number.
MOST_COUNTED: Final = 10_000
_BATCH: Final = 10_000


def pending() -> int:
    """How many marks wait for a sync, counted up to MOST_COUNTED + 1."""
    return ChangeMark.objects.all()[: MOST_COUNTED + 1].count()


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
    """The ids of the marks this sync answers; on PostgreSQL, within the read's transaction."""
    marks = ChangeMark.objects.all()
    if connection.vendor != "postgresql":
        marks = marks.filter(taken=True)
    return list(marks.values_list("id", flat=True))


def delete(ids: list[int]) -> None:
    """Delete the marks of these ids, whose changes are published."""
    rest = iter(ids)
    while batch := list(islice(rest, _BATCH)):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f'DELETE FROM "{MARKS}" WHERE id = ANY(%s)', [batch])
            else:
                # SQLite reuses no id here: the key is AUTOINCREMENT.
                marked = ",".join(map(str, batch))
                cursor.execute(f'DELETE FROM "{MARKS}" WHERE id IN ({marked})')
