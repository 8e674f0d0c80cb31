"""The snapshot's folder: versions, the pointer to the current one, and the builder's lock.

Invariants: a version's file is complete and on disk before the pointer names it; the pointer is
swapped by an atomic rename; a version's path is never used twice; files are mode 0600 in a folder
of mode 0700. Whatever dies at whatever moment, the pointer names a whole version or none.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings

POINTER: Final = "current.json"
LOCK: Final = "builder.lock"
# How long a superseded version stays for readers that have yet to move, in seconds.
GRACE: Final = 120.0
# How many stay at most: syncs may follow each other closely, and each version takes its room.
MOST_SUPERSEDED: Final = 3
# How a file system says that it cannot copy by itself.
_NOT_WITHIN_THE_KERNEL: Final = {errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_BLOCK: Final = 1024 * 1024
log = structlog.get_logger(__name__)


class Busy(RuntimeError):
    """Another process is building the snapshot and did not finish in the time given."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: its number, its token, its file, and the instant it tells of.

    `whole_size` is the size of the last one that was built whole, in bytes as `size`.
    """

    number: int
    token: str
    path: Path
    size: int
    built_at: dt.datetime
    whole_size: int


def folder() -> Path:
    """The snapshot's folder, created where it is missing."""
    path = Path(settings.SNAPSHOT_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def spill() -> Path:
    """This process's own folder, for what does not fit in memory; not yet created."""
    return folder() / "spill" / f"{socket.gethostname()}-{os.getpid()}"


def current() -> Version | None:
    """The version the pointer names; None where there is none, or its file is not whole."""
    path = Path(settings.SNAPSHOT_DIR) / POINTER
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        version = Version(
            number=int(told["number"]),
            token=str(told["token"]),
            path=path.with_name(Path(told["file"]).name),
            size=int(told["size"]),
            built_at=dt.datetime.fromisoformat(told["built_at"]),
            whole_size=int(told.get("whole_size", told["size"])),
        )
        whole = version.path.stat().st_size == version.size
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        log.warning("snapshot_pointer_damaged", error=type(error).__name__)
        return None
    return version if whole else None


def next_number(at_least: int = 0) -> int:
    """A number above that of every version seen in the folder and above `at_least`."""
    seen = [int(path.name[1:9]) for path in folder().glob("v*.duckdb") if path.name[1:9].isdigit()]
    version = current()
    return max([at_least, version.number if version else 0, *seen]) + 1


def publish(
    built: Path, number: int, token: str, built_at: dt.datetime, whole_size: int | None = None
) -> Version:
    """Make a finished file the current version; `whole_size` where it was not built whole."""
    home = folder()
    os.chmod(built, 0o600)
    _flush(built)
    path = home / f"v{number:08d}-{token}.duckdb"
    built.rename(path)
    size = path.stat().st_size
    version = Version(number, token, path, size, built_at, whole_size or size)
    before = current()
    draft = home / f".{POINTER}.{secrets.token_hex(6)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(
            {
                "number": number,
                "token": token,
                "file": path.name,
                "size": version.size,
                "built_at": built_at.isoformat(),
                "whole_size": version.whole_size,
            },
            file,
        )
        file.flush()
        os.fsync(file.fileno())
    _flush(home)
    draft.replace(home / POINTER)
    _flush(home)
    if before is not None and before.path != path and before.path.exists():
        # The grace of the old version counts from here.
        os.utime(before.path)
    return version


def distrust(version: Version) -> None:
    """Have no current version, if this one still is: what its file holds is not what was built."""
    if current() == version:
        (folder() / POINTER).unlink(missing_ok=True)


def copy(version: Version, path: Path) -> None:
    """Copy a version's file to a new one of mode 0600."""
    with (
        version.path.open("rb") as source,
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target,
    ):
        left = version.size
        try:
            # File systems that can share blocks do, and then write only what changes later.
            while left and (done := os.copy_file_range(source.fileno(), target.fileno(), left)):
                left -= done
        except OSError as error:
            if error.errno not in _NOT_WITHIN_THE_KERNEL:
                raise
            shutil.copyfileobj(source, target, _BLOCK)


@contextmanager
def builder_lock(seconds: float) -> Iterator[None]:
    """Be the only builder; waits up to `seconds`, then raises Busy.

    The kernel frees the lock of a process that dies, however it dies.
    """
    deadline = time.monotonic() + seconds
    descriptor = _locked()
    while descriptor is None:
        if time.monotonic() >= deadline:
            raise Busy("Another process is building the snapshot.")
        time.sleep(0.05)
        descriptor = _locked()
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def workshop() -> Iterator[Path]:
    """A private folder to build in, under the builder's lock; empty before, gone after."""
    for left in folder().glob("building-*"):
        shutil.rmtree(left, ignore_errors=True)
    path = folder() / f"building-{secrets.token_hex(8)}"
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def sweep() -> None:
    """Under the builder's lock: remove versions past their grace and what the dead left."""
    home = folder()
    version = current()
    superseded = [
        (path.stat().st_mtime, path)
        for path in (*home.glob("v*.duckdb*"), *home.glob(f".{POINTER}.*"))
        if version is None or not path.name.startswith(version.path.name)
    ]
    for rank, (since, path) in enumerate(sorted(superseded, reverse=True)):
        if rank >= MOST_SUPERSEDED or time.time() - since > GRACE:
            path.unlink(missing_ok=True)
    for path in (home / "spill").glob(f"{socket.gethostname()}-*"):
        pid = path.name.rpartition("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(path, ignore_errors=True)


def sweep_the_superseded() -> None:
    """Where nothing was built: remove old versions all the same, unless a builder is at work.

    Whom they hold may have been erased, and nothing may change for long.
    """
    if len(list(folder().glob("v*.duckdb"))) < 2:
        return
    try:
        with builder_lock(0):
            sweep()
    except Busy:
        log.info("snapshot_being_built")


def _locked() -> int | None:
    path = folder() / LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The folder may have been deleted meanwhile: a lock nobody else sees keeps nobody out.
        if os.stat(path).st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
