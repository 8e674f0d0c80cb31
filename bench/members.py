"""A shop's people and fifteen segments of them in the database, made barely, for what needs both.

The database holds the people and the segments' members alone; orders and events are asked of the
snapshot, which holds everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from bench.population import NOW
from bench.questions import QUESTIONS
from customers.models import Customer
from segmentation import engine, snapshot
from segmentation.catalogue import Catalogue
from segmentation.models import ChangeMark, Membership, MembershipChange, Segment
from segmentation.rules import parse

_MEMBERS: Final = Membership._meta.db_table
_CHANGES: Final = MembershipChange._meta.db_table
Node = dict[str, Any]


def rule_of(node: Node) -> Node:
    """A rule as it is stored."""
    return {"version": 1, "rule": node}


def people() -> None:
    """Everybody of the snapshot in the database, copied from one who was made the usual way."""
    base = snapshot.meta().customers
    if Customer.objects.count() >= base:
        return
    Customer.objects.create(pk=1, first_name="Camille", last_name="1")
    table = Customer._meta.db_table
    names = [str(field.column) for field in Customer._meta.concrete_fields]
    given = {"id": "n", "last_name": "n"}
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(given.get(name, f'c."{name}"') for name in names)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers"
            f" WHERE n < {base}) INSERT INTO {table} ({columns})"
            f" SELECT {values} FROM numbers, {table} c WHERE c.id = 1"
        )
    ChangeMark.objects.all().delete()


def segments(catalogue: Catalogue) -> list[Segment]:
    """Fifteen segments with their members written down."""
    kept = list(Segment.objects.filter(name__startswith="bench").order_by("pk"))
    if kept:
        return kept
    rules = [question.rule for question in QUESTIONS]
    rules += [{"not": question.rule} for question in (QUESTIONS[0], QUESTIONS[2], QUESTIONS[7])]
    for place, node in enumerate(rules):
        segment = Segment.objects.create(
            name=f"bench {place}", rule=rule_of(node), filled_version=1, refreshed_at=timezone.now()
        )
        found = engine.ids(parse(segment.rule, catalogue), NOW, catalogue)
        write(segment.pk, insert=found)
        Segment.objects.filter(pk=segment.pk).update(size=len(found))
    ChangeMark.objects.all().delete()
    return list(Segment.objects.filter(name__startswith="bench").order_by("pk"))


def write(segment: int, delete: Iterable[int] = (), insert: Iterable[int] = ()) -> None:
    """Rows of members, written and taken away as barely as can be."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM {_MEMBERS} WHERE segment_id = {segment} AND customer_id = %s",
            [(pk,) for pk in delete],
        )
        cursor.executemany(
            f"INSERT INTO {_MEMBERS} (segment_id, customer_id, entered_at)"
            f" VALUES ({segment}, %s, '{NOW:%Y-%m-%d %H:%M:%S}')",
            [(pk,) for pk in insert],
        )


def tell(segment: int, left: Iterable[int], entered: Iterable[int]) -> None:
    """Lines of their history, likewise."""
    with transaction.atomic(), connection.cursor() as cursor:
        for kind, people in (("left", left), ("entered", entered)):
            cursor.executemany(
                f"INSERT INTO {_CHANGES} (segment_id, customer_id, kind, cause, at)"
                f" VALUES ({segment}, %s, '{kind}', 'refresh', '{NOW:%Y-%m-%d %H:%M:%S}')",
                [(pk,) for pk in people],
            )
