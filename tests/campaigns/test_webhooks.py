"""The gateway's way in: signatures, STOP in all its spellings, receipts."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from campaigns import inbound, tokens
from campaigns.models import Campaign, Engagement, Message
from customers.consent import consent_states
from customers.models import Customer, Suppression
from segmentation.models import Segment
from tests.campaigns.conftest import make_campaign, send, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chosen", "sending")]
People = Callable[..., list[Customer]]
SECRET = "webhook-secret"


def signed(
    name: str, entries: list[dict[str, Any]], *, secret: str = SECRET, age: int = 0
) -> dict[str, Any]:
    body = json.dumps({name: entries}).encode()
    stamp = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-Tamis-Timestamp": stamp, "X-Tamis-Signature": f"sha256={digest}"}
    return {"data": body, "content_type": "application/json", "headers": headers}


@pytest.fixture
def secret(settings: Settings) -> None:
    settings.SMS_GATEWAY_SECRET = SECRET


STOP, RECEIPTS = "/passerelle/sms/entrants", "/passerelle/sms/recus"


def test_stop_acts_at_once_on_the_number(browser: Client, people: People, secret: None) -> None:
    one, two = people(2, phone="+33612000007")
    answer = browser.post(STOP, **signed("messages", [{"from": "33612000007", "text": "Stop."}]))
    assert answer.json() == {"applied": 1, "unreadable": 0}
    assert consent_states([one.pk, two.pk], "sms") == {one.pk: "withdrawn", two.pk: "withdrawn"}
    assert consent_states([one.pk], "email") == {one.pk: "given"}
    assert Suppression.objects.get().reason == "stop"


def test_stop_from_a_number_nobody_has_is_kept_too(browser: Client, secret: None) -> None:
    browser.post(STOP, **signed("messages", [{"from": "06 12 00 00 07", "text": "STOP"}]))
    assert Suppression.objects.count() == 1


def test_an_answer_that_is_no_stop_suppresses_nobody(
    browser: Client, people: People, secret: None
) -> None:
    people(1)
    answer = browser.post(STOP, **signed("messages", [{"from": "+33612000000", "text": "Merci"}]))
    assert answer.json()["applied"] == 0
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "stop", "Stop.", " stop ! ", "« STOP »", "S.T.O.P", "S T O P", "STOP36111"),
        *("Stop SMS", "stop pub", "STOPSMS", "stop svp merci", "Je dis STOP", "stopp", "ＳＴＯＰ"),
        *("Arrêt", "ARRET", "arrêter", "Arrêtez !", "arreter svp", "Désabonner", "DESABONNEMENT"),
        *("désabonnez-moi", "Désinscription", "me désinscrire", "unsubscribe", "UNSUB", "quit"),
        *("end", "cancel", "Résilier"),
    ],
)
def test_every_usual_spelling_is_a_stop(text: str) -> None:
    assert inbound.is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Merci", "Oui", "ok pour samedi", "à l'arrêt de bus", "weekend", "stoppeur", "??"),
        *("Quel est le prix ?", "Christophe", "je passe a l arret de tram"),
    ],
)
def test_other_answers_are_not(text: str) -> None:
    assert not inbound.is_stop(text)


@pytest.mark.parametrize("fault", ["unsigned", "secret", "old", "future", "body", "none"])
def test_nothing_is_read_from_what_is_not_signed(
    browser: Client, secret: None, settings: Settings, fault: str
) -> None:
    request = signed("messages", [{"from": "+33612000007", "text": "STOP"}])
    match fault:
        case "unsigned":
            request["headers"] = {}
        case "secret":
            request = signed("messages", [{"from": "+33612000007", "text": "STOP"}], secret="x")
        case "old":
            request = signed("messages", [{"from": "+33612000007", "text": "STOP"}], age=301)
        case "future":
            request = signed("messages", [{"from": "+33612000007", "text": "STOP"}], age=-301)
        case "body":
            request["data"] += b" "
        case "none":
            settings.SMS_GATEWAY_SECRET = ""
    assert browser.post(STOP, **request).status_code == (503 if fault == "none" else 403)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b'{"messages": 3}', 400),
        (b'{"messages": [3]}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 5000, 400),
        (b'{"messages": [' + b"{}," * 1000 + b"{}]}", 413),
        (b" " * 300_000, 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    browser: Client, secret: None, body: bytes, status: int
) -> None:
    request = signed("messages", [])
    stamp = request["headers"]["X-Tamis-Timestamp"]
    digest = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    request["headers"]["X-Tamis-Signature"] = digest
    request["data"] = body
    assert browser.post(STOP, **request).status_code == status


def test_one_bad_entry_does_not_hide_the_others(browser: Client, secret: None) -> None:
    entries: list[dict[str, Any]] = [
        {"from": "nobody", "text": "STOP"},
        {},
        {"from": "+33612000007", "text": "STOP"},
    ]
    answer = browser.post(STOP, **signed("messages", entries))
    assert answer.json() == {"applied": 1, "unreadable": 2}


def test_the_webhooks_take_only_posts(browser: Client, secret: None) -> None:
    assert browser.get(STOP).status_code == browser.get(RECEIPTS).status_code == 405


def test_receipts_deliver_and_bounce(browser: Client, sent: Campaign, secret: None) -> None:
    Message.objects.update(state="sent", delivered_at=None)
    one, two = sent.messages.order_by("id")
    entries: list[dict[str, Any]] = [
        {"id": tokens.message_key(one.pk), "status": "delivered"},
        {
            "id": tokens.message_key(two.pk),
            "status": "failed",
            "error": "absent",
            "invalid_number": True,
        },
        {"id": "other-12", "status": "delivered"},
        {"id": tokens.message_key(one.pk), "status": "who knows"},
    ]
    answer = browser.post(RECEIPTS, **signed("receipts", entries))
    assert answer.json() == {"applied": 2, "unreadable": 1}
    assert [m.state for m in sent.messages.order_by("id")] == ["delivered", "bounced"]
    assert Suppression.objects.get().reason == "bounce"
    assert browser.post(RECEIPTS, **signed("receipts", entries)).json()["applied"] == 0


def test_a_receipt_may_name_the_gateways_reference(
    browser: Client, sent: Campaign, secret: None
) -> None:
    Message.objects.update(state="sent", provider_id="ref-9")
    Message.objects.filter(pk=sent.messages.latest("id").pk).update(provider_id="ref-10")
    entry = {"reference": "ref-10", "status": "delivered"}
    browser.post(RECEIPTS, **signed("receipts", [entry]))
    assert sent.messages.get(provider_id="ref-10").state == "delivered"


def test_a_stop_counts_in_the_campaign_it_answers(
    browser: Client, people: People, segment: Segment, secret: None, open_window: None
) -> None:
    (person,) = people(1)
    older, newer = (start(make_campaign(segment, channel="sms")) for _ in range(2))
    send(older)
    send(newer)
    browser.post(STOP, **signed("messages", [{"from": person.phone, "text": "STOP"}]))
    engagement = Engagement.objects.get()
    assert (engagement.kind, engagement.campaign_id) == ("unsubscribe", newer.pk)
    browser.post(STOP, **signed("messages", [{"from": person.phone, "text": "ok merci"}]))
    assert Engagement.objects.filter(kind="reply", campaign=newer).count() == 1
