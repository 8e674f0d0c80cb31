"""What lets a long import use the machine better, and changes nothing of what it does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Final, TypeVar

from django.db import connection

_T = TypeVar("_T")
# Of pages in memory, in KiB: the indexes of a million people change all over in every batch.
_ROOM: Final = 64 * 1024


def ahead(batches: Iterator[_T]) -> Iterator[_T]:
    """The same batches, the next one made while whoever asked for this one works on it.

    Half the time of a batch is the database's, in which Python is free. Only for what needs no
    database itself: the next batch is made in another thread. It knows the caller's language.
    """

    def following() -> _T | None:
        return next(batches, None)

    context = copy_context()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(context.run, following)
        while (batch := coming.result()) is not None:
            coming = pool.submit(context.run, following)
            yield batch


@contextmanager
def room_to_write() -> Iterator[None]:
    """Give SQLite more memory for pages than its 2 MB, and take it back."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        (before,) = cursor.fetchone()
        cursor.execute(f"PRAGMA cache_size = -{_ROOM}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {before}")
