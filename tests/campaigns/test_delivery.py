"""Claim, call, record: every fate of a message, and everything that must stop it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from campaigns import lifecycle, tokens
from campaigns.channels import ChannelFault, Fate
from campaigns.models import Campaign, Message, OutboxMessage
from customers.consent import record_consent, suppress
from customers.models import Customer, Suppression
from segmentation.models import Segment
from tests.campaigns.conftest import Scripted, balanced, make_campaign, send, start, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chosen", "sending")]
People = Callable[..., list[Customer]]


def test_everyone_gets_one_message_in_the_outbox(campaign: Campaign, people: People) -> None:
    people(120)
    start(campaign)
    done = send(campaign)
    assert (done.accepted, done.requests, done.more) == (120, 3, False)
    assert states(campaign) == {"delivered": 120}
    assert OutboxMessage.objects.filter(channel="email").count() == 120
    assert lifecycle.finish(campaign.pk)
    assert balanced(campaign)


def test_an_e_mail_carries_its_own_way_out(campaign: Campaign, people: People) -> None:
    people(2)
    start(campaign)
    send(campaign)
    one, two = OutboxMessage.objects.order_by("id")
    assert one.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert one.headers["List-Unsubscribe"] != two.headers["List-Unsubscribe"]
    assert one.headers["List-Unsubscribe"].strip("<>") in one.text
    assert one.subject == "Bonjour Name0"
    assert one.sender == "Shop <shop@example.com>"


def test_a_service_message_offers_no_way_out(campaign: Campaign, people: People) -> None:
    people(1, consents=())
    campaign.kind, campaign.service_reason = "service", "order"
    campaign.save()
    send(start(campaign))
    assert "List-Unsubscribe" not in OutboxMessage.objects.get().headers


def test_links_name_the_person_only_with_tracking_consent(
    campaign: Campaign, people: People
) -> None:
    people(1)
    people(1, consents=("email", "tracking"))
    start(campaign)
    send(campaign)
    carried = []
    for row in OutboxMessage.objects.order_by("id"):
        token = row.text.split("/t/")[1].split("/")[0]
        click = tokens.read_click(token)
        assert click is not None
        carried.append(click.message)
    assert carried == [None, campaign.messages.latest("id").pk]


@pytest.mark.parametrize(
    ("fate", "fields", "state"),
    [
        (Fate.ACCEPTED, {}, "sent"),
        (Fate.ACCEPTED, {"delivered": True}, "delivered"),
        (Fate.PERMANENT, {"error": "barred"}, "failed"),
        (Fate.UNCERTAIN, {"error": "lost"}, "uncertain"),
        (Fate.TEMPORARY, {"error": "busy"}, "queued"),
    ],
)
def test_each_fate_has_its_state(
    campaign: Campaign, people: People, fate: Fate, fields: dict[str, Any], state: str
) -> None:
    people(3)
    start(campaign)
    send(campaign, Scripted(fate, **fields))
    assert states(campaign) == {state: 3}
    row = campaign.messages.first()
    assert row is not None
    assert row.error == fields.get("error", "")
    assert (row.sent_at is not None) == (fate is Fate.ACCEPTED)
    assert row.leased_until is None
    assert balanced(campaign)


def test_temporary_errors_come_back_five_times_later_each_time(
    campaign: Campaign, people: People
) -> None:
    people(1)
    start(campaign)
    provider = Scripted(Fate.TEMPORARY)
    waits: list[float] = []
    for _attempt in range(5):
        send(campaign, provider)
        row = campaign.messages.get()
        waits.append((row.due_at - timezone.now()).total_seconds())
        Message.objects.update(due_at=timezone.now())
    assert provider.requests == 5
    assert (row.state, row.attempts) == ("failed", 5)
    for wait, around in zip(waits[:4], (30, 120, 480, 1920), strict=True):
        assert around * 0.79 <= wait <= around * 1.2


def test_the_providers_own_wait_is_kept(campaign: Campaign, people: People) -> None:
    people(1)
    start(campaign)
    send(campaign, Scripted(Fate.TEMPORARY, retry_after=900.0))
    assert campaign.messages.get().due_at > timezone.now() + dt.timedelta(seconds=890)


def test_a_message_put_off_is_not_claimed_before_its_time(
    campaign: Campaign, people: People
) -> None:
    people(1)
    start(campaign)
    Message.objects.update(due_at=timezone.now() + dt.timedelta(seconds=60))
    provider = Scripted()
    send(campaign, provider)
    assert provider.requests == 0
    assert not lifecycle.finish(campaign.pk)


def test_an_address_that_does_not_exist_is_never_written_to_again(
    campaign: Campaign, people: People
) -> None:
    people(1)
    start(campaign)
    send(campaign, Scripted(Fate.PERMANENT, bad_address=True))
    assert Suppression.objects.get().reason == "bounce"
    assert campaign.engagements.get().kind == "bounce"


@pytest.mark.parametrize("what", ["withdrawn", "suppressed", "changed", "gone", "young"])
def test_what_is_said_before_the_claim_is_heard(
    campaign: Campaign, people: People, what: str
) -> None:
    said, other = people(2)
    start(campaign)
    if what == "withdrawn":
        record_consent(said, "email", "withdrawn", source="phone")
    elif what == "suppressed":
        suppress("email", said.email, "complaint")
    elif what == "young":
        said.birth_date = timezone.localdate() - dt.timedelta(days=14 * 365)
        said.save()
    else:
        said.email = "new@example.com" if what == "changed" else None
        said.save()
    provider = Scripted()
    send(campaign, provider)
    assert [message.recipient for message in provider.asked] == [other.email]
    row = campaign.messages.get(customer=said)
    reasons = {"withdrawn": "no_consent", "suppressed": "suppressed", "young": "too_young"}
    assert (row.state, row.reason) == ("skipped", reasons.get(what, "no_address"))
    assert balanced(campaign)


def test_a_service_message_heeds_no_stop_but_no_dead_address_either(
    segment: Segment, people: People
) -> None:
    stopped, bounced, silent = people(3, consents=())
    suppress("email", stopped.email, "unsubscribe")
    suppress("email", bounced.email, "bounce")
    campaign = start(make_campaign(segment, kind="service", service_reason="order"))
    provider = Scripted()
    send(campaign, provider)
    assert [m.recipient for m in provider.asked] == [stopped.email, silent.email]


def test_pause_is_heard_before_the_next_request(campaign: Campaign, people: People) -> None:
    people(120)
    start(campaign)
    provider = Scripted()
    provider.before = lambda: lifecycle.pause(Campaign.objects.get(), None)
    send(campaign, provider)
    assert provider.requests == 1
    assert states(campaign) == {"sent": 50, "queued": 70}
    lifecycle.resume(Campaign.objects.get(), None)
    provider.before = None
    send(campaign, provider)
    assert states(campaign) == {"sent": 120}


def test_cancel_is_heard_before_the_next_request(campaign: Campaign, people: People) -> None:
    people(120)
    start(campaign)
    provider = Scripted(Fate.TEMPORARY)
    provider.before = lambda: lifecycle.cancel(Campaign.objects.get(), None)
    send(campaign, provider)
    # What came back from the request under way is skipped by the next tick.
    assert states(campaign) == {"queued": 50, "skipped": 70}
    lifecycle.skip_returned()
    assert states(campaign) == {"skipped": 120}
    assert balanced(campaign)


def test_the_claim_is_committed_before_the_provider_is_called(
    campaign: Campaign, people: People
) -> None:
    people(1)
    start(campaign)
    seen: list[tuple[str, bool]] = []

    def look() -> None:
        row = campaign.messages.get()
        assert row.leased_until is not None
        seen.append((row.state, row.leased_until > timezone.now() + dt.timedelta(seconds=5)))

    provider = Scripted()
    provider.before = look
    send(campaign, provider)
    assert seen == [("sending", True)]


def test_too_many_failures_pause_the_campaign_and_say_why(
    campaign: Campaign, people: People
) -> None:
    people(200)
    start(campaign)
    send(campaign, Scripted(Fate.PERMANENT))
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert "50" in campaign.state_reason
    assert states(campaign) == {"failed": 50, "queued": 150}
    lifecycle.resume(campaign, None)
    send(campaign, Scripted())
    assert states(campaign) == {"failed": 50, "sent": 150}


def test_unknown_fates_pause_it_too(campaign: Campaign, people: People) -> None:
    people(60)
    start(campaign)
    send(campaign, Scripted(Fate.UNCERTAIN))
    campaign.refresh_from_db()
    assert campaign.state == "paused"


def test_few_failures_do_not_stop_it(campaign: Campaign, people: People) -> None:
    people(150)
    start(campaign)
    provider = Scripted()
    flip = iter(range(10_000))

    def some_fail() -> None:
        provider.fate = Fate.PERMANENT if next(flip) % 20 == 0 else Fate.ACCEPTED

    provider.batch_size = 5
    provider.before = some_fail
    send(campaign, provider)
    assert states(campaign) == {"failed": 10, "sent": 140}


def test_a_fault_of_the_channel_pauses_at_once_and_costs_no_attempt(
    campaign: Campaign, people: People
) -> None:
    people(3)
    start(campaign)

    def refuse() -> None:
        raise ChannelFault("The password is wrong.")

    provider = Scripted()
    provider.before = refuse
    send(campaign, provider)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.state_reason) == ("paused", "The password is wrong.")
    assert set(campaign.messages.values_list("state", "attempts")) == {("queued", 0)}


def test_a_text_that_cannot_be_made_for_someone_fails_for_them_alone(
    campaign: Campaign, people: People
) -> None:
    people(2)
    people(1, first_name="")
    campaign.subject = "{{ first_name }}"
    campaign.save()
    start(campaign)
    send(campaign, Scripted())
    assert states(campaign) == {"sent": 2, "failed": 1}
    assert campaign.messages.get(state="failed").error
