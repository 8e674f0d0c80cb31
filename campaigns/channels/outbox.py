"""The test outbox: accepts everything, shows it in the app, sends nothing to anyone.

Invariant: a message is accepted once, whatever is handed over twice (unique message id).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns import conf
from campaigns.channels.base import Fate, Outgoing, Result
from campaigns.models import OutboxMessage


class TestOutbox:
    """Where messages land while no provider is configured for their channel."""

    __test__ = False  # not a test class, whatever its name makes pytest believe

    name = "outbox"
    label = _("Test outbox")
    is_test = True
    batch_size = conf.LARGEST_REQUEST
    timeout = 10.0
    idempotent = True

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        """Store each message once; they are in the recipient's hands at once."""
        rows = [_row(message) for message in messages]
        OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
        return [
            Result(m.key, Fate.ACCEPTED, provider_id=f"outbox-{m.key}", delivered=True)
            for m in messages
        ]

    def close(self) -> None:
        """Nothing is held open."""


def _row(message: Outgoing) -> OutboxMessage:
    sender = message.sender
    if message.sender_name:
        sender = f"{message.sender_name} <{message.sender}>"
    return OutboxMessage(
        message_id=message.message_id,
        channel=message.channel,
        recipient=message.recipient,
        sender=sender[:120],
        subject=message.subject[:300],
        text=message.text,
        html=message.html,
        headers=dict(message.headers),
    )
