"""One connection a process, moving with the pointer, safe across threads and forks."""

from __future__ import annotations

import os
import threading

import duckdb
import pytest

from segmentation import snapshot
from segmentation.snapshot import reader, versions
from tests.segmentation.snapshot.conftest import customer, rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


def test_without_a_snapshot_reading_says_what_to_do() -> None:
    with pytest.raises(snapshot.NoSnapshot, match="sync_snapshot"), snapshot.cursor():
        pass
    assert snapshot.current_version() is None
    assert snapshot.as_of() is None


def test_readers_move_when_the_pointer_does() -> None:
    snapshot.sync()
    assert rows("SELECT count(*) FROM customers") == [(0,)]
    customer()
    snapshot.sync()
    assert rows("SELECT count(*) FROM customers") == [(1,)]


def test_inside_a_cursor_the_version_stays_the_same() -> None:
    snapshot.sync()
    with snapshot.cursor() as first:
        customer()
        snapshot.sync()
        assert first.execute("SELECT count(*) FROM customers").fetchall() == [(0,)]
        with snapshot.cursor() as nested:
            assert nested.execute("SELECT count(*) FROM customers").fetchall() == [(0,)]
            assert snapshot.meta().customers == 0
    assert rows("SELECT count(*) FROM customers") == [(1,)]


def test_another_thread_sees_the_new_version_while_one_holds_the_old() -> None:
    snapshot.sync()
    seen: list[object] = []
    with snapshot.cursor() as old:
        customer()
        snapshot.sync()
        thread = threading.Thread(
            target=lambda: seen.extend(rows("SELECT count(*) FROM customers"))
        )
        thread.start()
        thread.join()
        assert old.execute("SELECT count(*) FROM customers").fetchall() == [(0,)]
    assert seen == [(1,)]


def test_many_threads_read_while_versions_change() -> None:
    snapshot.sync()
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            with snapshot.cursor() as cursor:
                count = cursor.execute("SELECT count(*) FROM customers").fetchall()[0][0]
                if count != snapshot.meta().customers:
                    wrong.append(count)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        customer()
        snapshot.sync()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_reader_cannot_write_nor_reach_other_files() -> None:
    snapshot.sync()
    version = snapshot.current_version()
    assert version is not None
    for sql in (
        "CREATE TABLE x(i INTEGER)",
        "SELECT * FROM read_text('/etc/hostname')",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ):
        with pytest.raises(duckdb.Error), snapshot.cursor() as cursor:
            cursor.execute(sql)
    assert rows("SELECT count(*) FROM customers") == [(0,)]


def test_a_question_too_large_for_memory_spills_inside_the_folder() -> None:
    snapshot.sync()
    with snapshot.cursor() as cursor:
        ((folder,),) = cursor.execute("SELECT current_setting('temp_directory')").fetchall()
    assert str(folder).startswith(str(versions.folder()))


def test_a_forked_process_opens_its_own_connection() -> None:
    customer()
    snapshot.sync()
    assert rows("SELECT count(*) FROM customers") == [(1,)]
    inherited = reader._process
    with snapshot.cursor():
        child = os.fork()
        if child == 0:
            # Nothing of the parent's may be run here, the test's own end least of all.
            try:
                good = rows("SELECT count(*) FROM customers") == [(1,)]
                os._exit(0 if good and reader._process is not inherited else 1)
            finally:
                os._exit(2)
        _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert rows("SELECT count(*) FROM customers") == [(1,)]
