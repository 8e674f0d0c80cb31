"""Reading the current version: one read-only connection a process, one cursor a question.

Invariants: a connection belongs to the process that opened it (a fork opens its own); while a
thread is inside `cursor()`, every cursor it takes sees the same version; a superseded connection
is closed when its last cursor is.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import structlog

from segmentation.snapshot import engine, versions

_ATTEMPTS = 3
# How DuckDB says that a block is not the one it wrote; the error has no class of its own.
_DAMAGED = "Corrupt database file"
log = structlog.get_logger(__name__)


class NoSnapshot(RuntimeError):
    """There is no snapshot to read from yet, or its file cannot be read."""

    def __init__(self, reason: str = "There is no snapshot yet") -> None:
        super().__init__(f"{reason}: run manage.py sync_snapshot, or start the worker.")


@dataclass(frozen=True, slots=True)
class Meta:
    """What a version says of itself; instants are aware.

    `next_row_at` is the earliest order after the build, `stale_at` the instant from which
    something stored no longer holds though no fact has changed. `tables` counts rows.
    """

    version: int
    built_at: dt.datetime
    next_row_at: dt.datetime | None
    stale_at: dt.datetime | None
    customers: int
    time_zone: str
    fingerprint: str
    tables: Mapping[str, int]


@dataclass(eq=False)
class _Opened:
    connection: duckdb.DuckDBPyConnection
    version: versions.Version
    meta: Meta
    users: int = 0


@dataclass
class _Process:
    """What this process holds; replaced as a whole after a fork."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    opened: _Opened | None = None
    local: threading.local = field(default_factory=threading.local)


_process = _Process()
# Connections inherited by a fork: their threads are not in this process, so they are neither used
# nor closed, only kept from the collector.
_inherited: list[_Process] = []


def _after_fork() -> None:
    global _process
    _inherited.append(_process)
    _process = _Process()


os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor on the current version.

    Raises NoSnapshot where there is none, or where what is read turns out to be damaged: that
    version is then no longer the current one, and the next sync builds anew.
    """
    with _using() as opened:
        own = opened.connection.cursor()
        try:
            yield own
        except duckdb.Error as error:
            if _DAMAGED not in str(error):
                raise
            log.error("snapshot_damaged", version=opened.version.number)
            versions.distrust(opened.version)
            raise NoSnapshot("The snapshot's file is damaged") from error
        finally:
            own.close()


def meta() -> Meta:
    """What the current version (or the thread's, inside `cursor()`) says of itself."""
    with _using() as opened:
        return opened.meta


def close() -> None:
    """Let go of this process's connection; the next cursor opens anew."""
    with _process.lock:
        opened, _process.opened = _process.opened, None
        if opened is not None and opened.users == 0:
            opened.connection.close()


@contextmanager
def _using() -> Iterator[_Opened]:
    process = _process
    held: _Opened | None = getattr(process.local, "held", None)
    if held is not None:
        yield held
        return
    opened = _take(process)
    process.local.held = opened
    try:
        yield opened
    finally:
        process.local.held = None
        with process.lock:
            opened.users -= 1
            if opened.users == 0 and process.opened is not opened:
                opened.connection.close()


def _take(process: _Process) -> _Opened:
    version = versions.current()
    with process.lock:
        opened = process.opened
        if version is None or opened is None or opened.version != version:
            process.opened = None
            if opened is not None and opened.users == 0:
                opened.connection.close()
            opened = process.opened = _open_current()
        opened.users += 1
        return opened


def _open_current() -> _Opened:
    for attempt in range(1, _ATTEMPTS + 1):
        version = versions.current()
        if version is None:
            raise NoSnapshot
        try:
            connection = _connect(version)
        except (duckdb.Error, FileNotFoundError) as error:
            # The version may have been superseded and swept since the pointer was read.
            if attempt == _ATTEMPTS or versions.current() == version:
                raise NoSnapshot("The snapshot's file cannot be read") from error
            continue
        try:
            return _Opened(connection, version, _read_meta(connection))
        except (duckdb.Error, KeyError, ValueError) as error:
            connection.close()
            raise NoSnapshot("The snapshot's file cannot be read") from error
    raise NoSnapshot


def _connect(version: versions.Version) -> duckdb.DuckDBPyConnection:
    """Open the version by a path of this process's own.

    DuckDB gives whoever opens a path that is open already the same instance: after a fork that
    would be the parent's, whose threads are gone.
    """
    spill = versions.spill()
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = spill / f"{secrets.token_hex(8)}.duckdb"
    try:
        os.link(version.path, own)
    except FileNotFoundError:
        raise
    except OSError:
        # A file system without hard links: its own path will do where nobody forks.
        return engine.open_to_read(version.path, spill)
    try:
        return engine.open_to_read(own, spill)
    finally:
        own.unlink()


def _read_meta(connection: duckdb.DuckDBPyConnection) -> Meta:
    told: dict[str, str | None] = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    built_at = _instant(told["built_at"])
    if built_at is None:
        raise ValueError("the snapshot does not say when it was built")
    return Meta(
        version=int(told["version"] or 0),
        built_at=built_at,
        next_row_at=_instant(told["next_row_at"]),
        stale_at=_instant(told["stale_at"]),
        customers=int(told["customers"] or 0),
        time_zone=told["time_zone"] or "",
        fingerprint=told["fingerprint"] or "",
        tables=json.loads(told["tables"] or "{}"),
    )


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if text else None
