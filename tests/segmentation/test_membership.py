"""Members follow the rule's answer, and their history says who came, who left, and why."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer
from segmentation import answers, difference, editing, filling, membership, schedule, snapshot
from segmentation.difference import Writing
from segmentation.models import Membership, MembershipChange, Segment, SegmentSize
from segmentation.rules import RuleError
from tests.segmentation.conftest import BUYERS, PARIS, add_person

pytestmark = pytest.mark.django_db
People = dict[str, Customer]
Make = Callable[..., Segment]


def found(*people: Customer) -> filling.Found:
    ids = array("q", sorted(person.pk for person in people))
    return filling.Found(ids, array("q"), email=0, sms=0, revenue=None)


def members(segment: Segment) -> set[str]:
    found = Membership.objects.filter(segment=segment)
    return set(found.values_list("customer__first_name", flat=True))


def history(segment: Segment) -> list[tuple[str, str, str]]:
    told = MembershipChange.objects.filter(segment=segment).order_by("id")
    return list(told.values_list("customer__first_name", "kind", "cause"))


def test_a_refresh_writes_the_members_their_history_and_the_size_of_the_day(
    people: People, make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    done = membership.refresh(segment.pk)
    assert (done.size, done.entered, done.left) == (3, 3, 0)
    assert members(segment) == {"Ada", "Bob", "Cléo"}
    assert {cause for _who, _kind, cause in history(segment)} == {"first_fill"}
    segment.refresh_from_db()
    assert (segment.size, segment.filled_version, segment.error) == (3, 1, "")
    assert segment.leased_until is None
    assert segment.due_at is not None
    assert segment.due_at > timezone.now()
    kept = SegmentSize.objects.get(segment=segment)
    assert (kept.day, kept.size, kept.email, kept.sms) == (timezone.localdate(), 3, 1, 1)
    assert kept.revenue == Decimal(80)


def test_only_the_difference_is_written(people: People, make_segment: Make) -> None:
    segment = make_segment(PARIS)
    membership.refresh(segment.pk)
    first = dict(Membership.objects.values_list("customer_id", "entered_at"))
    Customer.objects.filter(pk=people["ada"].pk).update(city="Lyon")
    Customer.objects.filter(pk=people["eve"].pk).update(city="PARIS ")
    snapshot.sync()
    done = membership.refresh(segment.pk)
    assert (done.size, done.entered, done.left) == (3, 1, 1)
    assert history(segment)[3:] == [("Ada", "left", "refresh"), ("Eve", "entered", "refresh")]
    bob = people["bob"].pk
    assert Membership.objects.get(customer_id=bob).entered_at == first[bob]
    assert membership.refresh(segment.pk).entered == 0
    assert SegmentSize.objects.count() == 1


def test_a_changed_rule_marks_the_history_of_the_segment_and_of_those_made_of_it(
    people: People, make_segment: Make
) -> None:
    segment = make_segment(PARIS, "Paris")
    above = make_segment({"all": [{"segment": segment.pk}, BUYERS]}, "Buyers of Paris")
    schedule.refresh_due(60)
    assert members(above) == {"Ada", "Bob"}
    editing.change(
        segment,
        segment.updated_at,
        name="Lyon",
        description="",
        rule={"version": 1, "rule": {"field": "city", "op": "is", "value": "Lyon"}},
    )
    assert set(schedule.due()) == {segment.pk, above.pk}
    assert schedule.refresh_due(60) == 2
    assert history(segment)[-1][2] == "rule_change"
    assert members(above) == {"Dan"}
    assert {cause for _who, _kind, cause in history(above)[2:]} == {"rule_change"}
    membership.refresh(above.pk)
    Customer.objects.filter(pk=people["dan"].pk).update(city="Nice")
    snapshot.sync()
    membership.refresh(above.pk)
    assert history(above)[-1] == ("Dan", "left", "refresh")


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rule_that_changes_while_one_made_of_it_is_refreshed_marks_its_history(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch, when: str, filled: bool
) -> None:
    base = make_segment(PARIS, "Paris")
    made_of_it = make_segment({"segment": base.pk}, "Made of it")
    if filled:
        schedule.refresh_due(60)
    find = filling.find

    def changed_meanwhile(*given: Any) -> filling.Found:
        found = find(*given) if when == "after" else None
        base.refresh_from_db()
        other = {"version": 1, "rule": BUYERS}
        editing.change(base, base.updated_at, name=base.name, description="", rule=other)
        return found or find(*given)

    monkeypatch.setattr(filling, "find", changed_meanwhile)
    membership.refresh(made_of_it.pk)
    monkeypatch.undo()
    schedule.refresh_due(60)
    assert members(made_of_it) == {"Ada", "Bob", "Dan", "Fay"}
    assert "refresh" not in {cause for _who, _kind, cause in history(made_of_it)}


def test_two_rules_saved_at_once_cannot_come_to_name_each_other(
    people: People, make_segment: Make
) -> None:
    first, second = make_segment(PARIS, "A"), make_segment(PARIS, "B")
    to_first, to_second = ({"version": 1, "rule": {"segment": each.pk}} for each in (first, second))
    # Both were found sound before either was stored.
    answers.check(to_first, own=second.pk)
    answers.check(to_second, own=first.pk)
    editing.change(first, first.updated_at, name="A", description="", rule=to_second)
    with pytest.raises(RuleError, match="itself"):
        editing.change(second, second.updated_at, name="B", description="", rule=to_first)
    second.refresh_from_db()
    assert second.rule["rule"] == PARIS


def test_a_rule_is_not_stored_once_what_it_names_was_deleted(make_segment: Make, db: None) -> None:
    named, segment = make_segment(PARIS, "Named"), make_segment(BUYERS, "Buyers")
    gone = {"version": 1, "rule": {"not": {"segment": named.pk}}}
    broken = Segment.objects.create(name="Broken", rule=gone)
    # Checked by whoever saves before, stored after.
    Segment.objects.filter(pk=named.pk).delete()
    with pytest.raises(RuleError):
        editing.create("New", "", gone, None)
    with pytest.raises(RuleError):
        editing.change(segment, segment.updated_at, name="Buyers", description="", rule=gone)
    segment.refresh_from_db()
    assert (segment.version, segment.rule["rule"]) == (1, BUYERS)
    assert editing.duplicate(broken, None).rule == gone


def test_two_refreshes_of_a_segment_never_run_at_once(people: People, make_segment: Make) -> None:
    segment = make_segment(PARIS)
    until = timezone.now() + dt.timedelta(minutes=1)
    Segment.objects.filter(pk=segment.pk).update(leased_until=until)
    with pytest.raises(membership.Busy):
        membership.refresh(segment.pk)
    assert members(segment) == set()
    assert schedule.due() == []


def test_the_lease_of_a_refresh_that_died_is_taken_over(people: People, make_segment: Make) -> None:
    segment = make_segment(PARIS)
    past = timezone.now() - dt.timedelta(seconds=1)
    Segment.objects.filter(pk=segment.pk).update(leased_until=past)
    assert schedule.due() == [segment.pk]
    assert membership.refresh(segment.pk).size == 3


def test_a_refresh_whose_lease_was_taken_over_writes_nothing_more(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make_segment(PARIS)
    other = timezone.now() + dt.timedelta(hours=1)

    def slow(*_: Any) -> filling.Found:
        Segment.objects.filter(pk=segment.pk).update(leased_until=other)
        return found(people["ada"])

    monkeypatch.setattr(filling, "find", slow)
    with pytest.raises(membership.Busy):
        membership.refresh(segment.pk)
    assert members(segment) == set()
    segment.refresh_from_db()
    assert segment.leased_until == other
    assert segment.error == ""


def test_a_refresh_killed_halfway_and_run_again_ends_with_the_right_members_and_history(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make_segment(PARIS)
    monkeypatch.setattr(difference, "BATCH", 1)
    written = Writing._add
    calls: list[int] = []

    def dies(self: Writing, ids: Sequence[int]) -> int:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return written(self, ids)

    monkeypatch.setattr(Writing, "_add", dies)
    with pytest.raises(KeyboardInterrupt):
        membership.refresh(segment.pk)
    assert len(members(segment)) == 2
    assert len(history(segment)) == 2
    monkeypatch.undo()
    Segment.objects.filter(pk=segment.pk).update(leased_until=timezone.now() - dt.timedelta(1))
    done = membership.refresh(segment.pk)
    assert (done.size, done.entered) == (3, 1)
    assert sorted(history(segment)) == [
        (name, "entered", "first_fill") for name in ("Ada", "Bob", "Cléo")
    ]


def test_a_failure_keeps_the_members_says_since_when_and_waits_longer_each_time(
    people: People, make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    membership.refresh(segment.pk)
    broken = {"version": 1, "rule": {"field": "vanished", "op": "is", "value": "x"}}
    Segment.objects.filter(pk=segment.pk).update(rule=broken)
    waits = []
    for _attempt in range(3):
        with pytest.raises(RuleError):
            membership.refresh(segment.pk)
        segment.refresh_from_db()
        assert segment.due_at is not None
        waits.append((segment.due_at - timezone.now()).total_seconds())
    assert waits[0] < 61 < waits[1] < 121 < waits[2]
    assert "vanished" in segment.error
    assert segment.failures == 3
    assert segment.size == 3
    assert members(segment) == {"Ada", "Bob", "Cléo"}
    assert segment.failed_at is not None
    first_failure = segment.failed_at
    assert first_failure < timezone.now()
    Segment.objects.filter(pk=segment.pk).update(rule={"version": 1, "rule": PARIS})
    membership.refresh(segment.pk)
    segment.refresh_from_db()
    assert (segment.error, segment.failures, segment.failed_at) == ("", 0, None)


def test_one_bad_segment_does_not_hold_up_the_others(people: People, make_segment: Make) -> None:
    bad = make_segment({"field": "vanished", "op": "is", "value": "x"}, "Bad")
    good = make_segment(PARIS, "Good")
    assert schedule.refresh_due(60) == 1
    assert len(members(good)) == 3
    assert schedule.due() == []
    bad.refresh_from_db()
    assert bad.failures == 1
    snapshot.sync(rebuild=True)
    schedule.make_stale_due()
    assert schedule.due() == [good.pk]
    schedule.make_due([bad.pk])
    assert bad.pk in schedule.due()


def test_someone_erased_since_the_snapshot_is_left_out(people: People, make_segment: Make) -> None:
    segment = make_segment(PARIS)
    people["ada"].delete()
    assert membership.refresh(segment.pk).size == 2
    assert members(segment) == {"Bob", "Cléo"}


def test_a_rule_changed_during_a_refresh_is_due_again(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make_segment(PARIS)

    def meanwhile(*_: Any) -> filling.Found:
        fresh = Segment.objects.get(pk=segment.pk)
        rule = {"version": 1, "rule": BUYERS}
        editing.change(fresh, fresh.updated_at, name="B", description="", rule=rule)
        return found(people["ada"])

    monkeypatch.setattr(filling, "find", meanwhile)
    membership.refresh(segment.pk)
    assert schedule.due() == [segment.pk]
    monkeypatch.undo()
    membership.refresh(segment.pk)
    assert members(segment) == {"Ada", "Bob", "Dan", "Fay"}
    assert history(segment)[-1][2] == "rule_change"


def test_an_archived_segment_is_not_refreshed(people: People, make_segment: Make) -> None:
    segment = make_segment(PARIS, archived_at=timezone.now())
    assert schedule.due() == []
    with pytest.raises(Segment.DoesNotExist):
        membership.refresh(segment.pk)


def test_a_static_list_keeps_its_members_and_counts_those_not_erased(
    people: People, make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    membership.refresh(segment.pk)
    frozen = editing.freeze(segment, None)
    assert timezone.localdate().isoformat() not in frozen.name  # a date as people write it
    snapshot.sync()
    assert membership.refresh(frozen.pk).size == 3
    add_person("Gus", "Paris")
    people["bob"].delete()
    snapshot.sync()
    assert membership.refresh(segment.pk).size == 3
    schedule.make_due([frozen.pk])
    assert membership.refresh(frozen.pk).size == 2
    used = make_segment({"not": {"segment": frozen.pk}}, "Others")
    membership.refresh(used.pk)
    assert members(used) == {"Dan", "Eve", "Fay", "Gus"}


def test_refreshing_does_not_itself_make_the_snapshot_stale(
    people: People, make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    membership.refresh(segment.pk)
    assert not snapshot.sync().published


def test_many_members_are_written_in_batches(
    people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "BATCH", 7)
    Customer.objects.bulk_create(Customer(first_name=f"P{n}", city="Paris") for n in range(40))
    snapshot.sync()
    segment = make_segment(PARIS)
    assert membership.refresh(segment.pk).size == 43
    Customer.objects.filter(first_name__startswith="P").update(city="Nice")
    snapshot.sync()
    done = membership.refresh(segment.pk)
    assert (done.size, done.left) == (3, 40)
    assert len(history(segment)) == 83
