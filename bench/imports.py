"""How fast spreadsheets of customers are imported, against two other ways to write the same rows.

    python bench/imports.py [--lines 100000] [--plain-lines 10000] [--memory-lines 1000000]
                            [--database sqlite|postgresql] [--only create,update,…] [--rounds 1]

A file of 12 columns (bench/import_files.py) is imported into an empty database:

- `create`, `update`: by Tamis, as the worker does; then again with three columns changed for all;
- `xlsx`: the same rows in a workbook;
- `bulk`: a bare `bulk_create(update_conflicts=True)` a thousand rows at a time, of the same rows
  in all the same tables: people, ledger and undo notes, the same computed fields;
- `plain`: django-import-export's ModelResource with its defaults, on the first lines of the file;
- `memory`: the peak of a long import above what the idle worker takes.

Each runs in a process of its own on a database of its own, in turn, as many rounds as asked. Only
ratios of one round compare, and the middle one counts; both the clock and the processor's own
time are shown. Results: bench/imports.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.import_files import MAPPING, write_csv, write_workbook  # noqa: E402
from bench.import_ways import TASKS  # noqa: E402


def run_one(name: str, folder: Path) -> None:
    """In a process of its own: time one way to write, and tell the parent."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import logging

    import django

    django.setup()
    logging.disable(logging.INFO)
    from config.celery import app
    from customers.signals import facts_changed

    # All that an idle worker has loaded; and what it asks of other workers is not measured.
    app.loader.import_default_modules()
    facts_changed.receivers.clear()
    facts_changed.sender_receivers_cache.clear()
    warm_up()
    idle = _resident()
    started, used = time.perf_counter(), time.process_time()
    TASKS[name](folder)
    told = {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - used,
        "megabytes": (_peak() - idle) / 1024,
    }
    print("TOLD", json.dumps(told))


def warm_up() -> None:
    """Load what is loaded once, such as the numbering plans, by checking a line or two."""
    from customers.spreadsheets import engine
    from customers.spreadsheets.mapping import read_mapping

    with tempfile.TemporaryDirectory() as folder:
        for name, write in (("a.csv", write_csv), ("a.xlsx", write_workbook)):
            write(Path(folder) / name, 2)
            mapping = read_mapping("customers", MAPPING)
            file = engine.open_for(Path(folder) / name, mapping)
            engine.check(file, mapping, file_name=name)


def _resident() -> int:
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    from tests import postgresql

    binaries = postgresql.binaries()
    if binaries is None:
        sys.exit("PostgreSQL is not installed here.")
    with postgresql.server(binaries) as url:
        yield url


def measure(name: str, kind: str, files: Path) -> dict[str, float]:
    """Run one way on a database of its own; `update` meets people who are there already."""
    with tempfile.TemporaryDirectory() as home, database(kind, Path(home)) as url:
        environment = os.environ | {"TAMIS_VAR": home, "DATABASE_URL": url, "DJANGO_DEBUG": ""}

        def call(*arguments: str) -> str:
            command = [sys.executable, *arguments]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(done.stderr)
            return done.stdout

        call("manage.py", "migrate", "--verbosity", "0")
        if name == "update":
            call(__file__, "--one", "create", "--files", str(files))
        told = call(__file__, "--one", name, "--files", str(files))
    found: dict[str, float] = json.loads(told.partition("TOLD ")[2])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--plain-lines", type=int, default=10_000)
    parser.add_argument("--memory-lines", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--files", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        run_one(told.one, Path(told.files))
        return
    wanted = told.only.split(",")
    lines = dict.fromkeys(TASKS, told.lines)
    lines |= {"plain": min(told.plain_lines, told.lines), "memory": told.memory_lines}
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        write_csv(files / "people.csv", told.lines)
        write_csv(files / "changed.csv", told.lines, version=1)
        write_csv(files / "first.csv", lines["plain"])
        if "xlsx" in wanted:
            write_workbook(files / "people.xlsx", told.lines)
        if "memory" in wanted:
            write_csv(files / "long.csv", told.memory_lines)
        print(f"{told.database}, {told.lines} lines")
        rounds: list[dict[str, dict[str, float]]] = []
        for _round in range(told.rounds):
            measured: dict[str, dict[str, float]] = {}
            for name in wanted:
                measured[name] = measure(name, told.database, files)
                show(name, lines[name], measured[name])
            rounds.append(measured)
    compare(rounds, lines)


def show(name: str, lines: int, told: dict[str, float]) -> None:
    """One line a way of writing."""
    print(
        f"{name:8} {lines:>9} lines {told['seconds']:8.1f} s {lines / told['seconds']:9.0f} a s"
        f" {told['cpu']:8.1f} s of processor {told['megabytes']:6.0f} MB above idle",
        flush=True,
    )


def compare(rounds: list[dict[str, dict[str, float]]], lines: dict[str, int]) -> None:
    """The ratios promised, by the clock and by the processor's time: the middle of the rounds."""
    promised = (
        ("create", "plain", 10), ("create", "bulk", 0.5), ("update", "create", 0.7),
        ("xlsx", "create", 0.6),
    )  # fmt: skip
    for one, other, wanted in promised:
        if one not in rounds[0] or other not in rounds[0]:
            continue
        clock, processor = (
            statistics.median(
                (lines[one] / each[one][unit]) / (lines[other] / each[other][unit])
                for each in rounds
            )
            for unit in ("seconds", "cpu")
        )
        print(
            f"{one} / {other}: {clock:.2f} by the clock, {processor:.2f} by the processor"
            f" (at least {wanted})"
        )
    if "memory" in rounds[0]:
        peak = max(each["memory"]["megabytes"] for each in rounds)
        print(f"memory: {peak:.0f} MB above idle (under 300)")


if __name__ == "__main__":
    main()
