"""What the tick does with the tables, and what it does when the broker is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from celery import current_app
from django.utils import timezone
from kombu.exceptions import OperationalError

from campaigns import audience, delivery, lifecycle, rate, tasks
from campaigns.models import Campaign, Message
from customers.models import Customer
from segmentation.models import Segment
from tests.campaigns.conftest import make_campaign, start, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chosen", "sending")]
People = Callable[..., list[Customer]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run tasks where they are enqueued, without a broker or a rate."""
    monkeypatch.setattr(rate, "RedisBucket", lambda _channel: rate.Unlimited())
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def test_one_tick_takes_a_launched_campaign_to_its_end(campaign: Campaign, people: People) -> None:
    people(5)
    lifecycle.launch(campaign, None)
    tasks.drive()
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    assert states(campaign) == {"delivered": 5}
    assert campaign.finished_at is not None


def test_a_campaign_of_nobody_ends_at_once(campaign: Campaign) -> None:
    lifecycle.launch(campaign, None)
    tasks.drive()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.chosen, campaign.queued) == ("sent", 0, 0)


def test_the_tick_starts_what_is_due_and_leaves_what_is_late(
    campaign: Campaign, segment: Segment
) -> None:
    late = make_campaign(segment)
    for each, hours in ((campaign, -0.5), (late, -2)):
        at = timezone.now() + dt.timedelta(hours=hours)
        Campaign.objects.filter(pk=each.pk).update(state="scheduled", scheduled_at=at)
    tasks.drive()
    found = dict(Campaign.objects.values_list("pk", "state"))
    assert found == {campaign.pk: "sent", late.pk: "scheduled"}


def test_the_tick_skips_what_came_back_into_a_cancelled_campaign(
    campaign: Campaign, people: People
) -> None:
    people(1)
    start(campaign)
    Campaign.objects.update(state="cancelled", finished_at=timezone.now())
    tasks.drive()
    assert states(campaign) == {"skipped": 1}


def test_a_dead_workers_claims_are_settled(campaign: Campaign, people: People) -> None:
    people(2)
    start(campaign)
    Message.objects.update(state="sending", leased_until=timezone.now())
    tasks.drive()
    # The test outbox knows a second copy when it sees one, so these are simply sent.
    assert states(campaign) == {"delivered": 2}


def test_an_audience_that_cannot_be_chosen_fails_the_campaign_and_says_why(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_campaign: Campaign) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(audience, "freeze", fail)
    lifecycle.launch(campaign, None)
    tasks.drive()
    campaign.refresh_from_db()
    assert campaign.state == "failed"
    assert campaign.state_reason
    monkeypatch.setattr(audience, "freeze", lambda _campaign: [])
    lifecycle.resume(campaign, None)
    tasks.drive()
    campaign.refresh_from_db()
    assert campaign.state == "sent"


def test_without_the_rate_bucket_nothing_is_sent_and_nothing_lost(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(rate.Unlimited):
        def take(self, wanted: int, rate: int) -> tuple[int, float]:
            raise redis.ConnectionError

    monkeypatch.setattr(rate, "RedisBucket", lambda _channel: Away())
    people(1)
    start(campaign)
    tasks.send_batches(campaign.pk)
    assert states(campaign) == {"queued": 1}
    assert Campaign.objects.get().state == "sending"


def test_a_launch_does_not_depend_on_the_broker(
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(*_args: Any, **_options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.drive, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True) as called:
        lifecycle.launch(campaign, None)
    assert called
    assert Campaign.objects.get().state == "preparing"


def test_a_task_that_is_not_the_usual_sender_makes_way(campaign: Campaign, people: People) -> None:
    people(1)
    start(campaign)
    delivery.become_runner(campaign.pk)
    tasks.send_batches(campaign.pk)
    assert states(campaign) == {"queued": 1}


def test_a_workers_processes_share_the_fifty(monkeypatch: pytest.MonkeyPatch) -> None:
    class Worker:
        concurrency = 3

    tasks.count_processes(Worker())
    assert tasks.largest_request() == 16
    Worker.concurrency = 0
    tasks.count_processes(Worker())
    assert tasks.largest_request() == 50
