"""A form to sign up with, a visitor who reads before answering, and what was sent to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Installation
from campaigns.models import OutboxMessage
from customers.models import Signup, SignupForm
from customers.signup import sending, stamp

WORDS = "I agree to receive e-mails from the shop."
Answers = Callable[..., Any]


@pytest.fixture
def form(db: None) -> SignupForm:
    """A form that asks for everything, confirmed by link and code."""
    installation = Installation.load()
    installation.shop_name = "La Vie Claire"
    installation.save()
    return SignupForm.objects.create(
        slug="news",
        language="en",
        name="Newsletter",
        title="Hear from us",
        fields=[{"key": "first_name", "required": True, "label": ""}, {"key": "birth_date"}],
        topics=["Soap", "Tea"],
        asks_frequency=True,
        email_wording=WORDS,
        sms_wording="I agree to SMS.",
        tracking_wording="I agree to be followed.",
        tag="Newsletter",
        allowed_origins=["https://www.shop.example"],
    )


@pytest.fixture
def visitor() -> Client:
    """Someone without an account; their browser sends no token of ours."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"})


@pytest.fixture
def at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers come as if people took the time to read."""
    monkeypatch.setattr(stamp, "SHORTEST", 0.0)


@pytest.fixture
def sign_up(visitor: Client, at_leisure: None) -> Answers:
    """Answer a form as the page would send it; consent to e-mails unless told otherwise."""

    def answer(
        form: SignupForm, *, source: str = "https://www.shop.example/a", **fields: Any
    ) -> Any:
        given = {"email": "anne@example.com", "first_name": "Anne", "agree_email": "on"} | fields
        given = {name: value for name, value in given.items() if value is not None}
        given.setdefault("stamp", stamp.stamp(form, source))
        return visitor.post(reverse("customers:signup", args=[form.slug]), given)

    return answer


def deliver() -> list[OutboxMessage]:
    """Do the workers' part; every message in the test outbox, oldest first."""
    for pk in Signup.objects.values_list("pk", flat=True):
        sending.send_confirmations(pk)
    return list(OutboxMessage.objects.order_by("pk"))


def link_in(message: OutboxMessage) -> str:
    """The path of the link a message holds."""
    found = re.search(r"https?://[^/\s]+(/inscription/confirmer/\S+/)", message.text)
    assert found
    return found[1]


def code_in(message: OutboxMessage) -> str:
    """The code an SMS holds."""
    found = re.search(r"\d{6}", message.text)
    assert found
    return found[0]
