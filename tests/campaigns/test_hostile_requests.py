"""Requests nobody makes by hand: odd parameters, refused addresses, senders in any form."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import throttle
from campaigns.models import Campaign, OutboxMessage
from campaigns.views.gateway import _number
from customers.consent import suppress
from customers.models import Customer, Suppression
from segmentation import snapshot

pytestmark = pytest.mark.django_db
ODD = ["²", "٣", "-1", "9" * 30, "1e3", "\0", "' OR 1=1 --"]


@pytest.mark.parametrize("value", ODD)
def test_odd_parameters_are_no_fault(marketer: Client, draft: Campaign, value: str) -> None:
    outbox = {"campaign": value, "message": value, "q": value, "page": value, "channel": value}
    assert marketer.get(reverse("campaigns:outbox"), outbox).status_code == 200
    listed = {"q": value, "state": value, "page": value}
    assert marketer.get(reverse("campaigns:list"), listed).status_code == 200
    Customer.objects.create(first_name="Zoé", email="zoe@post.example")
    snapshot.sync()
    content = reverse("campaigns:content", args=[draft.pk])
    assert marketer.get(content, {"person": value}).status_code == 200


def test_a_preview_that_cannot_be_made_says_why(marketer: Client, draft: Campaign) -> None:
    person = Customer.objects.create(first_name="Zoé", email="zoe@post.example")
    Campaign.objects.update(subject="{{ last_name }}")
    page = marketer.get(reverse("campaigns:preview_mail", args=[draft.pk, person.pk]))
    assert page.status_code == 422
    assert "sandbox" in page["Content-Security-Policy"]


@pytest.mark.parametrize("recipient", ["", "me", "me@", "a@b@c", "me@shop.example\nBcc: x@y.z"])
def test_a_test_goes_to_an_address_only(marketer: Client, draft: Campaign, recipient: str) -> None:
    url = reverse("campaigns:send_test", args=[draft.pk])
    assert marketer.post(url, {"recipient": recipient}).status_code == 302
    assert not OutboxMessage.objects.exists()


def test_a_test_reaches_nobody_who_refused(marketer: Client, draft: Campaign) -> None:
    suppress("email", "no@post.example", Suppression.Reason.UNSUBSCRIBE)
    url = reverse("campaigns:send_test", args=[draft.pk])
    marketer.post(url, {"recipient": " NO@post.example "})
    assert not OutboxMessage.objects.exists()


def test_a_test_by_sms_leaves_in_international_form(marketer: Client, draft: Campaign) -> None:
    Campaign.objects.update(channel="sms", subject="")
    marketer.post(reverse("campaigns:send_test", args=[draft.pk]), {"recipient": "06 12 34 56 78"})
    assert OutboxMessage.objects.get().recipient == "+33612345678"


@pytest.mark.parametrize(
    "sender",
    [
        "+33612345678",
        "33612345678",
        "0033612345678",
        "0612345678",
        "06.12.34.56.78",
        "33 6 12 34 56 78",
        "612345678",
        " +33 (0)6 12 34 56 78 ",
    ],
)
def test_stop_is_heard_from_a_number_in_any_form(sender: str) -> None:
    assert _number(sender) == "+33612345678"


def test_a_number_unknown_to_the_plan_can_still_say_stop() -> None:
    assert _number("999123456789") == "+999123456789"
    for nonsense in ("", "Boutique", "+", "12", "+33<script>"):
        with pytest.raises(ValidationError):
            _number(nonsense)


def test_a_made_up_link_is_refused_before_anything_is_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def allows(door: str, caller: str, most: int) -> bool:
        counted.append(caller)
        return True

    monkeypatch.setattr(throttle, "allows", allows)
    assert client.get(reverse("campaigns:click", args=["A" * 24])).status_code == 404
    assert client.post(reverse("campaigns:unsubscribe", args=["A" * 24])).status_code == 404
    assert counted == []
