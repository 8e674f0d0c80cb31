"""A whole installation of its own for one test: data folder, database, broker and real processes.

For tests marked `processes`: what they kill is a real worker, on a real broker.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from config import broker
from config.processes import child, commands

ROOT = Path(__file__).resolve().parent.parent


class Installation:
    """Runs commands and processes under a private environment; `close` ends and removes it all."""

    def __init__(self, folder: Path, server_url: str = "", **variables: str) -> None:
        self.var = folder / "var"
        self.var.mkdir(parents=True)
        self._server_url = server_url
        self._database = f"tamis_{uuid4().hex[:12]}"
        self.port = free_port()
        unwanted = ("TEST_DATABASE_URL", "REDIS_URL", "SNAPSHOT_DIR", "MEDIA_ROOT", "SITE_URL")
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.environment = commands.environment(inherited, colour=False) | {
            "TAMIS_VAR": str(self.var),
            "DATABASE_URL": self._make_database(),
            "PORT": str(self.port),
            **variables,
        }
        self.children: dict[str, child.Child] = {}
        self.lines: list[tuple[str, str]] = []

    @property
    def redis_url(self) -> str:
        return broker.redis_url(broker.socket_path(self.var))

    @property
    def log(self) -> str:
        """What the processes printed so far."""
        return "\n".join(f"{name} | {line}" for name, line in self.lines)

    def manage(
        self, *arguments: str, given: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(arguments)}: {done.stdout}\n{done.stderr}")
        return done

    def start_from(self, other: Installation) -> None:
        """Take a copy of the tables another, idle installation has migrated."""
        if self._server_url:
            self._on_server(f'DROP DATABASE "{self._database}"')
            self._on_server(f'CREATE DATABASE "{self._database}" TEMPLATE "{other._database}"')
            return
        with (
            contextlib.closing(sqlite3.connect(other.var / "db.sqlite3")) as source,
            contextlib.closing(sqlite3.connect(self.var / "db.sqlite3")) as target,
        ):
            source.backup(target)

    def start(self, *names: str) -> None:
        """Start processes by name: broker, worker, web, beat."""
        known = {one.name: one for one in commands.installation(self.var, self.environment)}
        for name in names:
            self.children[name] = child.start(known[name], lambda *line: self.lines.append(line))
            if name == commands.BROKER:
                assert commands.wait_for_broker(broker.socket_path(self.var)), self.log

    def kill(self, name: str) -> None:
        """SIGKILL a process with everything it started, as a power cut would."""
        pid = self.children.pop(name).process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 120.0) -> None:
        """Wait for `condition`; fails with the processes' lines when it does not come true."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not so after {seconds:g} s\n{self.log}"
            time.sleep(0.1)

    def close(self) -> None:
        for name in list(self.children):
            if name != commands.BROKER:
                self.kill(name)
        for name in list(self.children):
            self.kill(name)
        if self._server_url:
            self._on_server(f'DROP DATABASE IF EXISTS "{self._database}" WITH (FORCE)')

    def _make_database(self) -> str:
        if not self._server_url:
            return f"sqlite:///{self.var / 'db.sqlite3'}"
        self._on_server(f'CREATE DATABASE "{self._database}"')
        address = urlsplit(self._server_url)
        folder = address.path.rpartition("/")[0]
        return address._replace(path=f"{folder}/{self._database}").geturl()

    def _on_server(self, statement: str) -> None:
        import environ
        import psycopg

        parts = environ.Env.db_url_config(self._server_url)
        with psycopg.connect(
            host=parts["HOST"] or None,
            port=parts["PORT"] or None,
            user=parts["USER"] or None,
            password=parts["PASSWORD"] or None,
            dbname=parts["NAME"],
            autocommit=True,
        ) as link:
            link.execute(statement)


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
