"""A refresh that is slow, stopped or long keeps the members right and holds up no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from sqlglot import exp, parse_one

from customers.models import Customer
from segmentation import (
    answers,
    difference,
    editing,
    filling,
    lease,
    listing,
    membership,
    schedule,
    snapshot,
)
from segmentation.compiler import Compiler
from segmentation.models import Membership, Segment
from tests.segmentation.conftest import PARIS

pytestmark = pytest.mark.django_db
People = dict[str, Customer]
Make = Callable[..., Segment]
# What the engine would take hours to answer.
ENDLESS = (
    "SELECT max(hash(a.range, b.range)) AS id, true AS reachable_email, true AS reachable_sms,"
    " 0 AS spent FROM range(10000000) AS a, range(10000000) AS b"
)
LYON = {"field": "city", "op": "is", "value": "Lyon"}
SLOW = {"field": "city", "op": "is", "value": "slow"}


@pytest.fixture
def a_slow_rule(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A rule the engine takes hours to answer."""
    answered = Compiler.worth

    def worth(self: Compiler, node: Any, *, spent: bool) -> exp.Select:
        if getattr(node, "value", None) == "slow":
            endless = parse_one(ENDLESS, dialect="duckdb")
            assert isinstance(endless, exp.Select)
            return endless
        return answered(self, node, spent=spent)

    monkeypatch.setattr(Compiler, "worth", worth)
    return SLOW


def size(segment: Segment) -> int:
    return Membership.objects.filter(segment=segment).count()


def test_a_rule_that_takes_too_long_is_interrupted_and_holds_up_no_other(
    people: People,
    make_segment: Make,
    a_slow_rule: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filling, "LIMIT_SECONDS", 0.2)
    slow = make_segment(PARIS, "Slow")
    membership.refresh(slow.pk)
    slow_rule = {"version": 1, "rule": a_slow_rule}
    Segment.objects.filter(pk=slow.pk).update(rule=slow_rule, due_at=timezone.now())
    good = make_segment(PARIS, "Good")
    started = time.monotonic()
    assert schedule.refresh_due(60) == 1
    assert time.monotonic() - started < 10
    assert size(good) == 3
    slow.refresh_from_db()
    assert slow.error == answers.explain(filling.TookTooLong())
    assert (slow.failures, slow.leased_until, slow.refreshing_since) == (1, None, None)
    assert size(slow) == 3
    # The next time, those that are well come first.
    schedule.make_due([slow.pk])
    schedule.make_due([good.pk])
    assert schedule.due() == [good.pk, slow.pk]


def test_a_refresh_is_stopped_while_the_engine_is_at_it(
    people: People,
    make_segment: Make,
    a_slow_rule: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filling, "_LOOK_EVERY_SECONDS", 0.01)
    segment = make_segment(PARIS)
    membership.refresh(segment.pk)
    assert not lease.ask_to_stop(segment.pk), "no refresh is under way"
    Segment.objects.filter(pk=segment.pk).update(rule={"version": 1, "rule": a_slow_rule})
    looked = lease.Lease.refuse_to_go_on
    looks: list[int] = []

    def asked_meanwhile(self: lease.Lease) -> None:
        looks.append(1)
        if len(looks) == 2:
            assert lease.ask_to_stop(self.segment_id)
        looked(self)

    monkeypatch.setattr(lease.Lease, "refuse_to_go_on", asked_meanwhile)
    with pytest.raises(membership.Stopped):
        membership.refresh(segment.pk)
    segment.refresh_from_db()
    assert (segment.leased_until, segment.cancel_asked, segment.size) == (None, False, 3)
    assert size(segment) == 3
    assert segment.error
    # It is told apart from one that fails.
    assert (segment.failed_at, listing.state_of(segment)) == (None, "stopped")
    assert segment.due_at is not None
    assert segment.due_at > timezone.now() + membership.RETRY_FIRST
    assert schedule.due() == []
    # A change of the facts does not bring back what somebody stopped; asking for it does.
    snapshot.sync(rebuild=True)
    schedule.make_stale_due()
    assert schedule.due() == []
    Segment.objects.filter(pk=segment.pk).update(rule={"version": 1, "rule": PARIS})
    schedule.make_due([segment.pk])
    assert schedule.refresh_due(60) == 1
    segment.refresh_from_db()
    assert (segment.error, segment.failures) == ("", 0)


