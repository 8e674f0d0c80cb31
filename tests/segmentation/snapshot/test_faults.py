"""Whatever is damaged, deleted or killed, the last good version stays or a new one is built."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from customers.models import Customer
from segmentation import snapshot
from segmentation.snapshot import marks, part, read, reader, syncing, telling, versions
from tests.segmentation.snapshot.conftest import customer, everything, order, rows

pytestmark = pytest.mark.django_db


def _pointer() -> Path:
    return versions.folder() / versions.POINTER


def _file() -> Path:
    version = snapshot.current_version()
    assert version is not None
    return version.path


def _scribble(path: Path, start: int = 0, length: int = 0) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.urandom(length or path.stat().st_size))


def _scribble_over_rows(table: str) -> None:
    """Damage the rows of a table alone: the file opens and says what it is."""
    with snapshot.cursor() as cursor:
        (size,) = cursor.execute("SELECT block_size FROM pragma_database_size()").fetchall()[0]
        where = "SELECT DISTINCT block_id FROM pragma_storage_info('{}') WHERE block_id >= 0"
        blocks, others = (
            {block for (block,) in cursor.execute(where.format(name)).fetchall()}
            for name in (table, "meta")
        )
    assert blocks - others
    path = _file()
    reader.close()
    for block in blocks - others:
        # Three headers come before the first block.
        _scribble(path, 3 * 4096 + block * size + 64, 64)


def _wrong_file_name() -> None:
    told = json.loads(_pointer().read_text())
    _pointer().write_text(json.dumps(told | {"file": "v99999999-none.duckdb"}))


DAMAGES: dict[str, Callable[[], object]] = {
    "pointer emptied": lambda: _pointer().write_text(""),
    "pointer not JSON": lambda: _pointer().write_bytes(b"\xff\x00{"),
    "pointer of another shape": lambda: _pointer().write_text("[1]"),
    "pointer deleted": lambda: _pointer().unlink(),
    "pointer to nothing": _wrong_file_name,
    "file deleted": lambda: _file().unlink(),
    "file cut short": lambda: os.truncate(_file(), 4096),
    "file scribbled over": lambda: _scribble(_file()),
    "folder deleted": lambda: shutil.rmtree(versions.folder()),
}


@pytest.mark.sqlite_suffices
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_snapshot_is_rebuilt(damage: str) -> None:
    customer()
    snapshot.sync()
    reader.close()
    DAMAGES[damage]()
    with pytest.raises(snapshot.NoSnapshot, match="sync_snapshot"):
        rows("SELECT count(*) FROM customers")
    assert snapshot.sync().published
    assert rows("SELECT count(*) FROM customers") == [(1,)]
    assert not snapshot.sync().published


def test_damaged_rows_are_not_answered_from_and_are_built_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [customer(city=f"Ville {n}") for n in range(9)]
    snapshot.sync()
    _scribble_over_rows("customers")
    assert snapshot.meta().customers == 9
    with pytest.raises(snapshot.NoSnapshot, match="damaged"):
        rows("SELECT id, city FROM customers")
    assert snapshot.current_version() is None
    assert snapshot.sync().whole
    # Found by a sync that would have renewed the file.
    _scribble_over_rows("customers")
    Customer.objects.filter(pk=people[0].pk).update(city="Lille")
    monkeypatch.setattr(syncing, "SHARE", 1.0)
    assert snapshot.sync().whole
    assert rows("SELECT count(*) FROM customers WHERE city LIKE 'ville%'") == [(8,)]


STEPS = {
    "reading": (read, "everything"),
    "building": (telling, "tell"),
    "copying": (versions, "copy"),
    "renewing": (part, "renew"),
    "publishing": (versions, "publish"),
    "deleting the marks": (marks, "delete"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_build_that_fails_keeps_the_marks(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if step in ("copying", "renewing"):
        monkeypatch.setattr(syncing, "SHARE", 10.0)
    customer()
    snapshot.sync()
    before = _file()
    customer()
    place, name = STEPS[step]

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(place, name, fail)
    with pytest.raises(OSError, match="no space"):
        snapshot.sync()
    monkeypatch.undo()
    published = step == "deleting the marks"
    assert rows("SELECT count(*) FROM customers") == [(2 if published else 1,)]
    assert (_file() == before) is not published
    assert snapshot.pending() == 1
    assert not list(versions.folder().glob("building-*"))
    assert snapshot.sync().published
    assert rows("SELECT count(*) FROM customers") == [(2,)]


def test_two_builders_never_build_at_once() -> None:
    snapshot.sync()
    customer()
    with versions.builder_lock(0), pytest.raises(snapshot.Busy):
        snapshot.sync(patience=0.1)
    assert snapshot.sync().published


BUILDER = """
import itertools, os, sys
sys.path.insert(0, os.getcwd())
import django
django.setup()
from customers.models import Customer
from segmentation import snapshot
print("ready", flush=True)
for turn in itertools.count():
    Customer.objects.filter(pk=int(sys.argv[1]) + turn % 20).update(city=f"Ville {turn}")
    assert snapshot.sync(rebuild=turn % 3 == 0).whole == (turn % 3 == 0)
