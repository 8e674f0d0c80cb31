"""People, segments and campaigns to send, and providers that do what a test wants."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from campaigns import audience, delivery, lifecycle, preparation, progress, rate
from campaigns.channels import Fate, Outgoing, Result
from campaigns.models import Campaign, CampaignSegment, SendingSettings
from customers.models import ConsentRecord, Customer
from segmentation.models import Segment
from tests.fakes.sms_gateway import FakeGateway

# A reader, not a machine.
READER = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari"}
# A Tuesday at noon in Paris, far from any holiday.
NOON = dt.datetime(2026, 10, 13, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def segment(db: None) -> Segment:
    return Segment.objects.create(name="Everyone", rule={"version": 1, "rule": {"all": []}})


@pytest.fixture
def people(db: None) -> Callable[..., list[Customer]]:
    """Make customers with an e-mail, a mobile and consent to everything, or as told."""

    def make(
        number: int,
        *,
        consents: Sequence[str] = ("email", "sms"),
        state: str = "given",
        **fields: Any,
    ) -> list[Customer]:
        first = Customer.objects.count()
        made = Customer.objects.bulk_create(
            Customer(
                **{
                    "external_id": f"C{place}",
                    "first_name": f"Name{place}",
                    "email": f"person{place}@example.com",
                    "phone": f"+336120{place:05}",
                    "postal_code": "75011",
                }
                | fields
            )
            for place in range(first, first + number)
        )
        ConsentRecord.objects.bulk_create(
            ConsentRecord(
                customer=customer,
                subject=subject,
                state=state,
                source="test",
                occurred_at=timezone.now() - dt.timedelta(days=1),
            )
            for customer in made
            for subject in consents
        )
        return made

    return make


@pytest.fixture
def campaign(segment: Segment) -> Campaign:
    """An e-mail campaign at everyone, still a draft."""
    return make_campaign(segment)


def make_campaign(segment: Segment, **fields: Any) -> Campaign:
    values: dict[str, Any] = {
        "name": "Autumn",
        "channel": "email",
        "subject": "Bonjour {{ first_name }}",
        "body": "Voyez [nos offres](https://shop.example/offres).",
    }
    if fields.get("channel") == "sms":
        values |= {"subject": "", "body": "Bonjour {{ first_name }} https://shop.example/sms"}
    made = Campaign.objects.create(**values | fields)
    CampaignSegment.objects.create(campaign=made, segment=segment)
    return made


@pytest.fixture
def sms_campaign(segment: Segment) -> Campaign:
    """A promotional SMS campaign at everyone, in a window that is open at any hour of a test."""
    return make_campaign(segment, channel="sms")


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, segment: Segment) -> None:
    """Let the audience be everyone in the database, without a snapshot."""

    def everyone(campaign: Campaign) -> list[tuple[int, int]]:
        pks = Customer.objects.order_by("-pk").values_list("pk", flat=True)
        return [(pk, segment.pk) for pk in pks]

    monkeypatch.setattr(audience, "freeze", everyone)


@pytest.fixture
def open_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the legal window open whatever the hour."""
    monkeypatch.setattr("campaigns.window.opening_in", lambda *_a, **_k: None)


def start(campaign: Campaign) -> Campaign:
    """Launch and prepare, as a person and a worker would."""
    lifecycle.launch(campaign, None)
    preparation.prepare(campaign.pk)
    campaign.refresh_from_db()
    return campaign


class Scripted:
    """A provider that answers what it is told and remembers what it was asked."""

    name = "scripted"
    label = "scripted"
    is_test = False
    batch_size = 50
    timeout = 5.0

    def __init__(self, fate: Fate = Fate.ACCEPTED, *, idempotent: bool = False, **fields: Any):
        self.fate, self.fields, self.idempotent = fate, fields, idempotent
        self.asked: list[Outgoing] = []
        self.requests = 0
        self.channel = ""
        self.before: Callable[[], object] | None = None

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        self.requests += 1
        if self.before is not None:
            self.before()
        self.asked += messages
        return [Result(m.key, self.fate, f"p-{m.key}", **self.fields) for m in messages]

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def browser() -> Client:
    return Client(headers=READER, enforce_csrf_checks=True)


@pytest.fixture
def sent(
    chosen: None,
    sending: SendingSettings,
    campaign: Campaign,
    people: Callable[..., list[Customer]],
) -> Campaign:
    """Sent to one person who is followed and one who is not, in that order."""
    people(1, consents=("email", "sms", "tracking"))
    people(1)
    start(campaign)
    send(campaign)
    return campaign


@pytest.fixture
def gateway(settings: Settings) -> Iterator[FakeGateway]:
    """A real gateway on a local port, configured as the SMS channel's."""
    with FakeGateway() as running:
        settings.SMS_GATEWAY_URL = running.url
        settings.SMS_GATEWAY_TOKEN = "gateway-token"
        settings.SMS_GATEWAY_SECRET = "webhook-secret"
        settings.SMS_GATEWAY_TIMEOUT = "1"
        settings.SMS_STOP_NUMBER = "36111"
        yield running


@pytest.fixture
def sending(db: None) -> SendingSettings:
    rules = SendingSettings.load()
    rules.sms_sender, rules.sender_email, rules.sender_name = "Boutique", "shop@example.com", "Shop"
    rules.sms_rate = rules.email_rate = 10_000
    rules.save()
    return rules


def send(campaign: Campaign, provider: Scripted | None = None) -> delivery.Slice:
    return delivery.send_slice(
        campaign.pk, seconds=30, provider=provider, bucket=rate.Unlimited(), sleep=lambda _s: None
    )


def states(campaign: Campaign) -> dict[str, int]:
    return dict(Counter(campaign.messages.values_list("state", flat=True)))


def balanced(campaign: Campaign) -> bool:
    campaign.refresh_from_db()
    return progress.accounts(campaign).balanced


@pytest.fixture
def sign_in(client: Client) -> Callable[[str], Client]:
    def as_role(role: str) -> Client:
        user = User.objects.create_user(f"{role}@shop.example", role=role)
        client.force_login(user)
        return client

    return as_role


@pytest.fixture
def marketer(sign_in: Callable[[str], Client]) -> Client:
    return sign_in(User.Role.MARKETER)


@pytest.fixture
def draft(segment: Segment) -> Campaign:
    campaign = Campaign.objects.create(
        name="Rentrée", channel="email", subject="Bonjour", body="Bonjour {{ first_name }}"
    )
    CampaignSegment.objects.create(campaign=campaign, segment=segment)
    return campaign
