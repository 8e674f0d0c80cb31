"""How DuckDB is opened: within bounds of memory and threads, off the network, away from files.

Invariant: no connection ever installs an extension or spills outside the snapshot's folder; those
that only read can neither write nor touch any other file, nor have their settings changed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import duckdb

_MIB: Final = 1024 * 1024
_CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
MOST_THREADS: Final = 8


def open_to_build(path: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    """Open a new file to fill it, with up to a third of the machine's memory."""
    connection = duckdb.connect(str(path), config=_config(_memory(3, most=4096), spill))
    # Order means nothing here, and keeping it costs memory.
    connection.execute("SET preserve_insertion_order = false")
    return connection


def open_to_read(path: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    """Open a published file; every process of the installation holds one such connection."""
    connection = duckdb.connect(
        str(path), read_only=True, config=_config(_memory(8, most=2048), spill)
    )
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _config(memory: int, spill: Path) -> dict[str, Any]:
    return {
        "memory_limit": f"{memory}MiB",
        "threads": min(os.cpu_count() or 1, MOST_THREADS),
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _memory(share: int, most: int) -> int:
    """One `share`-th of the memory this process may use, in MiB, from 256 to `most`."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if _CGROUP_LIMIT.exists():
        limit = _CGROUP_LIMIT.read_text().strip()
        total = min(total, int(limit)) if limit.isdigit() else total
    return max(256, min(most, total // share // _MIB))