"""


def _kill_rounds(tmp_path: Path, rounds: int) -> None:
    """Start a builder that never stops, kill it at some moment, look; `rounds` times.

    Two of three of its syncs renew, the third builds whole.
    """
    people = [customer() for _ in range(20)]
    for person in people:
        order(person)
    snapshot.sync()
    for turn in range(rounds):
        builder = subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(people[0].pk)],
            env=_environment(tmp_path),
            stdout=subprocess.PIPE,
        )
        try:
            assert builder.stdout is not None
            assert builder.stdout.readline() == b"ready\n"
            time.sleep(0.02 + (turn * 0.437) % 2.9)
            assert builder.poll() is None
        finally:
            builder.send_signal(signal.SIGKILL)
            builder.wait()
        # At once and in full, from what was last published.
        assert rows("SELECT count(*) FROM orders") == [(20,)]
        # The dead builder's lock is free, and its leftovers go.
        Customer.objects.filter(pk=people[turn % 20].pk).update(city="Ailleurs")
        assert not snapshot.sync(patience=5).whole
        assert not list(versions.folder().glob("building-*"))
        kept = everything()
        assert snapshot.sync(rebuild=True).whole
        assert everything() == kept


def _environment(tmp_path: Path) -> dict[str, str]:
    told = connection.settings_dict
    url = f"sqlite:///{told['NAME']}"
    if connection.vendor == "postgresql":
        host = told["HOST"] or told["OPTIONS"].get("host", "")
        port = told["PORT"] or told["OPTIONS"].get("port", "5432")
        url = f"postgres://{told['USER']}@/{told['NAME']}?host={host}&port={port}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "SNAPSHOT_DIR": str(versions.folder()),
        "TAMIS_VAR": str(tmp_path / "var"),
        "LOG_LEVEL": "ERROR",
    }


def _allow(most: int) -> None:
    """In the child: no file grows beyond this, as on a disk with no more room."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.sqlite_suffices
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_keeps_the_last_version_and_says_why(tmp_path: Path) -> None:
    people = [customer(city=f"Ville {n}") for n in range(20)]
    snapshot.sync()
    before = _file()
    Customer.objects.filter(pk=people[0].pk).update(city="Lyon")
    with connection.cursor() as cursor:
        # The database itself has room: its journal is far below.
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for options in ([], ["--rebuild"]):
        done = subprocess.run(
            [sys.executable, "manage.py", "sync_snapshot", *options],
            env=_environment(tmp_path),
            preexec_fn=partial(_allow, before.stat().st_size // 2),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "File too large" in done.stderr
        assert "Traceback" not in done.stderr
        assert _file() == before
        assert rows("SELECT count(*) FROM customers WHERE city = 'lyon'") == [(0,)]
        assert snapshot.pending() == 1
        assert not list(versions.folder().glob("building-*"))
    assert not snapshot.sync().whole
    assert rows("SELECT count(*) FROM customers WHERE city = 'lyon'") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_killing_the_builder_leaves_a_whole_version_and_a_free_lock(tmp_path: Path) -> None:
    _kill_rounds(tmp_path, 2)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_killing_the_builder_many_times_leaves_a_whole_version(tmp_path: Path) -> None:
    _kill_rounds(tmp_path, 40)


@pytest.mark.sqlite_suffices
def test_what_no_text_can_hold_is_replaced_and_fails_no_sync() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps no such text")
    customer(city="Nantes", interests=["x"])
    half, pair, told = r"a\ud83d", r"\uD83D\uDE00", r"\\ud83d"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET interests = %s, city = CAST(x'4cff6e' AS TEXT)",
            [f'["{half}", "{pair}", "{told}"]'],
        )
    assert snapshot.sync().published
    found = rows("SELECT city, interests FROM customers")
    assert found == [("l\ufffdn", ["\\ud83d", "a\ufffd", "😀"])]
