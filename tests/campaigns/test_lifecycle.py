"""The states of a campaign: which moves are made, and which are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEntry, User
from campaigns import checks, lifecycle
from campaigns.models import Campaign, Message
from customers.models import Customer
from segmentation.models import Segment
from tests.campaigns.conftest import make_campaign

pytestmark = pytest.mark.django_db
People = Callable[..., list[Customer]]
ALL = set(Campaign.State.values)
PREPARED = timezone.now()


def put(campaign: Campaign, state: str) -> Campaign:
    campaign.state = state
    campaign.save()
    return campaign


MOVES = {
    "launch": ({"draft", "scheduled"}, "preparing"),
    "unschedule": ({"scheduled"}, "draft"),
    "pause": ({"sending"}, "paused"),
    "resume": ({"paused", "failed"}, "preparing"),
    "cancel": (ALL - {"sent", "cancelled"}, "cancelled"),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", sorted(ALL))
def test_a_move_is_made_only_from_the_states_the_contract_names(
    campaign: Campaign, move: str, state: str
) -> None:
    allowed, to = MOVES[move]
    put(campaign, state)
    if state in allowed:
        getattr(lifecycle, move)(campaign, None)
        assert campaign.state == to
    else:
        with pytest.raises(lifecycle.WrongState):
            getattr(lifecycle, move)(campaign, None)
        assert campaign.state == state
    assert Campaign.objects.get().state == campaign.state


@pytest.mark.parametrize("state", sorted(ALL))
def test_the_buttons_are_the_moves_that_would_work(campaign: Campaign, state: str) -> None:
    moves = lifecycle.may(put(campaign, state))
    for move, (allowed, _to) in MOVES.items():
        assert getattr(moves, move) == (state in allowed)


def test_a_prepared_campaign_resumes_where_it_was(campaign: Campaign) -> None:
    campaign.prepared_at = PREPARED
    lifecycle.resume(put(campaign, "paused"), None)
    assert campaign.state == "sending"


def test_of_two_people_who_launch_only_one_does(campaign: Campaign) -> None:
    same = Campaign.objects.get(pk=campaign.pk)
    lifecycle.launch(campaign, None)
    with pytest.raises(lifecycle.WrongState):
        lifecycle.launch(same, None)
    assert AuditEntry.objects.filter(action="campaign.launched").count() == 1


def test_a_time_to_come_schedules(campaign: Campaign) -> None:
    at = timezone.now() + dt.timedelta(hours=2)
    lifecycle.launch(campaign, None, at)
    assert (campaign.state, campaign.scheduled_at, campaign.launched_at) == ("scheduled", at, None)
    assert lifecycle.start_due(at - dt.timedelta(seconds=1)) == 0
    assert lifecycle.start_due(at) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.launched_at) == ("preparing", at)


def test_a_campaign_over_an_hour_late_waits_for_a_persons_word(campaign: Campaign) -> None:
    at = timezone.now() + dt.timedelta(hours=2)
    lifecycle.launch(campaign, None, at)
    late = at + dt.timedelta(hours=1, seconds=1)
    assert lifecycle.start_due(late) == 0
    assert lifecycle.is_overdue(campaign, late)
    assert not lifecycle.is_overdue(campaign, at + dt.timedelta(minutes=59))
    lifecycle.launch(campaign, None)
    assert campaign.state == "preparing"


def test_a_scheduled_campaign_that_no_longer_may_start_becomes_a_draft_that_says_so(
    campaign: Campaign, segment: Segment
) -> None:
    at = timezone.now() + dt.timedelta(minutes=2)
    lifecycle.launch(campaign, None, at)
    Segment.objects.filter(pk=segment.pk).update(archived_at=timezone.now())
    lifecycle.start_due(at)
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    assert campaign.state_reason


def message(campaign: Campaign, customer: int, state: str) -> Message:
    return Message.objects.create(
        campaign=campaign, customer_id=customer, channel="email", state=state
    )


def test_cancelling_skips_what_waits_and_leaves_the_rest(
    campaign: Campaign, people: People
) -> None:
    states = ["queued", "sending", "sent", "uncertain"]
    for customer, state in zip(people(4), states, strict=True):
        message(campaign, customer.pk, state)
    lifecycle.cancel(put(campaign, "sending"), None)
    found = list(Message.objects.order_by("id").values_list("state", "reason"))
    assert found == [("skipped", "cancelled"), ("sending", ""), ("sent", ""), ("uncertain", "")]


@pytest.mark.parametrize(("open_state", "done"), [("queued", 0), ("sending", 0), ("uncertain", 1)])
def test_a_campaign_is_sent_only_when_nothing_waits(
    campaign: Campaign, people: People, open_state: str, done: int
) -> None:
    one, two = people(2)
    message(campaign, one.pk, "sent")
    message(campaign, two.pk, open_state)
    put(campaign, "sending")
    assert lifecycle.finish(campaign.pk) is bool(done)
    campaign.refresh_from_db()
    assert campaign.state == ("sent" if done else "sending")


def test_a_persons_word_puts_the_uncertain_back_and_reopens(
    campaign: Campaign, people: People
) -> None:
    one, two = people(2)
    message(campaign, one.pk, "uncertain")
    message(campaign, two.pk, "sent")
    put(campaign, "sent")
    user = User.objects.create_user("marketer@example.com")
    assert lifecycle.requeue_uncertain(campaign, user) == 1
    assert campaign.state == "sending"
    assert AuditEntry.objects.get(action="campaign.requeued").facts["messages"] == 1
    lifecycle.cancel(campaign, user)
    with pytest.raises(lifecycle.WrongState):
        lifecycle.requeue_uncertain(campaign, user)


def test_a_copy_is_a_draft_with_the_same_audience_and_words(campaign: Campaign) -> None:
    put(campaign, "sent")
    copy = lifecycle.duplicate(campaign, None)
    assert (copy.state, copy.subject, copy.body) == ("draft", campaign.subject, campaign.body)
    assert copy.targets.get().segment_id == campaign.targets.get().segment_id
    assert copy.launched_at is None


def codes(campaign: Campaign) -> set[str]:
    return {problem.code for problem in checks.problems(campaign) if problem.blocking}


def test_a_campaign_that_is_not_ready_never_starts(campaign: Campaign) -> None:
    campaign.body = "{{ nope }}"
    campaign.save()
    with pytest.raises(lifecycle.NotReady) as refused:
        lifecycle.launch(campaign, None)
    assert [problem.code for problem in refused.value.problems] == ["content_body"]
    assert Campaign.objects.get().state == "draft"


def test_what_is_missing_is_said(campaign: Campaign) -> None:
    assert codes(campaign) == set()
    campaign.targets.all().delete()
    campaign.kind = "service"
    assert codes(campaign) == {"no_segment", "no_service_reason"}


def test_choosing_service_is_written_down(campaign: Campaign) -> None:
    campaign.kind, campaign.service_reason = "service", "order 12"
    campaign.save()
    lifecycle.launch(campaign, None)
    assert AuditEntry.objects.get().facts == {
        "campaign": campaign.pk,
        "kind": "service",
        "reason": "order 12",
    }


def test_no_real_sms_leaves_without_a_way_in_for_stop(segment: Segment, settings: Settings) -> None:
    campaign = make_campaign(segment, channel="sms")
    assert codes(campaign) == set()
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:9/"
    assert codes(campaign) == {"sms_sender", "no_way_in_for_stop"}
    settings.SMS_GATEWAY_SECRET = "s"
    assert codes(campaign) == {"sms_sender", "no_stop_number"}
