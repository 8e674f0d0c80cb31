"""What lets a long import use the machine better, and changes nothing of what it does.

An import's own work and the database's take turns; a second thread uses the turns of the database,
in which Python is free, and SQLite's chores are done beside the import instead of within it.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, Final, TypeVar

from django.db import connection

_T = TypeVar("_T")
# Of pages in memory, in KiB: the indexes of a million people change all over in every batch.
_ROOM: Final = 64 * 1024
# Of the log, in pages of 4 KiB.
_LONGEST_LOG: Final = 16 * 1024
# Seconds a thread keeps Python while another waits: what comes back from the database waits that
# long, some 200 times a batch.
_TURN: Final = 0.0005


def ahead(batches: Iterator[_T]) -> Generator[_T, None, None]:
    """The same batches, the next one made in another thread while this one's rows are written.

    Not sooner: before, both would want Python, and the writer would wait. Only for what needs no
    database itself. The other thread knows the caller's language, and ends when this is closed.
    """
    context = copy_context()
    coming: Future[_T | None] | None = None

    def begin() -> Future[_T | None]:
        return pool.submit(context.run, lambda: next(batches, None))

    def begin_when_rows_are_written(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, told: dict[str, Any]
    ) -> Any:
        nonlocal coming
        # PostgreSQL works in a process of its own: any statement leaves Python free.
        if coming is None and (many or connection.vendor == "postgresql"):
            coming = begin()
        return execute(sql, params, many, told)

    with _short_turns(), ThreadPoolExecutor(1) as pool:
        coming = begin()
        while (batch := coming.result()) is not None:
            coming = None
            with connection.execute_wrapper(begin_when_rows_are_written):
                yield batch
            coming = coming or begin()


@contextmanager
def room_to_write() -> Iterator[Callable[[], None]]:
    """Give SQLite more memory for pages than its 2 MB, and spare the writer its housekeeping.

    Yields what is to be called after each commit (`moved_beside`).
    """
    file = Path(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not file.is_file():
        yield lambda: None
        return
    with (
        _pragma("cache_size", -_ROOM),
        _pragma("wal_autocheckpoint", 0),
        moved_beside(file) as committed,
    ):
        yield committed


@contextmanager
def moved_beside(file: Path, longest: int = _LONGEST_LOG) -> Iterator[Callable[[], None]]:
    """Move what is written from SQLite's log to its file while the next rows are written.

    Yields what is to be called after each commit; one call waits for the one before it. SQLite
    starts its log over only when a writer begins with all of it moved: beyond `longest` pages the
    writer waits for that, so that the log never holds a whole import.
    """
    with ThreadPoolExecutor(1) as pool:
        moving: Future[int] | None = None

        def moved() -> int:
            if moving is None:
                return 0
            with connection.wrap_database_errors:
                return moving.result()

        def committed() -> None:
            nonlocal moving
            if moved() <= longest:
                moving = pool.submit(move_log, file)
                return
            moving = None
            with connection.wrap_database_errors:
                move_log(file)

        yield committed
        moved()


@contextmanager
def _short_turns() -> Iterator[None]:
    """While it lasts, no thread keeps Python for long from one that comes back to it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def move_log(file: Path) -> int:
    """Move the pages of SQLite's log to its file: those that nobody else is reading or writing.

    Returns how many pages the log holds, moved ones included.
    """
    with closing(sqlite3.connect(file)) as link:
        (_busy, pages, _moved) = link.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)


@contextmanager
def _pragma(name: str, value: int) -> Iterator[None]:
    """A setting of this connection to SQLite, put back at the end."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        (before,) = cursor.fetchone()
        cursor.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {name} = {before}")
