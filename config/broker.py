"""Where Redis is: the server named by `REDIS_URL`, or the embedded Valkey's Unix socket.

Invariant: settings and the process runner get the same socket path from the same data folder, and
that path is short enough for a Unix socket, in a folder that only its owner can enter.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

# The kernel takes 108 bytes with the closing NUL; some libraries append a suffix.
LONGEST_SOCKET_PATH = 100


class UnsafeRuntimeFolder(RuntimeError):
    """The short folder for the socket belongs to somebody else or is open to others."""


def socket_path(var: Path) -> Path:
    """The embedded broker's socket: under `var`, or in a short folder when that is too long."""
    wanted = var.resolve() / "valkey" / "valkey.sock"
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return Path("/tmp") / f"tamis-{os.getuid()}-{digest}" / "valkey.sock"


def make_private(folder: Path) -> None:
    """Create `folder` with mode 0700, or check that it is ours alone.

    Raises UnsafeRuntimeFolder where another user could have prepared it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise UnsafeRuntimeFolder(f"{folder} belongs to another user: remove it and start again.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def redis_url(socket: Path, database: int = 0) -> str:
    """The URL redis-py takes for the embedded server."""
    return f"unix://{socket}?db={database}"


def celery_url(url: str) -> str:
    """The same server as Celery's transport spells it."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    options = dict(part.partition("=")[::2] for part in query.split("&") if part)
    return f"redis+socket://{path}?virtual_host={options.get('db', '0')}"
