"""What hurries a long import changes nothing of it, and tidies up after itself."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from customers.models import Tag
from customers.spreadsheets import pace
from customers.spreadsheets.pace import ahead, move_log, moved_beside, room_to_write

pytestmark = pytest.mark.django_db


def write(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO customers_tag (name, folded) VALUES (%s, %s)", [(name, name)]
        )


def test_batches_come_in_their_order_whether_rows_are_written_or_not() -> None:
    made: list[int] = []

    def batches() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            yield number

    seen = []
    for number in ahead(batches()):
        seen.append((number, list(made)))
        if number % 2:
            write(f"tag {number}")
    # No batch is made before the one at hand begins to be written.
    assert seen == [(n, list(range(n + 1))) for n in range(4)]
    assert Tag.objects.count() == 2


def test_a_fault_of_the_reader_reaches_the_writer_after_the_batches_before_it() -> None:
    def batches() -> Iterator[int]:
        yield 1
        raise ValueError("line 2")

    coming = ahead(batches())
    assert next(coming) == 1
    write("written")
    with pytest.raises(ValueError, match="line 2"):
        next(coming)


def test_nothing_of_the_hurry_is_left_after_it() -> None:
    turns = sys.getswitchinterval()
    with room_to_write() as committed, closing(ahead(iter([1, 2]))) as coming:
        assert next(coming) == 1
        assert sys.getswitchinterval() < turns
        committed()
    assert sys.getswitchinterval() == turns
    assert connection.execute_wrappers == []


def test_what_was_written_is_moved_from_the_log_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite3"
    link = sqlite3.connect(file)
    link.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (x)")
    link.execute("INSERT INTO t VALUES (1)")
    link.commit()
    move_log(file)
    alone = tmp_path / "alone.sqlite3"
    alone.write_bytes(file.read_bytes())
    link.close()
    assert sqlite3.connect(alone).execute("SELECT x FROM t").fetchall() == [(1,)]


def test_the_log_of_a_long_import_starts_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop.sqlite3"
    written = threading.Event()

    def late(file: Path) -> int:
        if threading.current_thread() is not threading.main_thread():
            # As on a slow disk: the next rows are being written before the last ones are moved.
            written.wait()
        return move_log(file)

    monkeypatch.setattr(pace, "move_log", late)
    sizes = []
    with closing(sqlite3.connect(file, isolation_level=None)) as link:
        link.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (x)"
        )
        with moved_beside(file, longest=30) as committed:
            for _turn in range(20):
                link.execute("BEGIN IMMEDIATE")
                link.execute("INSERT INTO t VALUES (zeroblob(40000))")
                written.set()
                link.execute("COMMIT")
                committed()
                written.clear()
                sizes.append(file.with_name("shop.sqlite3-wal").stat().st_size)
            written.set()
    # Ten pages a turn: all of them together would be twice as many.
    assert max(sizes) < 400_000
