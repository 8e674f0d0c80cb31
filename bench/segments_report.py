"""The figures of bench/segments.py as a page and a chart: bench/segments.md, bench/segments.svg."""

from __future__ import annotations

import math
import os
import platform
from itertools import pairwise
from pathlib import Path
from statistics import geometric_mean
from typing import Any, Final

Told = dict[str, Any]
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 720, 420, 64, 48
# Twelve lines to be told apart, the darker the slower.
_COLOURS: Final = (
    "#1b4965", "#5fa8d3", "#8c2f39", "#e07a5f", "#3d5a40", "#81b29a",
    "#5e548e", "#be95c4", "#bc6c25", "#dda15e", "#495057", "#adb5bd",
)  # fmt: skip


def write(results: Told, folder: Path) -> None:
    """Write the page and, where growth was measured, the chart."""
    parts = {
        "duckdb": _by_hand,
        "postgres": _postgresql,
        "listmonk": _listmonk,
        "preview": _preview,
        "growth": _growth,
        "refresh": _refresh,
    }
    told = [_HEAD.replace("{cores}", _machine())]
    told += [put(results[name]) for name, put in parts.items() if name in results]
    (folder / "segments.md").write_text("\n".join(told))
    if len(results.get("growth", {})) > 1:
        (folder / "segments.svg").write_text(_chart(results["growth"]))


_HEAD: Final = """# Counting segments

`python bench/segments.py [--only duckdb,postgres,listmonk,growth,preview,refresh]` makes a shop
(N customers, 6 N orders with their lines, 12 N events; seed 1), builds its snapshot with the
product's own builder and measures, {cores}. What is compared ran in turn in one process, in
several rounds, and gave the same numbers. Milliseconds are medians; a ratio is the median of
those of each round. On a busy machine the clock says little of questions of a few milliseconds,
which wait for their turn longer than they run: there the processor's time is the truer measure.
"""


def _machine() -> str:
    load = os.getloadavg()[2]
    return f"on {os.cpu_count()} cores ({platform.machine()}, load {load:.0f} at the end)"


