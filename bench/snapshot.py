"""What a sync costs: one order, one customer in a hundred, everything; and profiles against SQL.

    python bench/snapshot.py [--customers 100000] [--rounds 5] [--syncs 200] [--folder DIR]

Makes a shop of that size in an SQLite database in DIR, where it is kept for the next run, and syncs
its snapshot: in each round a whole rebuild, a sync after one order and one after an order of each
of 1 % of the customers, scattered, in turn. Then many small syncs, looking at the file's size; and
the profiles' SQL beside the same columns written by hand. Writes the section of that size in
bench/snapshot.md; the sections of other sizes stay as they were written.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
REPORT: Final = ROOT / "bench" / "snapshot.md"
# Equal to the profiles but for ranks, which compare everyone: as an analyst would write it.
BY_HAND: Final = """
WITH paid AS (
  SELECT * FROM orders WHERE status = 'paid' AND placed_at <= {now}
), bought AS (
  SELECT customer_id, count(*) AS n, sum(total) AS spent, count(*) FILTER (discount > 0) AS cut,
    count(DISTINCT placed_at_on) AS days, min(placed_at) AS first_at,
    min(placed_at_on) AS first_on, max(placed_at) AS last_at, max(placed_at_on) AS last_on
  FROM paid GROUP BY customer_id
), ranked AS (
  SELECT *, count(*) OVER () AS buyers, count(*) FILTER (spent > 0) OVER () AS spenders,
    rank() OVER (ORDER BY spent DESC) AS revenue_rank,
    1 + (rank() OVER (ORDER BY last_at) - 1) * 5 // count(*) OVER () AS recency,
    1 + (rank() OVER (ORDER BY n) - 1) * 5 // count(*) OVER () AS frequency,
    1 + (rank() OVER (ORDER BY spent) - 1) * 5 // count(*) OVER () AS monetary,
    sum(spent) OVER (ORDER BY spent DESC) - sum(spent) OVER (PARTITION BY spent) AS above,
    sum(spent) OVER () AS everything
  FROM bought
), lines AS (
  SELECT customer_id, category, count(*) AS n, sum(amount) AS spent, max(placed_at) AS latest
  FROM items WHERE status = 'paid' AND placed_at <= {now} AND category IS NOT NULL
  GROUP BY customer_id, category
), favourites AS (
  SELECT customer_id, list(category ORDER BY category) AS categories,
    first(category ORDER BY n DESC, spent DESC, latest DESC, category) AS favourite
  FROM lines GROUP BY customer_id
)
SELECT c.id, coalesce(n, 0), coalesce(spent, 0), CAST(spent AS DOUBLE) / n, coalesce(cut, 0),
  CAST(cut AS DOUBLE) / n, coalesce(days, 0),
  CASE WHEN days > 1 THEN CAST(last_on - first_on AS DOUBLE) / (days - 1) END,
  first_at, first_on, last_at, last_on, favourite, categories, buyers, spenders, revenue_rank,
  recency, frequency, monetary,
  CASE WHEN above * 100 < 80 * everything THEN 'large'
    WHEN above * 100 < 95 * everything THEN 'medium' WHEN n > 0 THEN 'small' END
FROM customers c LEFT JOIN ranked r ON r.customer_id = c.id
LEFT JOIN favourites f ON f.customer_id = c.id
"""


HEAD: Final = """# What a sync costs

`python bench/snapshot.py [--customers N] [--syncs 200]` writes this; a section a size that was run.
After one order under 10 % of a rebuild is wanted. The clock of a busy machine says little: read the
processor's time first.
"""


@dataclass(frozen=True)
class Cost:
    """What something took, in seconds: by the clock, and of the processor."""

    clock: float
    processor: float


def timed(work: Callable[[], object]) -> Cost:
    """Do it once."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - clock, time.process_time() - processor)


def middle(costs: list[Cost]) -> Cost:
    """The median of each."""
    return Cost(median(each.clock for each in costs), median(each.processor for each in costs))


def syncs(customers: int, rounds: int) -> dict[str, Cost]:
    """The cost of each kind of sync, in turn."""
    from segmentation import snapshot

    def renew() -> None:
        assert not snapshot.sync().whole

    costs: dict[str, list[Cost]] = {"everything": [], "one order": [], "1 % of the customers": []}
    for turn in range(rounds):
        costs["everything"].append(timed(lambda: snapshot.sync(rebuild=True)))
        # The first after a rebuild and one more: the file is laid out otherwise then.
        for again in range(2):
            order_by(range(1 + turn * 7 + again, customers, customers))
            costs["one order"].append(timed(renew))
        order_by(range(1 + turn * 13, customers, 100))
        costs["1 % of the customers"].append(timed(renew))
    return {what: middle(each) for what, each in costs.items()}


