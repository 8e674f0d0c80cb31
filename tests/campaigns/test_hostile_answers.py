"""Providers, values and moments that do what nobody expects: no message is lost or put in doubt."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
import redis
from django.utils import timezone
from pytest_django import Settings

from campaigns import claims, conf, content, inbound, lifecycle, outcomes, rate, tasks, tokens
from campaigns.channels import ChannelFault, Fate, Outgoing, Result, sms_gateway
from campaigns.channels.sms_gateway import SmsGateway
from campaigns.channels.smtp import Smtp
from campaigns.content.merge import ContentError, Template
from campaigns.models import Campaign, Message
from customers.models import CustomAttribute, Customer
from tests.campaigns.conftest import Scripted, send, start, states
from tests.fakes.sms_gateway import FakeGateway

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite_suffices,
    pytest.mark.usefixtures("chosen", "sending"),
]
People = Callable[..., list[Customer]]
ONE = Outgoing(key="k-1", channel="sms", recipient="+33612000000", text="Bonjour", sender="Shop")


def answering(
    monkeypatch: pytest.MonkeyPatch, provider: SmsGateway, answer: httpx.Response
) -> None:
    transport = httpx.MockTransport(lambda _request: answer)
    monkeypatch.setattr(provider, "_client", httpx.Client(transport=transport))


@pytest.fixture
def phone(gateway: FakeGateway) -> SmsGateway:
    return SmsGateway(conf.sms_gateway())


def test_one_persons_odd_value_fails_their_message_and_no_other(
    campaign: Campaign, people: People
) -> None:
    CustomAttribute.objects.create(key="since", label="Client depuis", type="text")
    Campaign.objects.update(body='Depuis {{ attr.since | date: "%Y" }}')
    people(1, attributes={"since": "9" * 25})
    people(2, attributes={"since": "2020-05-01"})
    start(campaign)
    send(campaign)
    assert states(campaign) == {"failed": 1, "delivered": 2}


def test_a_fault_of_ours_leaves_nobody_in_doubt_and_stops_the_campaign(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(content.Compiled, "render", broken)
    monkeypatch.setattr(rate, "RedisBucket", lambda _channel: rate.Unlimited())
    people(3)
    start(campaign)
    tasks.send_batches(campaign.pk)
    assert states(campaign) == {"queued": 3}
    stopped = Campaign.objects.get()
    assert (stopped.state, bool(stopped.state_reason)) == ("failed", True)
    assert set(campaign.messages.values_list("attempts", flat=True)) == {0}


def test_a_cache_lost_after_the_claim_puts_nobody_in_doubt(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Going:
        def eval(self, script: str, *_args: Any) -> list[int]:
            if "granted" in script:
                return [50, 0]
            raise redis.ConnectionError

    bucket = rate.RedisBucket("email", Going())  # type: ignore[arg-type]
    monkeypatch.setattr(rate, "RedisBucket", lambda _channel: bucket)
    people(3)
    start(campaign)
    tasks.send_batches(campaign.pk)
    assert states(campaign) == {"delivered": 3}


def test_a_temporary_answer_too_late_does_not_reopen_what_is_over(
    campaign: Campaign, people: People
) -> None:
    people(1)
    start(campaign)
    claim = claims.claim(campaign.pk, Scripted(), 10)
    message = claim.items[0].message
    Message.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    Message.objects.filter(state="sending").update(state="uncertain")
    assert lifecycle.finish(campaign.pk)
    late = Result(tokens.message_key(message.pk), Fate.TEMPORARY, error="busy")
    outcomes.record(campaign.pk, claim.id, [(message, late)])
    assert states(campaign) == {"uncertain": 1}


def test_what_a_provider_says_is_kept_without_what_a_database_refuses(
    campaign: Campaign, people: People
) -> None:
    class Odd(Scripted):
        def send(self, messages: Any) -> list[Result]:
            fates = (Fate.ACCEPTED, Fate.PERMANENT)
            return [
                Result(m.key, fate, provider_id="r\x00\ud800f", error="no\x00\udfff")
                for m, fate in zip(messages, fates, strict=True)
            ]

    people(2)
    start(campaign)
    send(campaign, Odd())
    assert states(campaign) == {"sent": 1, "failed": 1}
    assert campaign.messages.get(state="sent").provider_id == "r  f"
    key = tokens.message_key(campaign.messages.get(state="sent").pk)
    assert inbound.refused(key, error="gone\x00")
    assert campaign.messages.get(state="bounced").error == "gone "


def test_no_sms_leaves_while_stop_has_no_way_in(settings: Settings, gateway: FakeGateway) -> None:
    settings.SMS_GATEWAY_SECRET = ""
    with pytest.raises(ChannelFault):
        SmsGateway(conf.sms_gateway()).send([ONE])
    assert gateway.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b'{"messages": ' + b"[" * 100_000),
        httpx.Response(200, content=b" " * 1_000_001),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, json={"messages": ["k-1"]}),
        httpx.Response(200, json={"messages": [{"id": "k-1", "status": {}}]}),
    ],
    ids=["deep", "deeper", "long", "not text", "not entries", "no status"],
)
def test_an_unreadable_answer_is_uncertain(
    monkeypatch: pytest.MonkeyPatch, phone: SmsGateway, answer: httpx.Response
) -> None:
    answering(monkeypatch, phone, answer)
    assert phone.send([ONE])[0].fate is Fate.UNCERTAIN


def test_an_answer_that_trickles_for_ever_is_given_up(
    monkeypatch: pytest.MonkeyPatch, phone: SmsGateway
) -> None:
    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            while True:
                yield b" "

    clock = iter(range(10_000))
    monkeypatch.setattr("campaigns.channels.sms_gateway.time.monotonic", lambda: float(next(clock)))
    answering(monkeypatch, phone, httpx.Response(200, stream=Trickle()))
    assert phone.send([ONE])[0].fate is Fate.UNCERTAIN


@pytest.mark.parametrize("wait", ["²", "-1", "soon", "9" * 400])
def test_an_odd_retry_after_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, phone: SmsGateway, wait: str
) -> None:
    headers = [(b"Retry-After", wait.encode("latin-1"))]
    answering(monkeypatch, phone, httpx.Response(429, headers=headers))
    result = phone.send([ONE])[0]
    assert result.fate is Fate.TEMPORARY
    assert outcomes.backoff(1, result.retry_after) <= 3600


def test_a_text_cannot_be_multiplied_until_the_memory_is_full() -> None:
    bomb = '{{ "aaaaaaaaaa"' + ' | replace: "a", "aaaaaaaaaa"' * 12 + " }}"
    with pytest.raises(ContentError):
        Template(bomb).render({})
    assert Template('{{ x | replace: "a", "b" }}', escape=True).render({"x": "a<"}) == "b&lt;"


@pytest.mark.parametrize(
    "source",
    [
        '{{ "a" | replace: "a", x }}',
        '{{ x | replace: "q", "z" }}',
        '{{ x | append: "!" }}',
        '{{ "!" | append: x }}',
        '{{ "" | default: x }}',
        "{{ x | truncate: 30, x }}",
        '{{ "2020-01-01" | date: x }}',
        "{{ x | slice: 0, 30 }}",
    ],
)
def test_no_filter_lets_a_value_through_as_markup(source: str) -> None:
    assert "<" not in Template(source, escape=True).render({"x": "<img src=x onerror=alert(1)>"})


def test_a_gateways_words_are_json_whatever_they_hold(phone: SmsGateway) -> None:
    entry = {"id": "k-1", "status": "accepted", "reference": ["a"] * 50}
    kept = sms_gateway._entries(json.dumps({"messages": [entry]}).encode())
    assert kept is not None
    assert len(sms_gateway._result(ONE, kept["k-1"]).provider_id) <= 120


@pytest.mark.parametrize(
    "address", ["", "abc", "@", "a@", "a b@c", '"@x', "a@b\r\nBcc: c@d", "<>", "("]
)
def test_an_address_no_e_mail_can_carry_fails_alone(settings: Settings, address: str) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    letter = replace(ONE, channel="email", sender="shop@example.com", recipient=address)
    assert Smtp().send([letter])[0].fate in (Fate.PERMANENT, Fate.TEMPORARY)