def _table(head: str, rows: list[list[str]]) -> str:
    names = head.split(" | ")
    lines = [f"| {head} |", f"| --- |{' --: |' * (len(names) - 1)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


# By the clock and by the processor, where that was measured.
_RATIOS: Final = {"ratio": "ratio", "work": "by the processor's time"}


def _compared(told: Told, rival: str, *, slower: bool) -> str:
    """A row a rule. `slower`: ratios say how many times longer we took, else the rival."""
    rows = []
    for row in told["rows"]:
        ratios = [1 / row[key] if slower else row[key] for key in _RATIOS if key in row]
        times = [row["ours"], row["theirs"], *([row["compiling"]] if slower else [])]
        figures = [f"{value:.1f}" for value in times] + [f"{value:.2f}" for value in ratios]
        rows.append([row["name"], f"{row['found']:,}", *figures])
    head = f"rule | found | Tamis, ms | {rival}, ms" + (" | compiling, ms" if slower else "")
    names = [name for key, name in _RATIOS.items() if key in told]
    return _table(" | ".join([head, *names]), rows)


def _by_hand(told: Told) -> str:
    mean = 1 / told["ratio"]
    work = 1 / told["work"]
    worst = max(1 / row["ratio"] for row in told["rows"])
    compiling = max(row["compiling"] for row in told["rows"])
    return (
        f"\n## Against SQL by hand over the same file, {told['customers']:,} customers\n\n"
        f"**{mean:.2f} times** as long in the geometric mean (at most 1.3 wanted; {work:.2f} by the"
        f" processor's time, which other work does not touch), {worst:.2f} at"
        f" worst (2); compiling takes {compiling:.1f} ms at most (20), and is left out.\n\n"
    ) + _compared(told, "DuckDB by hand", slower=True)


def _postgresql(told: Told) -> str:
    return (
        f"\n## Against PostgreSQL, {told['customers']:,} customers\n\n"
        "The same rows, facts only, in plain tables with the indexes of `bench/rivals.py`; tuned"
        " (2 GB of shared buffers, 256 MB of work memory, two parallel workers, no JIT, vacuumed),"
        f" all in memory. **{told['ratio']:.1f} times** faster in the geometric mean (4 wanted"
        f"{_by_processor(told)}).\n\n"
    ) + _compared(told, "PostgreSQL", slower=False)


def _listmonk(told: Told) -> str:
    return (
        f"\n## Against attributes kept as JSON, {told['customers']:,} customers\n\n"
        "listmonk's count query on the same PostgreSQL, the profile's values already worked out"
        f" among the attributes. **{told['ratio']:.1f} times** faster in the geometric mean"
        f" (20 wanted{_by_processor(told)}).\n\n"
    ) + _compared(told, "JSONB", slower=False)


def _by_processor(told: Told) -> str:
    return f"; {told['work']:.1f} by the processor's time" if "work" in told else ""


def _preview(told: Told) -> str:
    pages = _table(
        "page, through the whole stack | ms | of the processor",
        [[name, *(f"{value:.0f}" for value in values)] for name, values in told["pages"].items()],
    )
    looks = _table(
        "six conditions | count, ms | of the processor | look, ms | of the processor | ratio"
        " | by the processor's time",
        [
            [
                name,
                *(f"{value:.0f}" for value in (*each["count"], *each["look"])),
                *(f"{each[key]:.1f}" for key in _RATIOS),
            ]
            for name, each in told["looks"].items()
        ],
    )
    return (
        f"\n## Previews and pages, {told['customers']:,} customers\n\n"
        "A look at a rule of six conditions (every count, reach, charts, sample, who would enter"
        f" and leave) beside its single count; under 6 times wanted.\n\n{looks}\n{pages}"
    )


def _refresh(told: Told) -> str:
    databases = {name: each for name, each in told.items() if name != "customers"}
    some = next(iter(databases.values()))
    columns = ("counts", "writes", "history", "refresh", "again")
    rows = []
    for name, each in databases.items():
        for measure, title in (("processor", "of the processor"), ("clock", "by the clock")):
            found = each[measure]
            ratios = [f"**{found['ratio']:.2f}**", f"{found['with_history']:.2f}"]
            rows.append([f"{name}, {title}", *(f"{found[part]:.0f}" for part in columns), *ratios])
    return (
        f"\n## Refreshing, {told['customers']:,} customers\n\n"
        f"{some['segments']} segments of {some['members']:,} members in all, of which"
        f" {some['changed']:,} changed, half in and half out. Milliseconds for all of them; the"
        " last column but one is the refresh against the counts and the bare inserts and deletes"
        " of members (under 3 wanted), the last one against these and the bare inserts of the"
        " lines of history, which a refresh writes as well. On PostgreSQL the server's work for"
        f" it is included. The process held {some['memory']:.0f} MB at most.\n\n"
    ) + _table(
        "database | counts | bare writes | bare history | refresh | refresh, none moved"
        " | ratio | with history",
        rows,
    )


def _growth(told: Told) -> str:
    sizes = sorted(told, key=int)
    names = list(told[sizes[0]]["rows"])
    rows = [[name, *(f"{told[size]['rows'][name]:.1f}" for size in sizes)] for name in names]
    means = [geometric_mean(told[size]["rows"].values()) for size in sizes]
    rows.append(["**geometric mean**", *(f"**{mean:.1f}**" for mean in means)])
    rows.append(
        ["most memory of the process, MB", *(f"{told[size]['memory']:.0f}" for size in sizes)]
    )
    rows.append(["the snapshot's file, MB", *(f"{told[size]['file']:.0f}" for size in sizes)])
    worst = (
        max(
            told[large]["rows"][name] / told[small]["rows"][name] / (int(large) / int(small))
            for small, large in pairwise(sizes)
            for name in names
        )
        if len(sizes) > 1
        else 0.0
    )
    return (
        "\n## As the base grows\n\nMilliseconds of the processor, all threads together. From"
        f" one size to the next, ten times larger, no rule takes more than {10 * worst:.1f} times"
        " as long.\n\n"
        "![Milliseconds of the processor by number of customers](segments.svg)\n\n"
    ) + _table("rule | " + " | ".join(f"{int(size):,}" for size in sizes), rows)


def _chart(told: Told) -> str:
    """Milliseconds by size, both scales logarithmic: a line a rule, and linear growth dashed."""
    sizes = sorted(map(int, told))
    rows = {size: told[str(size)]["rows"] for size in sizes}
    every = [value for each in rows.values() for value in each.values()]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))

    def x(size: float) -> float:
        share = math.log10(size / sizes[0]) / math.log10(sizes[-1] / sizes[0])
        return _LEFT + share * (_WIDTH - _LEFT - 24)

    def y(value: float) -> float:
        return 20 + (high - math.log10(value)) / (high - low) * (_HEIGHT - _BOTTOM - 20)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + 200}"'
        ' font-family="sans-serif" font-size="12" fill="#212529">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        label = f"{10.0**power:g} ms"
        parts.append(f'<path d="M{_LEFT} {at:.0f}H{_WIDTH - 24}" stroke="#dee2e6"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{at + 4:.0f}" text-anchor="end">{label}</text>')
    for size in sizes:
        anchor = {sizes[0]: "start", sizes[-1]: "end"}.get(size, "middle")
        parts.append(
            f'<text x="{x(size):.0f}" y="{_HEIGHT - 26}" text-anchor="{anchor}">{size:,}'
            " customers</text>"
        )
    for place, name in enumerate(rows[sizes[0]]):
        points = " ".join(f"{x(size):.1f},{y(rows[size][name]):.1f}" for size in sizes)
        colour = _COLOURS[place % len(_COLOURS)]
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        column, line = divmod(place, 6)
        at, down = _LEFT + column * 330, _HEIGHT + line * 26
        parts.append(f'<path d="M{at} {down}h18" stroke="{colour}" stroke-width="3"/>')
        short = name if len(name) < 48 else name[:46] + "…"
        parts.append(f'<text x="{at + 24}" y="{down + 4}">{short}</text>')
    start = 10.0**low
    reach = min(sizes[-1], sizes[0] * 10 ** (high - low))
    parts.append(
        f'<path d="M{x(sizes[0]):.0f} {y(start):.0f}L{x(reach):.0f}'
        f' {y(start * reach / sizes[0]):.0f}" stroke="#868e96" stroke-dasharray="4 4"/>'
    )
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT + 176}">Dashed: linear growth.</text></svg>')
    return "\n".join(parts) + "\n"
