"""How fast segments are counted: against SQL by hand in DuckDB and PostgreSQL, and as bases grow.

    python bench/segments.py [--customers 1000000] [--only duckdb,postgres,…] [--folder DIR]

Makes a shop of that size (and of 10,000, 100,000 and 1,000,000 for growth, as far as it is not
larger) in DIR, where it is kept for the next run, and measures each part in a process of its own:
what is compared runs in turn, in several rounds, and must give the same numbers. Each part's
figures are kept in DIR too; bench/segments.md and its chart are written anew from all of them.
Ten million customers are for growth alone (`--only growth --customers 10000000`): making them
takes at least 20 GB of disk, 4 GB of memory and a long while.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PARTS: Final = ("duckdb", "postgres", "listmonk", "growth", "preview", "refresh")
SIZES: Final = (10_000, 100_000, 1_000_000)
# People move in and out of segments by the ten thousand here, which a smaller base shows as well.
REFRESHED: Final = 100_000


def in_its_own_process(
    part: str, asked: argparse.Namespace, customers: int, database: str = ""
) -> Any:
    """What a part told, run on a shop of this size, in SQLite unless a server is given."""
    home = Path(asked.folder) / (f"{customers}-postgresql" if database else str(customers))
    home.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"TAMIS_VAR": str(home), "DJANGO_DEBUG": "", "LOG_LEVEL": "WARNING"}
    environment.pop("DATABASE_URL", None)
    if database:
        environment["DATABASE_URL"] = database
    command = [sys.executable, __file__, "--part", part, "--customers", str(customers)]
    command += ["--seed", str(asked.seed), "--rounds", str(asked.rounds)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stderr}\n{part} failed on {customers} customers")
    before, _, told = done.stdout.partition("TOLD ")
    print(before, end="", flush=True)
    return json.loads(told)


def on_both_databases(part: str, asked: argparse.Namespace, customers: int) -> dict[str, Any]:
    """What a part told on SQLite and, where its programs are found, on PostgreSQL."""
    sys.path.insert(0, str(ROOT))
    from tests import postgresql

    told = {"SQLite": in_its_own_process(part, asked, customers)}
    if programs := postgresql.binaries():
        with postgresql.server(programs) as url:
            told["PostgreSQL"] = in_its_own_process(part, asked, customers, url)
    return told


def run_part(part: str, customers: int, seed: int, rounds: int) -> None:
    """Measure one part in this process and tell it."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from bench import counting, population, refreshes, screens
    from segmentation.snapshot import versions

    call_command("migrate", verbosity=0)
    if versions.current() is None:
        population.publish(customers, seed)
    measure = {
        "duckdb": counting.against_duckdb,
        "postgres": counting.against_postgresql,
        "listmonk": counting.against_listmonk,
        "growth": counting.alone,
        "preview": screens.previews_and_pages,
        "refresh": refreshes.refreshes,
    }[part]
    print("TOLD", json.dumps(measure(rounds)))


def main() -> None:
    """Run the parts asked for, then write the report of all that is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "tamis-segments"))
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        run_part(asked.part, asked.customers, asked.seed, asked.rounds)
        return
    kept = Path(asked.folder) / "results.json"
    results: dict[str, Any] = {}
    for part in asked.only.split(","):
        if part == "growth":
            told: Any = {
                str(size): in_its_own_process(part, asked, size)
                for size in sorted({*SIZES, asked.customers})
                if size <= asked.customers
            }
        elif part == "refresh":
            size = min(REFRESHED, asked.customers)
            told = {"customers": size, **on_both_databases(part, asked, size)}
        else:
            told = {
                "customers": asked.customers,
                **in_its_own_process(part, asked, asked.customers),
            }
        # Another run may have kept its own meanwhile.
        results = json.loads(kept.read_text()) if kept.exists() else {}
        results[part] = told
        kept.write_text(json.dumps(results, indent=1))
    sys.path.insert(0, str(ROOT))
    from bench import segments_report

    segments_report.write(results, ROOT / "bench")


if __name__ == "__main__":
    main()
