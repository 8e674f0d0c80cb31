"""The contract every way out keeps, and what each provider's own failures mean."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from pytest_django import Settings

from campaigns import conf
from campaigns.channels import ChannelFault, Fate, Outgoing, Provider, provider_for
from campaigns.channels.outbox import TestOutbox
from campaigns.channels.sms_gateway import SmsGateway
from campaigns.channels.smtp import Smtp
from campaigns.models import Campaign, OutboxMessage
from customers.models import Customer, Suppression
from tests.campaigns.conftest import send, start, states
from tests.fakes.sms_gateway import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@dataclass
class SmtpSink:
    """A real SMTP server; each hook may give the reply to its command."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    on_mail: str = ""
    on_rcpt: str = ""
    on_data: str = ""
    drop_data: bool = False
    sessions: int = 0

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.on_mail or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if not self.on_rcpt:
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return self.on_rcpt or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        if self.drop_data:
            server.transport.abort()
            await asyncio.sleep(0.2)
        self.received.append(envelope.content)
        return self.on_data or "250 OK"


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SmtpSink]:
    sink = SmtpSink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    sink.port = controller.port
    settings.EMAIL_URL = f"smtp://127.0.0.1:{sink.port}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 2
    yield sink
    controller.stop()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def mail(key: str = "k-1", **fields: Any) -> Outgoing:
    values: dict[str, Any] = {
        "recipient": "a@example.com",
        "text": "Bonjour\n.\nun point",
        "html": "<p>Bonjour</p>",
        "subject": "Été à −20 %",
        "sender": "shop@example.com",
        "sender_name": "La Boutique, été",
    }
    return Outgoing(key=key, channel="email", **values | fields)


def text(key: str = "k-1", **fields: Any) -> Outgoing:
    values: dict[str, Any] = {"recipient": "+33612000001", "text": "Soldes", "sender": "Boutique"}
    return Outgoing(key=key, channel="sms", **values | fields)


Make = Callable[..., Outgoing]


@pytest.fixture(params=["smtp", "sms_gateway", "outbox_email", "outbox_sms"])
def way(request: pytest.FixtureRequest) -> tuple[Provider, Make]:
    """Every provider, ready to send."""
    if request.param == "smtp":
        request.getfixturevalue("smtp")
        return Smtp(), mail
    if request.param == "sms_gateway":
        request.getfixturevalue("gateway")
        return SmsGateway(conf.sms_gateway()), text
    channel = request.param.removeprefix("outbox_")
    return TestOutbox(channel), mail if channel == "email" else text


def test_each_message_gets_one_result_in_order(way: tuple[Provider, Make]) -> None:
    provider, make = way
    results = provider.send([make("k-2"), make("k-1"), make("k-3")])
    assert [result.key for result in results] == ["k-2", "k-1", "k-3"]
    assert all(result.accepted and result.provider_id for result in results)
    provider.close()


def test_a_provider_says_how_it_may_be_used(way: tuple[Provider, Make]) -> None:
    provider, make = way
    assert 1 <= provider.batch_size <= 50
    assert provider.timeout > 0
    assert provider.channel == make().channel
    assert provider.is_test == isinstance(provider, TestOutbox)


def test_a_provider_can_be_used_again_after_it_was_closed(way: tuple[Provider, Make]) -> None:
    provider, make = way
    assert provider.send([make("k-1")])[0].accepted
    if provider.name != "sms_gateway":
        provider.close()
        assert provider.send([make("k-2")])[0].accepted
    provider.close()


def test_a_refused_connection_is_temporary(settings: Settings, smtp: SmtpSink) -> None:
    settings.EMAIL_PORT = free_port()
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{free_port()}/"
    settings.SMS_GATEWAY_SECRET = "webhook-secret"
    assert Smtp().send([mail()])[0].fate is Fate.TEMPORARY
    assert SmsGateway(conf.sms_gateway()).send([text()])[0].fate is Fate.TEMPORARY


@pytest.mark.parametrize(
    ("mode", "fate"),
    [
        ("reject", Fate.PERMANENT),
        ("retry", Fate.TEMPORARY),
        ("http_429", Fate.TEMPORARY),
        ("http_503", Fate.TEMPORARY),
        ("http_400", Fate.PERMANENT),
        ("http_500", Fate.UNCERTAIN),
        ("garbage", Fate.UNCERTAIN),
        ("drop", Fate.UNCERTAIN),
        ("hang", Fate.UNCERTAIN),
    ],
)
def test_what_the_gateways_answers_mean(gateway: FakeGateway, mode: str, fate: Fate) -> None:
    gateway.mode = mode
    results = provider_for("sms").send([text("k-1"), text("k-2")])
    assert [result.fate for result in results] == [fate, fate]


def test_a_message_the_answer_leaves_out_is_uncertain(gateway: FakeGateway) -> None:
    gateway.mode = "partial"
    results = provider_for("sms").send([text("k-1"), text("k-2")])
    assert [result.fate for result in results] == [Fate.ACCEPTED, Fate.UNCERTAIN]


def test_a_number_that_does_not_exist_is_told_apart(gateway: FakeGateway) -> None:
    gateway.mode = "bad_number"
    assert provider_for("sms").send([text()])[0].bad_address


def test_the_gateway_says_when_to_come_back(gateway: FakeGateway) -> None:
    gateway.mode = "http_429"
    assert provider_for("sms").send([text()])[0].retry_after == 7


def test_a_refused_token_is_a_fault_of_the_channel(gateway: FakeGateway) -> None:
    gateway.mode = "http_401"
    with pytest.raises(ChannelFault):
        provider_for("sms").send([text()])


