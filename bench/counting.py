"""Counting twelve rules: the product beside its rivals, in turn, each giving the same numbers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings

from bench import rivals
from bench.population import NOW
from bench.questions import QUESTIONS, Question, at
from segmentation import engine
from segmentation.calendar import Clock
from segmentation.catalogue import load_catalogue
from segmentation.rules import Rule, parse
from segmentation.snapshot import versions

Told = dict[str, Any]
# Rounds at least, and milliseconds of one question after which they are enough.
FEWEST, LONGEST = 3, 20_000
# Milliseconds: how finely the system counts the processor time of other processes.
TICK = 1_000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Counted:
    """A number, and what it took to find, in milliseconds; compiling apart.

    `work` is the processor's time of whoever counted, all threads or workers together.
    """

    number: int
    milliseconds: float
    work: float
    compiling: float = 0.0


class Product:
    """Counts as `engine.count` does, telling compilation from execution."""

    def __init__(self) -> None:
        self.catalogue = load_catalogue()

    def rule(self, question: Question) -> Rule:
        """The question's rule, read."""
        return parse({"version": 1, "rule": question.rule}, self.catalogue)

    def count(self, rule: Rule) -> Counted:
        """Count a rule over the current version."""
        with engine.asking(NOW, self.catalogue) as asked:
            started = time.perf_counter()
            sql = asked.compiler.count(rule.node).sql("duckdb")
            compiling = (time.perf_counter() - started) * 1000
            found = timed(lambda: int(asked.cursor.execute(sql).fetchall()[0][0]))
        return replace(found, compiling=compiling)


def clock() -> Clock:
    """The clock all rules are asked at."""
    return Clock(NOW, ZoneInfo(settings.TIME_ZONE))


def own_work() -> float:
    """The processor's time of this process, in milliseconds."""
    return time.process_time() * 1000


def timed(execute: Callable[[], int], work: Callable[[], float] = own_work) -> Counted:
    """A count and its times; `work` tells the processor's time of whoever counts."""
    worked, started = work(), time.perf_counter()
    number = execute()
    milliseconds = (time.perf_counter() - started) * 1000
    return Counted(number, milliseconds, work() - worked)


def in_turn(
    rounds: int, questions: Mapping[str, Callable[[], Counted]], rival: Callable[[str], Counted]
) -> Told:
    """Each question by the product and by the rival, in turn, after one round to warm up.

    A question that takes a rival very long is asked fewer times. Raises RuntimeError where the
    two give different numbers.
    """
    rows: list[Told] = []
    for name, product in questions.items():
        ours, theirs = [], []
        for turn in range(rounds + 1):
            pair: list[Callable[[], Counted]] = [product, partial(rival, name)]
            found = [each() for each in (pair if turn % 2 else pair[::-1])]
            one, other = found if turn % 2 else found[::-1]
            if one.number != other.number:
                raise RuntimeError(f"{name}: {one.number} by the product, {other.number} by hand")
            ours.append(one)
            theirs.append(other)
            if turn >= FEWEST and sum(each.milliseconds for each in theirs) > LONGEST:
                break
        rows.append(
            {
                "name": name,
                "found": ours[0].number,
                "ours": median(each.milliseconds for each in ours[1:]),
                "theirs": median(each.milliseconds for each in theirs[1:]),
                "ratio": median(
                    other.milliseconds / one.milliseconds
                    for one, other in zip(ours[1:], theirs[1:], strict=True)
                ),
                # A server's time is told in ticks: what takes less than one is counted as one.
                "work": max(sum(each.work for each in theirs[1:]), TICK)
                / max(sum(each.work for each in ours[1:]), TICK),
                "compiling": median(each.compiling for each in ours[1:]),
            }
        )
        print(
            f"{name[:60]:60} {rows[-1]['ours']:8.1f} {rows[-1]['theirs']:9.1f} ms"
            f" {rows[-1]['ratio']:7.2f}",
            flush=True,
        )
    means = {key: geometric_mean(row[key] for row in rows) for key in ("ratio", "work")}
    return {"rows": rows, **means}


def against_duckdb(rounds: int) -> Told:
    """The product and SQL by hand over the same file, through the same connection."""
    product = Product()
    by_name = {question.name: question for question in QUESTIONS}

    def by_hand(name: str) -> Counted:
        sql = at(by_name[name].duckdb, clock())
        with engine.asking(NOW, product.catalogue) as asked:
            return timed(lambda: int(asked.cursor.execute(sql).fetchall()[0][0]))

    return in_turn(rounds, _asked(product, QUESTIONS), by_hand)


def against_postgresql(rounds: int) -> Told:
    """The product and SQL by hand over the same rows in PostgreSQL."""
    product = Product()
    by_name = {question.name: question for question in QUESTIONS}
    with rivals.server() as connection:
        with closing(_file()) as snapshot:
            rivals.load(connection, snapshot)

        def by_hand(name: str) -> Counted:
            sql = at(by_name[name].postgresql, clock())
            return timed(lambda: rivals.number(connection, sql), partial(rivals.work, connection))

        return in_turn(rounds, _asked(product, QUESTIONS), by_hand)


def against_listmonk(rounds: int) -> Told:
    """The product and listmonk's count over attributes kept as JSON; rules on the person alone."""
    product = Product()
    asked = [question for question in QUESTIONS if question.listmonk]
    by_name = {question.name: question for question in asked}
    with rivals.server() as connection:
        with closing(_file()) as snapshot:
            rivals.load_subscribers(connection, snapshot)

        def by_hand(name: str) -> Counted:
            condition = at(by_name[name].listmonk, clock())
            return timed(
                lambda: rivals.subscribers(connection, condition),
                partial(rivals.work, connection),
            )

        return in_turn(rounds, _asked(product, asked), by_hand)


def alone(rounds: int) -> Told:
    """The processor's time of each count, and the most memory this process ever held, in MB."""
    product = Product()
    rows = {}
    for name, ask in _asked(product, QUESTIONS).items():
        found = [ask() for _ in range(rounds + 1)]
        rows[name] = median(each.work for each in found[1:])
    version = versions.current()
    assert version is not None
    return {"rows": rows, "memory": peak(), "file": version.size / 1e6}


def peak() -> float:
    """The most memory this process ever held, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmHWM")


def _asked(
    product: Product, questions: tuple[Question, ...] | list[Question]
) -> dict[str, Callable[[], Counted]]:
    rules = {question.name: product.rule(question) for question in questions}
    return {name: partial(product.count, rule) for name, rule in rules.items()}


def _file() -> duckdb.DuckDBPyConnection:
    version = versions.current()
    assert version is not None
    return duckdb.connect(str(version.path), read_only=True)
