"""Starts the installation's processes, restarts those that die, stops them in order.

Invariant: the broker starts first and stops last, and the worker gets the time to finish what it
has in hand, so that nothing queued is lost by Ctrl-C; what a killed parent left behind is ended
before anything new starts.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config import broker
from config.processes import child, commands
from config.processes.census import Census, Entry
from config.processes.child import Child, Command

# Seconds before a process that died is started again: doubled each time up to the last.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STABLE_AFTER = 60.0
_COLOURS = {"broker": 35, "worker": 33, "web": 36, "beat": 34, "dev": 32}


class BrokerSilent(RuntimeError):
    """The embedded broker did not answer."""


class Terminal:
    """Prints whole lines, each with the name of the process it comes from."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._lock = threading.Lock()

    def say(self, name: str, line: str) -> None:
        label = f"{name:<6} │"
        if self._colour:
            label = f"\033[{_COLOURS.get(name, 37)}m{label}\033[0m"
        # The terminal may be gone (its window closed); the processes must still be stopped well.
        with self._lock, contextlib.suppress(OSError, ValueError):
            sys.stdout.write(f"{label} {line}\n")
            sys.stdout.flush()


class Supervisor:
    """Keeps `commands` running until a signal comes."""

    def __init__(self, wanted: list[Command], var: Path, census: Census, terminal: Terminal):
        self._wanted = wanted
        self._var = var
        self._census = census
        self._terminal = terminal
        self._running: dict[str, Child] = {}
        self._deaths: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._stopping = threading.Event()
        self._hurry = threading.Event()

    def run(self, when_started: Callable[[], None]) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP; `when_started` is called in a thread of its own."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            for command in self._wanted:
                if self._stopping.is_set():
                    break
                self._start(command)
            threading.Thread(target=when_started, daemon=True).start()
            while not self._stopping.wait(0.2):
                self._look_after()
        finally:
            self._stop_all()

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self._stopping.is_set() and number == signal.SIGINT:
            self._hurry.set()
        self._stopping.set()

    def _start(self, command: Command) -> None:
        self._running[command.name] = child.start(command, self._terminal.say)
        self._census.write({name: one.process.pid for name, one in self._running.items()})
        if command.name == commands.BROKER and not commands.wait_for_broker(
            broker.socket_path(self._var)
        ):
            raise BrokerSilent("The embedded broker does not answer; its lines above say why.")

    def _look_after(self) -> None:
        """Note who died, and start again those whose pause is over."""
        now = time.monotonic()
        for command in self._wanted:
            name = command.name
            if name in self._due:
                if now >= self._due[name]:
                    del self._due[name]
                    self._restart(command)
            elif not self._running[name].alive():
                self._note_death(self._running[name], now)

    def _restart(self, command: Command) -> None:
        try:
            self._start(command)
        except BrokerSilent as error:
            self._terminal.say("dev", str(error))

    def _note_death(self, dead: Child, now: float) -> None:
        child.end_group(dead.process.pid)
        if now - dead.started > STABLE_AFTER:
            self._deaths[dead.name] = 0
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** self._deaths.get(dead.name, 0))
        self._deaths[dead.name] = self._deaths.get(dead.name, 0) + 1
        self._due[dead.name] = now + pause
        self._terminal.say("dev", f"{dead.name} {dead.ended_how()}; again in {pause:g} s")

    def _stop_all(self) -> None:
        self._terminal.say("dev", "Stopping; Ctrl-C again to hurry")
        for command in reversed(self._wanted):
            if one := self._running.get(command.name):
                one.stop(command.stop, self._hurry)
                self._terminal.say("dev", f"{command.name} stopped")
        self._census.write({})


def end_left_behind(census: Census, wanted: list[Command], terminal: Terminal) -> None:
    """End what an earlier, killed parent left running, in the same order as always."""
    manners = {command.name: command.stop for command in wanted}
    for entry in reversed(census.left_behind()):
        terminal.say("dev", f"Ending {entry.name} ({entry.pid}), left by a run that was killed")
        _end(entry, manners.get(entry.name, child.GRACEFUL))
    census.write({})


def _end(entry: Entry, manner: child.Stop) -> None:
    for number, seconds in manner.signals:
        with contextlib.suppress(ProcessLookupError):
            os.kill(entry.pid, number)
        deadline = time.monotonic() + seconds
        while entry.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        if not entry.alive():
            break
    child.end_group(entry.pid)
