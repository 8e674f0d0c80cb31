"""What stands around a count: previews, pages and refreshes, over a shop's people in the database.

The database holds the people and the segments' members alone; orders and events are asked of the
snapshot, which holds everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from random import Random
from statistics import median
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings, setup_test_environment
from django.utils import timezone

from accounts.models import User
from bench.counting import Product, Told
from bench.population import NOW
from bench.questions import QUESTIONS
from customers.models import Customer
from segmentation import engine, membership, preview, snapshot
from segmentation.builder.form import to_fields
from segmentation.builder.reading import draft_of
from segmentation.builder.settling import settle
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.models import ChangeMark, Membership, Segment
from segmentation.rules import Rule, parse

_MEMBERS: Final = Membership._meta.db_table
# Nothing is collected here for a web server to serve.
_PLAIN: Final = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
Node = dict[str, Any]


def _six(basket: int) -> Node:
    """A rule of six conditions, two of them on what people did."""
    return {
        "all": [
            {"field": "gender", "op": "is", "value": "female"},
            {"field": "age", "op": "between", "value": [25, 50]},
            {"any": [
                {"field": "region", "op": "is", "value": "11"},
                {"events": {"where": [{"field": "name", "op": "is", "value": "page_view"}],
                            "op": ">=", "value": 2, "when": {"last": [30, "day"]}}},
            ]},
            {"items": {"where": [{"field": "category", "op": "is", "value": "cosmétiques bio"}],
                       "when": {"last": [1, "year"]}}},
            {"field": "average_basket", "op": ">", "value": basket},
        ]
    }  # fmt: skip


def _rule(node: Node) -> Node:
    return {"version": 1, "rule": node}


def previews_and_pages(rounds: int) -> Told:
    """A look at a rule of six conditions against its count, and the pages people wait for."""
    _people()
    catalogue = load_catalogue()
    draft = draft_of(_rule(_six(60)), catalogue)
    settle(draft, catalogue)
    rule = parse(_rule(_six(60)), catalogue)
    product = Product()

    def count() -> object:
        return product.count(rule)

    def look() -> object:
        seen = preview.look(draft, catalogue, saved=_rule(_six(50)), people=True, now=NOW)
        assert seen.total == product.count(rule).number, seen.trouble
        return seen

    times = _in_turn(rounds, {"count": count, "look": look})
    # The look was checked by a count of its own, whose time is taken off.
    ratios = [
        [(looked - counted) / counted for counted, looked in zip(*pair, strict=True)]
        for pair in zip(*times.values(), strict=True)
    ]
    by_clock, by_processor = (median(each) for each in zip(*ratios, strict=True))
    counted, looked = (median(clock for clock, _ in each) for each in times.values())
    return {
        "count": counted,
        "look": looked - counted,
        "ratio": by_clock,
        "work": by_processor,
        "pages": _pages(rounds, catalogue),
    }


def _pages(rounds: int, catalogue: Catalogue) -> dict[str, list[float]]:
    """The medians of each page, asked through the whole stack: the clock's, the processor's."""
    segments = _segments(catalogue)
    edited = Segment.objects.filter(name="six").first() or Segment.objects.create(
        name="six", rule=_rule(_six(50)), size=0, filled_version=1, refreshed_at=timezone.now()
    )
    setup_test_environment()
    client = Client()
    email = "bench@shop.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, None)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    draft = draft_of(_rule(_six(60)), catalogue)
    settle(draft, catalogue)
    form = {**to_fields(draft), "name": edited.name, "description": "", "segment": edited.pk}

    def page(url: str) -> Callable[[], object]:
        return lambda: _answered(client.get(url, secure=True))

    asked: dict[str, Callable[[], object]] = {
        "the list of segments": page("/segments/"),
        "a segment": page(f"/segments/{segments[0].pk}/"),
        "the builder, on a rule of six conditions": page(f"/segments/{edited.pk}/modifier/"),
        "its preview": lambda: _answered(client.post("/segments/apercu/", form, secure=True)),
    }
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": _PLAIN}):
        return {
            name: [median(measured) for measured in zip(*each, strict=True)]
            for name, each in _in_turn(rounds, asked).items()
        }


def _answered(answer: Any) -> None:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.request['PATH_INFO']} answered {answer.status_code}")


def refreshes(rounds: int) -> Told:
    """Refreshing 15 segments of which one member in a hundred changed, against counts and writes.

    The bare way counts each rule, then deletes and inserts just the rows that differ.
    """
    _people()
    catalogue = load_catalogue()
    segments = _segments(catalogue)
    rules = {segment.pk: parse(segment.rule, catalogue) for segment in segments}
    random = Random(1)
    times: dict[str, list[float]] = {"bare": [], "refresh": []}
    changed = 0
    for turn in range(rounds + 1):
        for name in times if turn % 2 else reversed(times):
            moved = {s.pk: _move(s, rules[s.pk], catalogue, random) for s in segments}
            changed = sum(len(gone) + len(come) for gone, come in moved.values())
            started = time.perf_counter()
            if name == "bare":
                for pk, (gone, come) in moved.items():
                    engine.count(rules[pk], NOW, catalogue)
                    _write(pk, delete=come, insert=gone)
            else:
                for segment in segments:
                    membership.refresh(segment.pk, NOW, catalogue=catalogue)
            times[name].append((time.perf_counter() - started) * 1000)
    bare, refresh = (each[1:] for each in times.values())
    return {
        "segments": len(segments),
        "members": Membership.objects.count(),
        "changed": changed,
        "bare": median(bare),
        "refresh": median(refresh),
        "ratio": median(one / other for one, other in zip(refresh, bare, strict=True)),
    }


def _in_turn(
    rounds: int, asked: dict[str, Callable[[], object]]
) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of each by the clock and of the processor, in turn, after a round to warm up."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for _ in range(rounds + 1):
        for name, ask in asked.items():
            started, worked = time.perf_counter(), time.process_time()
            ask()
            ended, rested = time.perf_counter(), time.process_time()
            times[name].append(((ended - started) * 1000, (rested - worked) * 1000))
    return {name: each[1:] for name, each in times.items()}


def _people() -> None:
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


def _segments(catalogue: Catalogue) -> list[Segment]:
    """Fifteen segments with their members written down."""
    kept = list(Segment.objects.filter(name__startswith="bench").order_by("pk"))
    if kept:
        return kept
    rules = [question.rule for question in QUESTIONS]
    rules += [{"not": question.rule} for question in (QUESTIONS[0], QUESTIONS[2], QUESTIONS[7])]
    for place, node in enumerate(rules):
        segment = Segment.objects.create(
            name=f"bench {place}", rule=_rule(node), filled_version=1, refreshed_at=timezone.now()
        )
        found = engine.ids(parse(segment.rule, catalogue), NOW, catalogue)
        _write(segment.pk, insert=found)
        Segment.objects.filter(pk=segment.pk).update(size=len(found))
    ChangeMark.objects.all().delete()
    return list(Segment.objects.filter(name__startswith="bench").order_by("pk"))


def _move(
    segment: Segment, rule: Rule, catalogue: Catalogue, random: Random
) -> tuple[list[int], list[int]]:
    """Make the members differ from the rule by one in a hundred: who was taken out, who put in."""
    present = engine.ids(rule, NOW, catalogue)
    members = set(present)
    half = max(1, len(present) // 200)
    gone = random.sample(present, half)
    everyone = range(1, snapshot.meta().customers + 1)
    strangers = random.sample(everyone, min(len(everyone), 4 * half + 50))
    come = [pk for pk in strangers if pk not in members][:half]
    _write(segment.pk, delete=gone, insert=come)
    return gone, come


def _write(segment: int, delete: Iterable[int] = (), insert: Iterable[int] = ()) -> None:
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
