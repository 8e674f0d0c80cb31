"""`make test`: runs every check this machine can run, and says in one line which ones ran.

The lanes: lint (ruff, mypy), SQLite (everything that needs neither a browser nor real processes),
worker (real processes on a real broker), Chromium, PostgreSQL. Where CI=true or TAMIS_LANES=all, a
lane that cannot run is a failure. `ARGS` is passed on to pytest.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import postgresql

ROOT = Path(__file__).resolve().parent.parent
PARALLEL = ["-n", "2", "--dist", "worksteal"]
# pytest's exit code for "no test was selected".
NOTHING_SELECTED = 5


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


def _run(title: str, command: Sequence[str | Path], **variables: str) -> int:
    print(f"\n── {title}", flush=True)
    return subprocess.run(command, cwd=ROOT, env=os.environ | variables, check=False).returncode


def _pytest(lane: str, selection: str, *arguments: str, **variables: str) -> Outcome:
    extra = shlex.split(os.environ.get("ARGS", ""))
    command = [sys.executable, "-m", "pytest", "-q", "-m", selection, *arguments, *extra]
    started = time.monotonic()
    code = _run(f"{lane}: pytest -m '{selection}'", command, **variables)
    if extra and code == NOTHING_SELECTED:
        return Outcome(lane, None, "ARGS selects none of its tests")
    return Outcome(lane, code == 0, f"{time.monotonic() - started:.0f} s")


def lint() -> Outcome:
    """Style, layout and types."""
    tools = Path(sys.executable).parent
    commands: list[list[str | Path]] = [
        [tools / "ruff", "check", "."],
        [tools / "ruff", "format", "--check", "."],
        [tools / "mypy"],
    ]
    started = time.monotonic()
    codes = [_run(f"{Path(one[0]).name} {' '.join(map(str, one[1:]))}", one) for one in commands]
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


def tests() -> list[Outcome]:
    """Every test lane, one after the other."""
    without_url = {"TEST_DATABASE_URL": ""}
    plain = "not soak and not browser and not processes and not postgres"
    outcomes = [
        _pytest("SQLite", plain, *PARALLEL, **without_url),
        _pytest("worker", "processes and not soak", **without_url),
    ]
    if browser := chromium():
        outcomes.append(
            _pytest("Chromium", "browser and not soak", TAMIS_CHROMIUM=browser, **without_url)
        )
    else:
        outcomes.append(Outcome("Chromium", None, "no chromium found"))
    both = "(postgres or both_databases) and not soak and not browser"
    with postgresql_url() as (url, why):
        if url is None:
            return [*outcomes, Outcome("PostgreSQL", None, why)]
        variables = {"TEST_DATABASE_URL": url}
        first = _pytest("PostgreSQL", f"{both} and not processes", *PARALLEL, **variables)
        second = _pytest("PostgreSQL with a worker", f"{both} and processes", **variables)
    return [*outcomes, first, second]


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
    if options.lint:
        outcomes = [lint()]
    elif options.soak:
        outcomes = soak()
    else:
        outcomes = [lint(), *tests()]
    demanding = os.environ.get("CI") == "true" or os.environ.get("TAMIS_LANES") == "all"
    failed = [one for one in outcomes if one.passed is False or (demanding and one.passed is None)]
    print("\nLanes: " + " · ".join(map(str, outcomes)))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