def order_by(ids: range) -> None:
    """An order of each of these customers."""
    import secrets

    from bench import population
    from customers.models import Order

    Order.objects.bulk_create(
        [
            Order(customer_id=pk, number=secrets.token_hex(8), total=25, placed_at=population.NOW)
            for pk in ids
        ],
        batch_size=1_000,
    )


def sizes(customers: int, times: int) -> list[int]:
    """The file's size after a rebuild and after each of many small syncs."""
    from segmentation import snapshot
    from segmentation.snapshot import versions

    def size() -> int:
        version = snapshot.current_version()
        assert version is not None
        return version.size

    # Only the files matter here, which would otherwise stay for a while.
    versions.GRACE = 0.0  # type: ignore[misc]
    snapshot.sync(rebuild=True)
    found = [size()]
    for turn in range(times):
        order_by(range(1 + turn * 97 % customers, customers, max(1, customers // 20)))
        snapshot.sync()
        found.append(size())
    return found


def profiles(rounds: int) -> tuple[Cost, Cost]:
    """The product's SQL and the one by hand, in turn; they must give the same rows."""
    from bench import population
    from segmentation import snapshot
    from segmentation.snapshot import profiles

    ours = profiles.select_sql(population.NOW)
    theirs = BY_HAND.replace("{now}", profiles.instant(population.NOW))
    with snapshot.cursor() as cursor:
        for one, other in ((ours, theirs), (theirs, ours)):
            differing = f"FROM (FROM ({one}) EXCEPT ALL FROM ({other}))"
            counted = cursor.execute(f"SELECT count(*) {differing}").fetchall()
            assert counted == [(0,)]
        costs: tuple[list[Cost], list[Cost]] = ([], [])
        for _ in range(rounds):
            for sql, found in zip((ours, theirs), costs, strict=True):
                found.append(timed(lambda sql=sql: cursor.execute(f"CREATE TEMP TABLE p AS {sql}")))  # type: ignore[misc]
                cursor.execute("DROP TABLE p")
    return middle(costs[0]), middle(costs[1])


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--syncs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "tamis-snapshot"))
    asked = parser.parse_args()
    home = Path(asked.folder) / str(asked.customers)
    home.mkdir(parents=True, exist_ok=True)
    os.environ |= {"TAMIS_VAR": str(home), "LOG_LEVEL": "WARNING"}
    os.environ.pop("DATABASE_URL", None)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from bench import facts

    facts.fill(asked.customers, asked.seed)
    costs = syncs(asked.customers, asked.rounds)
    ours, theirs = profiles(asked.rounds)
    found = sizes(asked.customers, asked.syncs) if asked.syncs else []
    told = report(asked, costs, ours, theirs, found)
    write(asked.customers, told)
    print(told)


def write(customers: int, told: str) -> None:
    """Put the section of a size in the place of the one there is; nothing but sections is kept."""
    sections = {customers: told}
    for part in re.split(r"^(?=## )", REPORT.read_text(encoding="utf-8"), flags=re.MULTILINE):
        found = re.match(r"## ([\d,]+) customers\n", part)
        if found:
            sections.setdefault(int(found[1].replace(",", "")), part.rstrip("\n") + "\n")
    REPORT.write_text("\n".join([HEAD, *(sections[n] for n in sorted(sections))]), encoding="utf-8")


def report(
    asked: argparse.Namespace,
    costs: dict[str, Cost],
    ours: Cost,
    theirs: Cost,
    found: list[int],
) -> str:
    """What one size of shop told, as a section of the report."""
    whole = costs["everything"]
    lines = [f"## {asked.customers:,} customers", ""]
    lines += [f"Medians of {asked.rounds} rounds in turn, on SQLite.", ""]
    lines += ["| sync after | seconds | of the processor | share of a rebuild, by either |"]
    lines += ["| --- | --: | --: | --: |"]
    for what, cost in costs.items():
        shares = f"{cost.clock / whole.clock:.1%}, {cost.processor / whole.processor:.1%}"
        lines.append(f"| {what} | {cost.clock:.2f} | {cost.processor:.2f} | {shares} |")
    lines += [
        "",
        f"Profiles: {ours.clock:.2f} s ({ours.processor:.2f} of the processor), the same columns by"
        f" hand {theirs.clock:.2f} s ({theirs.processor:.2f}):"
        f" **{ours.processor / theirs.processor:.2f} times** by the processor (under 1.5 wanted).",
    ]
    if found:
        mib = [size / 2**20 for size in found]
        lines += [
            "",
            f"The file: {mib[0]:.1f} MiB rebuilt, over {asked.syncs} syncs of 20 customers"
            f" {max(mib):.1f} at most, {max(mib[:11]):.1f} over the first 10; {mib[-1]:.1f} in the"
            " end.",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
