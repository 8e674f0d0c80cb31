"""Refreshing segments against the least it could cost: counting, and bare inserts and deletes."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from django.db import connection

from bench import members
from bench.counting import Told
from bench.population import NOW
from segmentation import engine, membership, snapshot
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.models import Membership, Segment
from segmentation.rules import Rule, parse

# What is measured, in each round: the bare way by its parts, then the product's.
_PARTS: Final = ("counts", "writes", "history", "refresh", "again")
Moved = tuple[list[int], list[int]]


def refreshes(rounds: int) -> Told:
    """Refreshing 15 segments of which one member in a hundred changed, against counts and writes.

    The bare way counts each rule, deletes and inserts just the rows that differ, one statement a
    row, then writes the lines of their history likewise. The product's runs once more when nobody
    has moved. Milliseconds by the clock, and of the processor: this one's, of all threads, and on
    PostgreSQL those of its server for this connection as well.
    """
    members.people()
    catalogue = load_catalogue()
    segments = members.segments(catalogue)
    rules = {segment.pk: parse(segment.rule, catalogue) for segment in segments}

    def refresh() -> None:
        for segment in segments:
            membership.refresh(segment.pk, NOW, catalogue=catalogue)

    refresh()
    random = Random(1)
    times: dict[str, list[tuple[float, float]]] = {part: [] for part in _PARTS}
    changed = 0
    for _ in range(rounds + 1):
        moved = _move_all(segments, rules, catalogue, random)
        changed = sum(len(gone) + len(come) for gone, come in moved.values())
        _time(times["counts"], lambda: _count(rules, catalogue))
        _time(times["writes"], lambda moved=moved: _write_back(moved))  # type: ignore[misc]
        _time(times["history"], lambda moved=moved: _tell(moved))  # type: ignore[misc]
        _move_all(segments, rules, catalogue, random)
        _time(times["refresh"], refresh)
        _time(times["again"], refresh)
    told: dict[str, Any] = {
        "segments": len(segments),
        "members": Membership.objects.count(),
        "changed": changed,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    for place, name in enumerate(("clock", "processor")):
        # The first round warms up.
        each = {part: [taken[place] for taken in found[1:]] for part, found in times.items()}
        told[name] = {part: median(found) for part, found in each.items()} | {
            "ratio": _ratio(each, "counts", "writes"),
            "with_history": _ratio(each, "counts", "writes", "history"),
        }
    return told


def _ratio(each: dict[str, list[float]], *bare: str) -> float:
    least = [sum(parts) for parts in zip(*(each[part] for part in bare), strict=True)]
    return median(one / other for one, other in zip(each["refresh"], least, strict=True))


def _time(found: list[tuple[float, float]], work: Callable[[], object]) -> None:
    started, worked = time.perf_counter(), _processor()
    work()
    rested, ended = _processor(), time.perf_counter()
    found.append(((ended - started) * 1000, (rested - worked) * 1000))


def _processor() -> float:
    """Seconds of the processor so far, with those of the database server for this connection."""
    if connection.vendor != "postgresql":
        return time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    # Behind the command's name in brackets, the 12th and 13th: in the kernel's ticks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _count(rules: dict[int, Rule], catalogue: Catalogue) -> None:
    for rule in rules.values():
        engine.count(rule, NOW, catalogue)


def _write_back(moved: dict[int, Moved]) -> None:
    for pk, (gone, come) in moved.items():
        members.write(pk, delete=come, insert=gone)


def _tell(moved: dict[int, Moved]) -> None:
    for pk, (gone, come) in moved.items():
        members.tell(pk, left=come, entered=gone)


def _move_all(
    segments: list[Segment], rules: dict[int, Rule], catalogue: Catalogue, random: Random
) -> dict[int, Moved]:
    return {each.pk: _move(each, rules[each.pk], catalogue, random) for each in segments}


def _move(segment: Segment, rule: Rule, catalogue: Catalogue, random: Random) -> Moved:
    """Make the members differ from the rule by one in a hundred: who was taken out, who put in."""
    present = engine.ids(rule, NOW, catalogue)
    there = set(present)
    half = max(1, len(present) // 200)
    gone = random.sample(present, half)
    everyone = range(1, snapshot.meta().customers + 1)
    strangers = random.sample(everyone, min(len(everyone), 4 * half + 50))
    come = [pk for pk in strangers if pk not in there][:half]
    members.write(segment.pk, delete=gone, insert=come)
    return gone, come
