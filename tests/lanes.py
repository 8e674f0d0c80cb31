"""`make test`: runs every check this machine can run, and says in one line which ones ran.

The lanes: lint (ruff, mypy), SQLite (everything that needs neither a browser nor real processes),
worker (real processes on a real broker), Chromium, PostgreSQL. Those that use the processor and
those that mostly wait run side by side; what a lane printed is shown whole when it ends. Where
CI=true or TAMIS_LANES=all, a lane that cannot run is a failure; the lack of PHP, which no lane
needs, is only said. `ARGS` is passed on to pytest.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests import postgresql

ROOT = Path(__file__).resolve().parent.parent
PARALLEL = ["-n", "2", "--dist", "worksteal"]
# pytest's exit code for "no test was selected".
NOTHING_SELECTED = 5
PLAIN = "not soak and not browser and not processes and not postgres"
BOTH = "(postgres or both_databases) and not soak and not browser"
_printing = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """What became of a lane: True passed, False failed, None did not run and why."""

    lane: str
    passed: bool | None
    why: str = ""

    def __str__(self) -> str:
        words = {True: "passed", False: "FAILED", None: "not run"}[self.passed]
        return f"{self.lane} {words}" + (f" ({self.why})" if self.why else "")


def chromium() -> str | None:
    """The browser to drive: TAMIS_CHROMIUM, or the system's."""
    given = os.environ.get("TAMIS_CHROMIUM")
    return given or shutil.which("chromium") or shutil.which("chromium-browser")


def php() -> str | None:
    """PHP's command line with its curl: PrestaShop's module needs both."""
    found = shutil.which("php")
    if found is None:
        return None
    asked = [found, "-r", 'exit(extension_loaded("curl") ? 0 : 1);']
    return (
        found if subprocess.run(asked, capture_output=True, check=False).returncode == 0 else None
    )


def left_out() -> list[str]:
    """What no lane is about and this machine cannot run: said, and demanded nowhere."""
    return [] if php() else ["PrestaShop's module not run (no php with curl)"]


def _run(title: str, command: Sequence[str | Path], **variables: str) -> int:
    """Run `command` to its end, then print all it said under its title; returns its exit code."""
    _say(f"   {title}: started")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=_environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    _say(f"\n── {title}: {shlex.join(map(str, command[1:]))}", done.stdout)
    return done.returncode


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a lane: this one and `variables`, and compiled modules are kept.

    Containers often forbid them: each of the many processes would then compile all it imports.
    """
    told = os.environ | variables
    if told.pop("PYTHONDONTWRITEBYTECODE", ""):
        told.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".pytest_cache" / "compiled"))
    return told


def _say(line: str, output: bytes = b"") -> None:
    with _printing:
        print(line, flush=True)
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()


def _pytest(lane: str, selection: str, *arguments: str, **variables: str) -> Outcome:
    extra = shlex.split(os.environ.get("ARGS", ""))
    command = [sys.executable, "-m", "pytest", "-q", "-rfEs", "-m", selection, *arguments, *extra]
    # Two lanes at once must not write one cache.
    command += ["-o", f"cache_dir=.pytest_cache/{lane.replace(' ', '-')}"]
    if sys.stdout.isatty():
        command.append("--color=yes")
    started = time.monotonic()
    code = _run(lane, command, **variables)
    if extra and code == NOTHING_SELECTED:
        return Outcome(lane, None, "ARGS selects none of its tests")
    return Outcome(lane, code == 0, f"{time.monotonic() - started:.0f} s")


def lint() -> Outcome:
    """Style, layout and types."""
    tools = Path(sys.executable).parent
    ruff, mypy = tools / "ruff", tools / "mypy"
    started = time.monotonic()
    codes = [
        _run("style", [ruff, "check", "."]),
        _run("layout", [ruff, "format", "--check", "."]),
        _run("types", [mypy]),
    ]
    return Outcome("lint", not any(codes), f"{time.monotonic() - started:.0f} s")


@contextmanager
def postgresql_url() -> Iterator[tuple[str | None, str]]:
    """A server's address, or None and why there is none."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given, ""
    elif folder := postgresql.binaries():
        with postgresql.server(folder) as url:
            yield url, ""
    else:
        yield None, "no server binaries and no TEST_DATABASE_URL"


def everything() -> list[Outcome]:
    """Lint and every test lane: two at a time, one that computes beside one that mostly waits."""
    with postgresql_url() as (url, why), ThreadPoolExecutor(2) as pool:
        computing: list[Callable[[], Outcome]] = [sqlite]
        waiting: list[Callable[[], Outcome]] = [lint, worker, in_chromium]
        if url is None:
            computing.append(lambda: Outcome("PostgreSQL", None, why))
        else:
            computing.append(partial(on_postgresql, url))
            waiting.append(partial(worker_on_postgresql, url))
        return [one for done in pool.map(_in_turn, (computing, waiting)) for one in done]


def _in_turn(lanes: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    return [lane() for lane in lanes]


def sqlite() -> Outcome:
    return _pytest("SQLite", PLAIN, *PARALLEL, TEST_DATABASE_URL="")


def _naming(marker: str) -> list[str]:
    """The test files that name a marker: collecting the others takes longer than some lanes."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    wanted = f"mark.{marker}"
    return [str(file) for file in files if wanted in file.read_text(encoding="utf-8")]


def worker() -> Outcome:
    selection = "processes and not browser and not soak"
    return _pytest("worker", selection, *_naming("processes"), TEST_DATABASE_URL="")


def in_chromium() -> Outcome:
    if path := chromium():
        variables = {"TAMIS_CHROMIUM": path, "TEST_DATABASE_URL": ""}
        return _pytest("Chromium", "browser and not soak", *_naming("browser"), **variables)
    return Outcome("Chromium", None, "no chromium found")


def on_postgresql(url: str) -> Outcome:
    return _pytest("PostgreSQL", f"{BOTH} and not processes", *PARALLEL, TEST_DATABASE_URL=url)


def worker_on_postgresql(url: str) -> Outcome:
    lane = "PostgreSQL with a worker"
    selection = f"{BOTH} and processes"
    return _pytest(lane, selection, *_naming("processes"), TEST_DATABASE_URL=url)


def soak() -> list[Outcome]:
    """The long rounds, on both databases."""
    outcomes = [_pytest("soak on SQLite", "soak", TEST_DATABASE_URL="")]
    with postgresql_url() as (url, why):
        if url is None:
            return [*outcomes, Outcome("soak on PostgreSQL", None, why)]
        return [*outcomes, _pytest("soak on PostgreSQL", "soak", TEST_DATABASE_URL=url)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lint", action="store_true", help="only style and types")
    parser.add_argument("--soak", action="store_true", help="only the long rounds")
    options = parser.parse_args()
    started = time.monotonic()
    if options.lint:
        outcomes = [lint()]
    elif options.soak:
        outcomes = soak()
    else:
        outcomes = everything()
    demanding = os.environ.get("CI") == "true" or os.environ.get("TAMIS_LANES") == "all"
    absent = [one.lane for one in outcomes if one.passed is None]
    if demanding and absent:
        print(f"\nEvery lane must run here, and these could not: {', '.join(absent)}.")
    failed = any(one.passed is False or (demanding and one.passed is None) for one in outcomes)
    whole = f"{time.monotonic() - started:.0f} s in all"
    beside = [] if options.lint or options.soak else left_out()
    print("\nLanes: " + " · ".join([*map(str, outcomes), *beside, whole]))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