def test_the_gateway_gets_what_its_documentation_says(gateway: FakeGateway) -> None:
    provider_for("sms").send([text("k-1", text="L'été ☀")])
    assert gateway.tokens == ["Bearer gateway-token"]
    assert gateway.requests == [
        {"messages": [{"id": "k-1", "to": "+33612000001", "from": "Boutique", "text": "L'été ☀"}]}
    ]


@pytest.mark.parametrize(
    ("hook", "reply", "fate", "bad"),
    [
        ("on_mail", "451 4.3.0 later", Fate.TEMPORARY, False),
        ("on_mail", "550 5.7.1 not you", Fate.PERMANENT, False),
        ("on_rcpt", "450 4.2.1 busy", Fate.TEMPORARY, False),
        ("on_rcpt", "550 5.1.1 no such user", Fate.PERMANENT, True),
        ("on_rcpt", "550 5.7.1 policy", Fate.PERMANENT, False),
        ("on_rcpt", "552 5.2.2 full", Fate.PERMANENT, False),
        ("on_data", "451 4.7.1 greylisted", Fate.TEMPORARY, False),
        ("on_data", "554 5.6.0 refused", Fate.PERMANENT, False),
    ],
)
def test_what_the_smtp_servers_replies_mean(
    smtp: SmtpSink, hook: str, reply: str, fate: Fate, bad: bool
) -> None:
    setattr(smtp, hook, reply)
    provider = Smtp()
    first = provider.send([mail("k-1")])[0]
    assert (first.fate, first.bad_address) == (fate, bad)
    assert "a@example.com" not in first.error
    setattr(smtp, hook, "")
    assert provider.send([mail("k-2")])[0].accepted
    provider.close()


def test_a_connection_lost_after_the_body_is_uncertain(smtp: SmtpSink) -> None:
    smtp.drop_data = True
    assert Smtp().send([mail()])[0].fate is Fate.UNCERTAIN


def test_an_idle_connection_that_the_server_closed_is_opened_again(smtp: SmtpSink) -> None:
    provider = Smtp()
    assert provider.send([mail("k-1")])[0].accepted
    assert provider._server is not None
    assert provider._server.sock is not None
    provider._server.sock.shutdown(socket.SHUT_RDWR)
    assert provider.send([mail("k-2")])[0].accepted
    assert smtp.sessions == 2
    provider.close()


def test_one_connection_serves_many_messages(smtp: SmtpSink) -> None:
    provider = Smtp()
    provider.send([mail("k-1"), mail("k-2"), mail("k-3")])
    provider.close()
    assert (smtp.sessions, len(smtp.received)) == (1, 3)


def test_an_e_mail_has_text_first_and_its_headers(smtp: SmtpSink) -> None:
    headers = {"List-Unsubscribe": "<https://x/d/t>", "Reply-To": "hello@example.com"}
    Smtp().send([mail(headers=headers)])
    found = message_from_bytes(smtp.received[0], policy=policy.default)
    assert found["Subject"] == "Été à −20 %"
    assert found["From"].addresses[0].display_name == "La Boutique, été"
    assert found["List-Unsubscribe"] == "<https://x/d/t>"
    assert found["Reply-To"] == "hello@example.com"
    parts = [part.get_content_type() for part in found.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    plain = found.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines() == ["Bonjour", ".", "un point"]


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "a\r\nBcc: evil@example.com"},
        {"recipient": "a@example.com\r\nRCPT TO:<evil@example.com>"},
        {"sender_name": "a\nBcc: evil@example.com"},
        {"headers": {"Reply-To": "a@example.com\r\nBcc: evil@example.com"}},
    ],
)
def test_no_line_break_ever_reaches_a_header(smtp: SmtpSink, fields: dict[str, Any]) -> None:
    result = Smtp().send([mail(**fields)])[0]
    assert result.fate is Fate.PERMANENT
    assert smtp.received == []


def test_an_address_beyond_ascii_is_refused_and_not_a_crash(smtp: SmtpSink) -> None:
    assert Smtp().send([mail(recipient="été@exämple.fr")])[0].fate is Fate.PERMANENT
    assert Smtp().send([mail()])[0].accepted


def test_the_outbox_keeps_one_copy_of_a_message() -> None:
    outbox = TestOutbox("sms")
    outbox.send([text("k-1"), text("k-2")])
    assert OutboxMessage.objects.count() == 2
    assert OutboxMessage.objects.latest("id").recipient == "+33612000001"


def test_without_configuration_everything_goes_to_the_outbox(settings: Settings) -> None:
    assert provider_for("sms").is_test
    assert provider_for("email").is_test


@pytest.mark.usefixtures("chosen", "sending")
def test_a_campaign_leaves_by_smtp_with_its_own_way_out_for_each(
    smtp: SmtpSink, campaign: Campaign, people: Callable[..., list[Customer]]
) -> None:
    people(3)
    start(campaign)
    send(campaign)
    assert states(campaign) == {"sent": 3}
    assert smtp.sessions == 1
    assert sorted(smtp.recipients) == [f"person{n}@example.com" for n in range(3)]
    mails = [message_from_bytes(raw, policy=policy.default) for raw in smtp.received]
    ways_out = {str(mail["List-Unsubscribe"]) for mail in mails}
    assert len(ways_out) == len({str(mail["Message-ID"]) for mail in mails}) == 3
    assert all(mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" for mail in mails)
    path = urlsplit(ways_out.pop().strip("<>")).path
    assert Client().post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Suppression.objects.count() == 1
