"""Refreshing segments against the least it could cost: counting, and bare inserts and deletes.

    TAMIS_VAR=/tmp/bench python bench/refresh.py [--people 100000] [--rounds 5]

Fills the database that TAMIS_VAR or DATABASE_URL names (an empty one), then, in each round: moves
one member in a hundred of each of 15 segments (half out, half in) by bare SQL; counts the 15
rules; refreshes the 15 segments, which write the same difference back; refreshes them once more,
when nobody has moved. Times are the processor's, of all threads. Results: bench/refresh.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import sys
import time
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers.models import Customer, Order  # noqa: E402
from segmentation import engine, membership, schedule, snapshot  # noqa: E402
from segmentation.catalogue import load_catalogue  # noqa: E402
from segmentation.models import Membership, Segment  # noqa: E402

_CITIES = ("Paris", "Lyon", "Marseille", "Lille", "Nantes", "Bordeaux", "Nice", "Rennes")


def _field(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


RULES: tuple[dict[str, Any], ...] = (
    _field("city", "is", "Paris"),
    _field("city", "in", ["Lyon", "Nice", "Rennes"]),
    _field("orders_count", ">=", 1),
    _field("orders_count", "=", 0),
    _field("total_spent", ">", 100),
    _field("average_basket", ">", 60),
    _field("last_order_at", "more_than_ago", [3, "month"]),
    _field("monetary_score", ">=", 4),
    _field("lifecycle_stage", "is", "at_risk"),
    _field("age", "between", [25, 35]),
    {"orders": {"when": {"last": [90, "day"]}}},
    {"orders": {"measure": "count", "op": ">=", "value": 3}},
    {"all": [_field("gender", "is", "female"), _field("age", ">=", 50)]},
    {"any": [_field("city", "is", "Lille"), _field("total_spent", ">", 200)]},
    {"not": {"orders": {"when": {"last": [180, "day"]}}}},
)


def fill(people: int) -> None:
    """Write made-up customers with one order in the mean, and the segments; always the same."""
    random, today = Random(1), timezone.now()
    for start in range(0, people, 10_000):
        made = Customer.objects.bulk_create(
            [
                Customer(
                    first_name=f"P{number}",
                    email=f"p{number}@exemple.fr",
                    city=random.choice(_CITIES),
                    gender=random.choice(["female", "male", ""]),
                    birth_date=dt.date(random.randint(1940, 2005), random.randint(1, 12), 1),
                )
                for number in range(start, min(start + 10_000, people))
            ],
            batch_size=1000,
        )
        Order.objects.bulk_create(
            [
                Order(
                    customer=person,
                    placed_at=today - dt.timedelta(seconds=random.randint(1, 700 * 86_400)),
                    total=random.randint(10, 150),
                )
                for person in made
                for _ in range(random.choice([0, 0, 1, 1, 3]))
            ],
            batch_size=1000,
        )
    for number, node in enumerate(RULES, start=1):
        rule = {"version": 1, "rule": node}
        Segment.objects.create(name=f"Segment {number}", rule=rule, priority=number)


def swap(share: float, random: Random) -> tuple[int, float]:
    """Move a share of each segment, half out and half in; how many moved, in how many seconds."""
    everyone = set(Customer.objects.values_list("pk", flat=True))
    swaps = []
    for pk in Segment.objects.values_list("pk", flat=True):
        members = list(Membership.objects.filter(segment=pk).values_list("customer_id", flat=True))
        n = max(1, round(len(members) * share / 2))
        others = sorted(everyone.difference(members))
        swaps.append((pk, random.sample(members, n), random.sample(others, min(n, len(others)))))
    now = timezone.now().isoformat()
    started = time.process_time()
    for pk, gone, new in swaps:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM segmentation_membership WHERE segment_id = %s AND customer_id = %s",
                [(pk, one) for one in gone],
            )
            cursor.executemany(
                "INSERT INTO segmentation_membership (segment_id, customer_id, entered_at)"
                " VALUES (%s, %s, %s)",
                [(pk, one, now) for one in new],
            )
            cursor.executemany(
                "INSERT INTO segmentation_membershipchange"
                " (segment_id, customer_id, kind, cause, at) VALUES (%s, %s, %s, 'refresh', %s)",
                [(pk, one, "left", now) for one in gone]
                + [(pk, one, "entered", now) for one in new],
            )
    seconds = time.process_time() - started
    return sum(len(gone) + len(new) for _pk, gone, new in swaps), seconds


def count_all() -> float:
    """Count each rule once; seconds."""
    started = time.process_time()
    catalogue, now = load_catalogue(), timezone.now()
    for segment in Segment.objects.all():
        engine.count(engine.segment_rule(segment, catalogue), now, catalogue)
    return time.process_time() - started


def refresh_all() -> tuple[int, float]:
    """Refresh each segment once, as the worker does; how many entered and left, and seconds."""
    schedule.make_due(Segment.objects.values_list("pk", flat=True))
    started = time.process_time()
    catalogue, moved = load_catalogue(), 0
    for pk in schedule.due():
        done = membership.refresh(pk, catalogue=catalogue)
        moved += done.entered + done.left
    return moved, time.process_time() - started


def peak() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fill where there is nobody yet, measure in rounds, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    if not Customer.objects.exists():
        fill(asked.people)
    print(f"snapshot in {snapshot.sync().seconds:.1f} s")
    moved, seconds = refresh_all()
    print(f"first fill: {moved:,} memberships in {seconds:.1f} s; peak {peak():.0f} MB")
    random = Random(2)
    count_all()
    print(
        "\n| round | moved | bare writes, s | counts, s | refresh, s | ratio | none moved, s | MB |"
    )
    print("| --: | --: | --: | --: | --: | --: | --: | --: |")
    ratios = []
    for nth in range(1, asked.rounds + 1):
        swapped, bare = swap(0.01, random)
        counts = count_all()
        moved, refreshed = refresh_all()
        # Somebody may also cross the edge of a window meanwhile.
        assert abs(moved - swapped) <= swapped / 100, (moved, swapped)
        _none, again = refresh_all()
        ratios.append(refreshed / (counts + bare))
        figures = f"{bare:.2f} | {counts:.2f} | {refreshed:.2f} | {ratios[-1]:.2f} | {again:.2f}"
        print(f"| {nth} | {moved:,} | {figures} | {peak():.0f} |")
    print(f"\nMedian ratio to counts and bare writes: {median(ratios):.2f}")


if __name__ == "__main__":
    main()
