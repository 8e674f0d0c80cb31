"""When segments are due: after the facts change, as the clock moves, in which order."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.models import Customer
from segmentation import clock, dependencies, schedule, tasks
from segmentation.models import Membership, Segment
from tests.segmentation.conftest import BUYERS, PARIS, add_person

Make = Callable[..., Segment]
HOURS = [2, "hour"]
NOON = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        ({"field": "city", "op": "is", "value": "Paris"}, "2026-03-28T23:00:00+00:00"),
        ({"field": "age", "op": ">", "value": 30}, "2026-03-28T23:00:00+00:00"),
        (
            {"field": "last_order_at", "op": "more_than_ago", "value": [3, "month"]},
            "2026-03-28T13:00:00+00:00",
        ),
        ({"orders": {"when": {"last": [90, "day"]}}}, "2026-03-28T13:00:00+00:00"),
        ({"not": {"events": {"when": {"ago": [2, 4, "hour"]}}}}, "2026-03-28T12:10:00+00:00"),
        (
            {"field": "signed_up_at", "op": "in_last", "value": [6, "hour"]},
            "2026-03-28T12:10:00+00:00",
        ),
        # A first row counts once the time for a second one has passed.
        (
            {"sequence": {"first": {"events": {}}, "then_not": {"orders": {}}, "within": HOURS}},
            "2026-03-28T12:10:00+00:00",
        ),
        ({"field": "lifecycle_stage", "op": "is", "value": "at_risk"}, "2026-03-28T13:00:00+00:00"),
        ({"field": "messages_last_7_days", "op": "<", "value": 2}, "2026-03-28T13:00:00+00:00"),
    ],
)
def test_a_rule_is_due_again_when_the_clock_can_change_its_answer(
    rule: dict[str, Any], due: str
) -> None:
    assert clock.due_after([{"version": 1, "rule": rule}], NOON).isoformat() in (
        due,
        dt.datetime.fromisoformat(due).astimezone(timezone.get_default_timezone()).isoformat(),
    )


def test_the_next_midnight_is_the_local_one_also_when_clocks_change() -> None:
    # On 29 March 2026 Paris goes from UTC+1 to UTC+2 in the night.
    evening = dt.datetime(2026, 3, 29, 21, 30, tzinfo=dt.UTC)
    assert clock.midnight_after(evening) == dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC)


def test_a_segment_is_due_as_soon_as_any_it_is_made_of(make_segment: Make, db: None) -> None:
    carts = make_segment({"events": {"when": {"ago": [2, 4, "hour"]}}}, "Carts")
    above = make_segment({"segment": carts.pk}, "Above")
    edges = dependencies.graph()
    assert dependencies.reached(above.pk, edges) == {carts.pk}
    assert dependencies.dependents(carts.pk, edges) == {above.pk}


def test_segments_are_refreshed_after_those_they_are_made_of() -> None:
    edges = {1: frozenset({2}), 2: frozenset({3}), 3: frozenset(), 4: frozenset({9})}
    found = dependencies.in_order([1, 4, 2, 3], edges)
    assert found.index(3) < found.index(2) < found.index(1)
    assert dependencies.in_order([1, 3], edges) == [3, 1]
    circle = {1: frozenset({2}), 2: frozenset({1})}
    assert dependencies.in_order([2, 1], circle) == [2, 1]


def test_references_are_found_in_rules_that_cannot_be_read() -> None:
    broken = {"rule": {"all": [{"segment": 3, "entered": {}}, {"strange": [{"segment": 4}]}]}}
    assert dependencies.references(broken) == {3, 4}
    assert dependencies.references([None, 1, "x", {"segment": True}]) == frozenset()


@pytest.mark.django_db(transaction=True)
def test_a_tick_brings_members_up_to_date_with_new_facts(
    people: dict[str, Customer], make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    tasks.tick()
    assert Membership.objects.filter(segment=segment).count() == 3
    add_person("Gus", "Paris")
    tasks.tick()
    assert Membership.objects.filter(segment=segment).count() == 4
    # That someone came into the segment is itself a fact that rules may ask for.
    tasks.tick()
    segment.refresh_from_db()
    before = segment.refreshed_at
    tasks.tick()
    segment.refresh_from_db()
    assert segment.refreshed_at == before, "nothing changed and the clock asks for nothing"


@pytest.mark.django_db(transaction=True)
def test_a_finished_sync_refreshes_what_it_made_due(
    people: dict[str, Customer], make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    schedule.refresh_due(60)
    add_person("Gus", "Paris")
    tasks.sync_snapshot()
    assert Membership.objects.filter(segment=segment).count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_segment_nobody_marked_is_found_by_the_tick(
    people: dict[str, Customer], make_segment: Make
) -> None:
    segment = make_segment(PARIS, due_at=None)
    assert schedule.due() == [segment.pk]


@pytest.mark.django_db(transaction=True)
def test_the_command_tells_what_it_did_and_refuses_unknown_segments(
    people: dict[str, Customer], make_segment: Make
) -> None:
    first, second = make_segment(PARIS, "One"), make_segment(BUYERS, "Two")
    out = StringIO()
    call_command("refresh_segments", "--json", stdout=out)
    told = {
        s["segment"]: (s["size"], s["entered"], s["left"])
        for s in json.loads(out.getvalue())["segments"]
    }
    assert told == {first.pk: (3, 3, 0), second.pk: (4, 4, 0)}
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("refresh_segments", "--segment", "999", "--json", stdout=out)
    assert refused.value.returncode == 2
    (error,) = json.loads(out.getvalue())["errors"]
    assert (error["path"], error["code"]) == ("--segment", "unknown_segment")


@pytest.mark.django_db(transaction=True)
def test_the_command_goes_on_after_one_that_fails_and_says_so(
    people: dict[str, Customer], make_segment: Make
) -> None:
    bad = make_segment({"field": "vanished", "op": "is", "value": "x"}, "Bad")
    good = make_segment(PARIS, "Good")
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("refresh_segments", "--json", stdout=out)
    assert failed.value.returncode == 1
    told = json.loads(out.getvalue())
    assert [s["segment"] for s in told["segments"]] == [good.pk]
    assert [e["segment"] for e in told["errors"]] == [bad.pk]
