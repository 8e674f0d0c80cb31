"""One process in its own session, its lines printed with its name before them.

Its own session means that Ctrl-C in the terminal reaches only the parent, which then stops the
children in the order that loses nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

Printer = Callable[[str, str], None]


@dataclass(frozen=True)
class Stop:
    """How to end a process: signals in turn, each with the seconds it is given."""

    signals: Sequence[tuple[signal.Signals, float]]

    def hurried(self) -> Stop:
        """The same without the first, patient signal; for a second Ctrl-C."""
        return Stop([(number, min(3.0, seconds)) for number, seconds in self.signals[1:]])


GRACEFUL = Stop([(signal.SIGTERM, 10.0), (signal.SIGKILL, 2.0)])
# Celery: TERM finishes the tasks in hand, QUIT gives them back to the queue.
WARM = Stop([(signal.SIGTERM, 25.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)])


@dataclass(frozen=True)
class Command:
    """What to run under which name, and how to end it."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    stop: Stop = GRACEFUL
    # A line that holds this is advice which does not concern a small installation.
    unsaid: str = ""


@dataclass
class Child:
    """A running command."""

    command: Command
    process: subprocess.Popen[str]
    started: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        return self.command.name

    def alive(self) -> bool:
        return self.process.poll() is None

    def ended_how(self) -> str:
        """How it ended, for a person."""
        code = self.process.returncode
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def stop(self, manner: Stop, hurry: threading.Event) -> None:
        """End it and whatever it started; returns once it is gone."""
        hurried = hurry.is_set()
        for number, seconds in (manner.hurried() if hurried else manner).signals:
            if not self.alive():
                break
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            deadline = time.monotonic() + seconds
            while self.alive() and time.monotonic() < deadline:
                if hurry.is_set() and not hurried:
                    self.stop(manner, hurry)
                    return
                time.sleep(0.05)
        end_group(self.process.pid)


def start(command: Command, say: Printer) -> Child:
    """Start `command` in its own session and pass its lines to `say`."""
    process = subprocess.Popen(
        command.arguments,
        env=command.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    threading.Thread(target=_pass_on, args=(process.stdout, command, say), daemon=True).start()
    return Child(command, process)


def end_group(leader: int) -> None:
    """Kill what is left of a process's session, such as a dead worker's pool."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _pass_on(stream: IO[str], command: Command, say: Printer) -> None:
    with stream:
        for line in stream:
            if not (command.unsaid and command.unsaid in line):
                say(command.name, line.rstrip("\n"))
