"""The process runner on real processes: order, restarts, orphans, a taken port."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
import redis

from config import heartbeat
from config.processes import census, child
from tests.installation import ROOT, Installation

pytestmark = pytest.mark.processes
Dev = Callable[[], "Running"]


class Running:
    """A `manage.py dev` whose output is in a file, as a terminal would show it."""

    def __init__(self, installation: Installation, output: Path) -> None:
        self._installation = installation
        self._output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "dev"],
                cwd=ROOT,
                # The parent decides about TAMIS_DEV for its children, not about itself.
                env={k: v for k, v in installation.environment.items() if k != "TAMIS_DEV"},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self._output.read_text()

    def wait_for(self, what: str, seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(what, self.text):
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(
                f"http://localhost:{self._installation.port}/healthz", timeout=60
            )
        except HTTPError:
            return True
        except (URLError, OSError):
            return False
        return True

    def pids(self) -> dict[str, int]:
        entries = json.loads((self._installation.var / "dev.pids").read_text())
        return {entry["name"]: entry["pid"] for entry in entries}

    def interrupt(self, seconds: float = 60.0) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)


@pytest.fixture
def dev(migrated: Installation, tmp_path: Path) -> Iterator[Dev]:
    runs: list[Running] = []

    def start() -> Running:
        runs.append(Running(migrated, tmp_path / f"output-{len(runs)}"))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.interrupt()
    # What a killed run left is ended as the product itself would.
    for path in migrated.var.glob("dev.pids"):
        for entry in json.loads(path.read_text()):
            if census.Entry(**entry).alive():
                os.killpg(entry["pid"], signal.SIGKILL)


def alive(pid: int) -> bool:
    return bool(census.born(pid))


def test_everything_starts_once_and_stops_in_the_order_that_loses_nothing(dev: Dev) -> None:
    run = dev()
    run.wait_for("Tamis is ready: http://localhost:")
    run.wait_for("worker │ .*ready")
    assert run.answers()
    pids = run.pids()
    assert list(pids) == ["broker", "worker", "web", "beat"]
    # Each child is in a session of its own: the terminal's Ctrl-C never reaches it.
    assert all(os.getsid(pid) == pid for pid in pids.values())
    second = dev()
    assert second.process.wait(30) == 1
    assert "already runs on" in second.text
    assert str(run.process.pid) in second.text
    assert run.answers()
    assert run.interrupt() == 0
    assert re.findall(r"dev    │ (\w+) stopped", run.text) == ["beat", "web", "worker", "broker"]
    assert "Warm shutdown" in run.text
    assert not any(alive(pid) for pid in pids.values())


def test_a_process_that_dies_is_started_again(dev: Dev, installation: Installation) -> None:
    run = dev()
    run.wait_for("worker │ .*ready")
    first = run.pids()["worker"]
    os.kill(first, signal.SIGKILL)
    run.wait_for("worker killed by SIGKILL; again in 0.5 s")
    run.wait_for(r"(?s)again in.*worker │ .*ready")
    assert run.pids()["worker"] != first
    # Its pool must not outlive it: two generations would share the work unseen.
    assert not _group(first)
    os.kill(run.pids()["broker"], signal.SIGKILL)
    killed = time.time()
    run.wait_for("broker killed by SIGKILL; again in")
    with redis.Redis.from_url(installation.redis_url) as link:
        installation.wait_until(lambda: _all_heard(link, since=killed), 60)
    assert run.interrupt() == 0


def test_a_second_interrupt_ends_what_will_not_stop() -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); "
    lines: list[str] = []
    one = child.start(
        child.Command("deaf", [sys.executable, "-u", "-c", stubborn + "time.sleep(60)"], {}),
        lambda name, line: lines.append(line),
    )
    deadline = time.monotonic() + 10
    while not lines and time.monotonic() < deadline:
        time.sleep(0.02)
    hurry = threading.Event()
    threading.Timer(0.3, hurry.set).start()
    started = time.monotonic()
    one.stop(child.Stop([(signal.SIGTERM, 30.0), (signal.SIGKILL, 2.0)]), hurry)
    assert time.monotonic() - started < 5
    assert one.ended_how() == "killed by SIGKILL"


def _group(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_a_killed_run_left_is_ended_by_the_next_and_its_queue_kept(
    dev: Dev, installation: Installation
) -> None:
    first = dev()
    first.wait_for("worker │ .*ready")
    with redis.Redis.from_url(installation.redis_url) as link:
        link.set("tamis:kept", "yes")
    left = first.pids()
    first.process.kill()
    first.process.wait()
    assert all(alive(pid) for pid in left.values())
    second = dev()
    second.wait_for("Tamis is ready")
    assert not any(alive(pid) for pid in left.values())
    order = re.findall(r"Ending (\w+) \(\d+\), left by a run that was killed", second.text)
    assert order == ["beat", "web", "worker", "broker"]
    with redis.Redis.from_url(installation.redis_url) as link:
        assert link.get("tamis:kept") == b"yes"
    assert second.interrupt() == 0


def test_a_taken_port_is_named_with_the_way_out(dev: Dev, installation: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", installation.port))
        other.listen()
        run = dev()
        assert run.process.wait(30) == 1
    assert f"Port {installation.port} is already taken" in run.text
    assert f"make run PORT={installation.port + 1}" in run.text
    assert "Traceback" not in run.text


def _all_heard(link: redis.Redis, since: float) -> bool:
    """Whether worker and beat both gave a sign of life after `since`."""
    try:
        ages = [heartbeat.age(link, process) for process in heartbeat.ALL]
    except redis.ConnectionError:
        return False
    return all(age is not None and time.time() - age > since for age in ages)
