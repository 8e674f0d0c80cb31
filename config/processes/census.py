"""Which processes run on a data folder, remembered on disk.

Invariant: one `manage.py dev` a data folder (an exclusive lock, let go by the kernel when its
holder dies), and a process is ended only if its start time is the one written down: a process id
that the system gave to somebody else since is left alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


class AlreadyRunning(RuntimeError):
    """Another `manage.py dev` holds this data folder."""


@dataclass(frozen=True)
class Entry:
    """A process as it was when it was written down."""

    name: str
    pid: int
    born: str

    def alive(self) -> bool:
        return bool(self.born) and born(self.pid) == self.born


def born(pid: int) -> str:
    """When a process started, as the system writes it; empty when it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The command, in brackets, may itself hold spaces and brackets.
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


class Census:
    """The lock and the list of one data folder."""

    def __init__(self, var: Path) -> None:
        self._list = var / "dev.pids"
        self._lock = self._take(var / "dev.lock")

    @staticmethod
    def _take(path: Path) -> IO[str]:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise AlreadyRunning(lock.read().strip()) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def left_behind(self) -> list[Entry]:
        """Processes of an earlier parent that still run, in the order they were started."""
        try:
            entries = [Entry(**one) for one in json.loads(self._list.read_text())]
        except (FileNotFoundError, ValueError, TypeError):
            return []
        return [entry for entry in entries if entry.alive()]

    def write(self, pids: dict[str, int]) -> None:
        """Remember the processes that run now."""
        entries = [asdict(Entry(name, pid, born(pid))) for name, pid in pids.items()]
        draft = self._list.with_suffix(".new")
        draft.write_text(json.dumps(entries))
        draft.replace(self._list)

    def close(self) -> None:
        self._lock.close()
