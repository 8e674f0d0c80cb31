"""Whatever is damaged, deleted or killed, the last good version stays or a new one is built."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from segmentation import snapshot
from segmentation.snapshot import marks, read, reader, telling, versions
from tests.segmentation.snapshot.conftest import customer, order, rows

pytestmark = pytest.mark.django_db


def _pointer() -> Path:
    return versions.folder() / versions.POINTER


def _file() -> Path:
    version = snapshot.current_version()
    assert version is not None
    return version.path


def _scribble(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


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


STEPS = {
    "reading": (read, "everything"),
    "building": (telling, "tell"),
    "publishing": (versions, "publish"),
    "deleting the marks": (marks, "delete"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_build_that_fails_keeps_the_marks(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert rows("SELECT count(*) FROM customers") == [(1 if published else 0,)]
    assert (_file() == before) is not published
    assert snapshot.pending() == 1
    assert not list(versions.folder().glob("building-*"))
    assert snapshot.sync().published
    assert rows("SELECT count(*) FROM customers") == [(1,)]


def test_two_builders_never_build_at_once() -> None:
    snapshot.sync()
    customer()
    with versions.builder_lock(0), pytest.raises(snapshot.Busy):
        snapshot.sync(patience=0.1)
    assert snapshot.sync().published


BUILDER = """
import os, sys
sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from segmentation import snapshot
print("ready", flush=True)
while True:
    snapshot.sync(rebuild=True)
"""


def _kill_rounds(tmp_path: Path, rounds: int) -> None:
    """Start a builder that never stops, kill it at some moment, look; `rounds` times."""
    for person in [customer() for _ in range(20)]:
        order(person)
    snapshot.sync()
    for turn in range(rounds):
        builder = subprocess.Popen(
            [sys.executable, "-c", BUILDER], env=_environment(tmp_path), stdout=subprocess.PIPE
        )
        try:
            assert builder.stdout is not None
            assert builder.stdout.readline() == b"ready\n"
            time.sleep(0.02 + (turn * 0.137) % 0.9)
        finally:
            builder.send_signal(signal.SIGKILL)
            builder.wait()
        # At once and in full, from what was last published.
        assert rows("SELECT count(*) FROM orders") == [(20,)]
        # The dead builder's lock is free, and its leftovers go.
        assert snapshot.sync(rebuild=True, patience=5).published
        assert not list(versions.folder().glob("building-*"))


def _environment(tmp_path: Path) -> dict[str, str]:
    told = connection.settings_dict
    url = f"sqlite:///{told['NAME']}"
    if connection.vendor == "postgresql":
        host = told["HOST"] or told["OPTIONS"].get("host", "")
        port = told["PORT"] or told["OPTIONS"].get("port", "5432")
        url = f"postgres://{told['USER']}@/{told['NAME']}?host={host}&port={port}"
    return os.environ | {
        "DATABASE_URL": url,
        "SNAPSHOT_DIR": str(versions.folder()),
        "TAMIS_VAR": str(tmp_path / "var"),
        "LOG_LEVEL": "ERROR",
    }


@pytest.mark.django_db(transaction=True)
def test_killing_the_builder_leaves_a_whole_version_and_a_free_lock(tmp_path: Path) -> None:
    _kill_rounds(tmp_path, 2)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_killing_the_builder_many_times_leaves_a_whole_version(tmp_path: Path) -> None:
    _kill_rounds(tmp_path, 40)