def test_a_refresh_is_stopped_between_two_batches_and_completed_later(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "BATCH", 1)
    segment = make_segment(PARIS)
    added = difference.Writing._add

    def asked_meanwhile(self: difference.Writing, ids: Any) -> int:
        written = added(self, ids)
        lease.ask_to_stop(segment.pk)
        return written

    monkeypatch.setattr(difference.Writing, "_add", asked_meanwhile)
    with pytest.raises(membership.Stopped):
        membership.refresh(segment.pk)
    assert size(segment) == 1
    monkeypatch.undo()
    assert membership.refresh(segment.pk).entered == 2


def test_one_that_is_to_stop_does_not_give_way_for_another_turn(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "BATCH", 1)
    segment = make_segment(PARIS)
    committed = difference.Writing._commit

    def asked_meanwhile(self: difference.Writing, gone: Any, new: Any) -> None:
        committed(self, gone, new)
        assert lease.ask_to_stop(segment.pk)

    monkeypatch.setattr(difference.Writing, "_commit", asked_meanwhile)
    with pytest.raises(membership.Stopped):
        membership.refresh(segment.pk, turn=0.0)
    assert size(segment) == 1
    assert schedule.due() == []


def test_a_stop_asked_between_two_turns_holds_at_the_next_one(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "BATCH", 1)
    segment = make_segment(PARIS)
    with pytest.raises(membership.GaveWay):
        membership.refresh(segment.pk, turn=0.0)
    assert lease.ask_to_stop(segment.pk)
    with pytest.raises(membership.Stopped):
        membership.refresh(segment.pk, turn=0.0)
    assert (size(segment), schedule.due()) == (1, [])
    assert not lease.ask_to_stop(segment.pk), "it was stopped"
    assert membership.refresh(segment.pk).entered == 2


def test_a_rule_mended_while_it_fails_does_not_wait_for_the_retry(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make_segment(PARIS)

    def mended_meanwhile(*_: Any) -> filling.Found:
        mended = {"version": 1, "rule": LYON}
        stored = Segment.objects.get(pk=segment.pk)
        editing.change(stored, stored.updated_at, name="S", description="", rule=mended)
        raise filling.TookTooLong

    monkeypatch.setattr(filling, "find", mended_meanwhile)
    with pytest.raises(filling.TookTooLong):
        membership.refresh(segment.pk)
    monkeypatch.undo()
    assert schedule.due() == [segment.pk]
    assert schedule.refresh_due(60) == 1
    assert size(segment) == 2


def test_one_with_much_to_write_gives_way_and_goes_on_after_the_others(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "BATCH", 1)
    monkeypatch.setattr(schedule, "TURN_SECONDS", 0.0)
    first, second = make_segment(PARIS, "First"), make_segment(PARIS, "Second")
    order: list[int] = []
    added = difference.Writing._add

    def noted(self: difference.Writing, ids: Any) -> int:
        order.append(self.segment.pk)
        return added(self, ids)

    monkeypatch.setattr(difference.Writing, "_add", noted)
    # Three batches each, and a last look that finds nothing left to write.
    assert schedule.refresh_due(60) == 2
    assert order == [first.pk, second.pk] * 3
    assert (size(first), size(second)) == (3, 3)


def test_a_failure_in_a_batch_is_recorded_under_the_lease_that_still_stands(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make_segment(PARIS)

    def fails(self: difference.Writing, ids: Any) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(difference.Writing, "_add", fails)
    with pytest.raises(OSError, match="disk full"):
        membership.refresh(segment.pk)
    segment.refresh_from_db()
    assert (segment.failures, segment.leased_until) == (1, None)
    assert "OSError" in segment.error


def test_no_thread_is_left_behind(people: People, make_segment: Make) -> None:
    membership.refresh(make_segment(PARIS).pk)
    assert not [each for each in threading.enumerate() if each.name.startswith("evaluation")]


def test_whatever_died_since_a_snapshot_was_published_its_segments_are_due(
    people: People, make_segment: Make
) -> None:
    segment, failing = make_segment(PARIS), make_segment(PARIS, "Failing")
    schedule.refresh_due(60)
    Segment.objects.filter(pk=failing.pk).update(failures=1)
    schedule.make_stale_due()
    assert schedule.due() == []
    snapshot.sync(rebuild=True)
    schedule.make_stale_due()
    assert schedule.due() == [segment.pk]
