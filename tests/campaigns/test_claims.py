"""Leases, windows, rates, receipts, and many workers at once."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from campaigns import claims, delivery, inbound, lifecycle, outcomes, rate, tokens
from campaigns.channels import Fate, Result
from campaigns.models import Campaign, Engagement, Message, SendingSettings
from customers.models import Customer
from tests.campaigns.conftest import NOON, Scripted, balanced, send, start, states
from tests.fakes.sms_gateway import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chosen", "sending")]
People = Callable[..., list[Customer]]


def claimed(campaign: Campaign, provider: Scripted, wanted: int = 50) -> claims.Claim:
    return claims.claim(campaign.pk, provider, wanted)


def expire() -> None:
    Message.objects.filter(state="sending").update(leased_until=timezone.now())


def test_a_lease_that_passes_makes_uncertain_and_never_resends(
    sms_campaign: Campaign, people: People, open_window: None, gateway: FakeGateway
) -> None:
    people(3)
    start(sms_campaign)
    provider = Scripted()
    assert len(claimed(sms_campaign, provider).items) == 3
    assert claims.sweep() == 0
    expire()
    assert claims.sweep() == 3
    assert states(sms_campaign) == {"uncertain": 3}
    send(sms_campaign, provider)
    assert provider.requests == 0
    assert lifecycle.finish(sms_campaign.pk)
    assert balanced(sms_campaign)


def test_with_a_provider_that_knows_keys_it_is_sent_again_under_the_same_key(
    sms_campaign: Campaign,
    people: People,
    open_window: None,
    gateway: FakeGateway,
    settings: Settings,
) -> None:
    settings.SMS_GATEWAY_IDEMPOTENT = "1"
    people(1)
    start(sms_campaign)
    claim = claimed(sms_campaign, Scripted())
    expire()
    claims.sweep()
    provider = Scripted()
    send(sms_campaign, provider)
    assert [m.key for m in provider.asked] == [tokens.message_key(claim.items[0].message.pk)]


def test_a_late_answer_settles_its_own_claim_and_no_other(
    sms_campaign: Campaign, people: People, open_window: None, gateway: FakeGateway
) -> None:
    people(1)
    start(sms_campaign)
    provider = Scripted()
    claim = claimed(sms_campaign, provider)
    message = claim.items[0].message
    expire()
    claims.sweep()
    accepted = provider.send([])
    assert accepted == []
    result = Result(tokens.message_key(message.pk), Fate.ACCEPTED, "r")
    outcomes.record(sms_campaign.pk, uuid.uuid4(), [(message, result)])
    assert states(sms_campaign) == {"uncertain": 1}
    outcomes.record(sms_campaign.pk, claim.id, [(message, result)])
    assert states(sms_campaign) == {"sent": 1}


def test_a_claim_whose_lease_is_nearly_over_is_not_sent(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(1)
    start(campaign)
    monkeypatch.setattr(claims, "lease_seconds", lambda _provider: 1.0)
    provider = Scripted()
    delivery.send_slice(
        campaign.pk, seconds=0.2, provider=provider, bucket=rate.Unlimited(), sleep=time.sleep
    )
    assert provider.requests == 0
    assert set(campaign.messages.values_list("state", "attempts")) == {("queued", 0)}


def test_promotional_sms_wait_for_their_window(
    sms_campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(2)
    people(1, postal_code="97110", phone="+590690000001")
    start(sms_campaign)
    evening = NOON + dt.timedelta(hours=10, minutes=30)  # 22:30 in Paris, 16:30 in Guadeloupe
    Message.objects.update(due_at=evening)
    monkeypatch.setattr("campaigns.claims.timezone.now", lambda: evening)
    provider = Scripted()
    send(sms_campaign, provider)
    assert [m.recipient for m in provider.asked] == ["+590690000001"]
    waiting = sms_campaign.messages.filter(state="queued")
    assert set(waiting.values_list("due_at", flat=True)) == {NOON + dt.timedelta(hours=20)}


def test_e_mails_are_not_bound_by_the_window(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(1)
    start(campaign)
    night = timezone.now().replace(hour=2) + dt.timedelta(days=1)
    monkeypatch.setattr("campaigns.claims.timezone.now", lambda: night)
    provider = Scripted()
    send(campaign, provider)
    assert provider.requests == 1


def test_the_gateway_gets_texts_with_stop_and_the_parts_are_kept(
    sms_campaign: Campaign, people: People, open_window: None, gateway: FakeGateway
) -> None:
    people(3, first_name="Zoé" * 25)
    Campaign.objects.update(
        body="Bonjour {{ first_name }}, voyez nos soldes : https://shop.example/s"
    )
    start(sms_campaign)
    send(sms_campaign)
    assert states(sms_campaign) == {"sent": 3}
    texts = [message["text"] for message in gateway.requests[0]["messages"]]
    assert all(text.endswith("STOP au 36111") for text in texts)
    assert set(sms_campaign.messages.values_list("parts", flat=True)) == {2}
    assert {m["from"] for m in gateway.requests[0]["messages"]} == {"Boutique"}


def test_the_request_is_no_larger_than_told(campaign: Campaign, people: People) -> None:
    people(20)
    start(campaign)
    provider = Scripted()
    delivery.send_slice(
        campaign.pk, largest=7, provider=provider, bucket=rate.Unlimited(), sleep=time.sleep
    )
    assert provider.requests == 3


class Stingy:
    """Grants three at a time, every other time nothing."""

    def __init__(self) -> None:
        self.turn = self.returned = 0

    def take(self, wanted: int, rate: int) -> tuple[int, float]:
        self.turn += 1
        return (3, 0.0) if self.turn % 2 else (0, 0.5)

    def give_back(self, unused: int) -> None:
        self.returned += unused


def test_no_more_is_claimed_than_the_bucket_grants(campaign: Campaign, people: People) -> None:
    people(8)
    start(campaign)
    provider, bucket, slept = Scripted(), Stingy(), list[float]()
    delivery.send_slice(campaign.pk, provider=provider, bucket=bucket, sleep=slept.append)
    assert provider.requests == 3
    assert bucket.returned == 1 + 3
    assert slept == [0.5] * 3


def test_receipts_settle_what_was_uncertain_even_once_requeued(
    campaign: Campaign, people: People
) -> None:
    people(2)
    start(campaign)
    send(campaign, Scripted(Fate.UNCERTAIN))
    one, two = (tokens.message_key(pk) for pk in campaign.messages.values_list("pk", flat=True))
    assert inbound.delivered(one)
    assert not inbound.delivered(one)
    lifecycle.requeue_uncertain(campaign, None)
    assert inbound.delivered(two)
    provider = Scripted()
    send(campaign, provider)
    assert provider.requests == 0
    assert states(campaign) == {"delivered": 2}


def test_a_receipt_never_moves_a_message_backwards(campaign: Campaign, people: People) -> None:
    people(1)
    start(campaign)
    key = tokens.message_key(campaign.messages.get().pk)
    assert not inbound.delivered(key)  # never tried: nothing to settle
    send(campaign, Scripted())
    assert inbound.delivered(key)
    assert not inbound.refused(key)
    assert states(campaign) == {"delivered": 1}


def test_a_receipt_may_come_before_the_answer_is_written_down(
    campaign: Campaign, people: People
) -> None:
    people(1)
    start(campaign)
    provider = Scripted()
    key = tokens.message_key(campaign.messages.get().pk)
    provider.before = lambda: inbound.delivered(key)
    send(campaign, provider)
    assert states(campaign) == {"delivered": 1}


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_claim_each_message_once(campaign: Campaign, people: People) -> None:
    people(150)
    start(campaign)
    providers = [Scripted() for _ in range(4)]
    for provider in providers:
        provider.batch_size = 7
    faults: list[BaseException] = []

    def work(provider: Scripted) -> None:
        try:
            delivery.send_slice(
                campaign.pk, provider=provider, bucket=rate.Unlimited(), sleep=time.sleep
            )
        except BaseException as fault:
            faults.append(fault)
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(provider,)) for provider in providers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    keys = [message.key for provider in providers for message in provider.asked]
    assert len(keys) == len(set(keys)) == 150
    assert states(campaign) == {"sent": 150}
    assert connection.vendor in ("sqlite", "postgresql")


def test_only_one_is_the_usual_sender(campaign: Campaign, people: People) -> None:
    people(1)
    start(campaign)
    assert delivery.with_work() == [campaign.pk]
    assert delivery.become_runner(campaign.pk)
    assert not delivery.become_runner(campaign.pk)
    assert delivery.with_work() == []
    delivery.leave_runner(campaign.pk)
    assert delivery.become_runner(campaign.pk)
    assert delivery.with_work(timezone.now() + dt.timedelta(minutes=1)) == [campaign.pk]


def test_the_settings_rate_is_the_buckets(campaign: Campaign, people: People) -> None:
    people(1)
    SendingSettings.objects.update(email_rate=3)
    start(campaign)
    rates: list[int] = []

    class Listening(rate.Unlimited):
        def take(self, wanted: int, rate: int) -> tuple[int, float]:
            rates.append(rate)
            return super().take(wanted, rate)

    delivery.send_slice(campaign.pk, provider=Scripted(), bucket=Listening(), sleep=time.sleep)
    assert set(rates) == {3}


def test_bounces_told_by_receipts_pause_it_too(campaign: Campaign, people: People) -> None:
    people(100)
    start(campaign)
    provider = Scripted()
    provider.batch_size = 30

    def bounce() -> None:
        for message in provider.asked:
            inbound.refused(message.key)

    provider.before = bounce
    send(campaign, provider)
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert states(campaign)["queued"] == 40


def test_a_bounce_holds_the_person_before_their_message(
    sms_campaign: Campaign, people: People, open_window: None, gateway: FakeGateway
) -> None:
    people(2)
    start(sms_campaign)
    claim = claimed(sms_campaign, Scripted())
    told, answered = [item.message for item in claim.items]
    bad = Result(tokens.message_key(answered.pk), Fate.PERMANENT, bad_address=True)
    for bounce in (
        lambda: inbound.refused(tokens.message_key(told.pk), bad_address=True),
        lambda: outcomes.record(sms_campaign.pk, claim.id, [(answered, bad)]),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert bounce()
        said = [each["sql"] for each in asked.captured_queries]
        held = [n for n, sql in enumerate(said) if 'FROM "customers_customer"' in sql]
        changed = [n for n, sql in enumerate(said) if sql.startswith('UPDATE "campaigns_message"')]
        assert held[0] < changed[0]
        assert connection.vendor == "sqlite" or "FOR UPDATE" in said[held[0]]
    assert Engagement.objects.filter(kind="bounce").count() == 2
