"""A private PostgreSQL server for the length of a test run.

It listens on a Unix socket in a folder of its own, so that it meets no other server and nobody
else on the machine reaches it. PostgreSQL refuses to run as root: it then runs as `postgres` or
`nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TUNING = {
    # Nothing here must survive a crash.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "listen_addresses": "",
    "timezone": "UTC",
}


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest version first; None without them."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as: None for the current user."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody.")


@contextmanager
def server(folder: Path, tuning: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a server with the binaries in `folder`; yields a DATABASE_URL; ends it afterwards.

    `tuning` adds settings, or replaces those that suit tests.
    """
    owner = _unprivileged()
    identity: dict[str, Any] = (
        {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        if owner is not None
        else {}
    )
    home = Path(tempfile.mkdtemp(prefix="tamis-pg-"))
    home.chmod(0o700)
    if owner is not None:
        os.chown(home, owner.pw_uid, owner.pw_gid)
    process: subprocess.Popen[Any] | None = None
    try:
        initialise: list[str | Path] = [
            folder / "initdb",
            "-D",
            home / "data",
            "-U",
            "tamis",
            "-A",
            "trust",
        ]
        initialise += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(initialise, check=True, capture_output=True, cwd="/", **identity)
        arguments: list[str | Path] = [folder / "postgres", "-D", home / "data", "-k", home]
        for name, value in (_TUNING | dict(tuning or {})).items():
            arguments += ["-c", f"{name}={value}"]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                arguments, cwd="/", stdout=log, stderr=log, start_new_session=True, **identity
            )
        _wait(folder, home, process)
        yield f"postgres://tamis@/{home}/postgres"
    finally:
        if process is not None:
            # TERM would wait for every connection to close; INT ends them.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait(folder: Path, home: Path, process: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        ready = subprocess.run(
            [folder / "pg_isready", "-q", "-h", home, "-U", "tamis"], check=False
        )
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")
