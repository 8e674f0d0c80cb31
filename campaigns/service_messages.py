"""Messages that people ask for themselves, such as a link to confirm, sent for the other apps.

They leave through the same provider as campaigns, or land in the test outbox. Invariant: they are
no Message, count in no result, and carry the mark by which automatic answers are not sent back.
"""

from __future__ import annotations

from typing import Final

import structlog

from campaigns import tokens
from campaigns.channels import ChannelFault, Fate, Outgoing, provider_for
from campaigns.delivery import identity
from campaigns.models import SendingSettings
from customers import extensions
from customers.extensions import ServiceMessage

AUTOMATIC: Final = {"Auto-Submitted": "auto-generated"}
logger = structlog.get_logger(__name__)


def register() -> None:
    """Let customers send through our channels."""
    extensions.register_messenger(send)


def send(message: ServiceMessage) -> bool:
    """Send one message now; whether the provider took it, or may have taken it."""
    sender, name, headers = identity(message.channel, SendingSettings.load())
    outgoing = Outgoing(
        key=f"{tokens.installation()}-{message.key}",
        channel=message.channel,
        recipient=message.recipient,
        text=message.text,
        sender=sender,
        sender_name=name,
        subject=message.subject,
        html=message.html,
        headers={**headers, **AUTOMATIC},
    )
    provider = provider_for(message.channel)
    try:
        result = provider.send([outgoing])[0]
    except ChannelFault as fault:
        logger.warning("service message not sent", channel=message.channel, why=str(fault))
        return False
    finally:
        provider.close()
    # One whose fate is unknown may have arrived: the person asks again if it did not.
    return result.fate in (Fate.ACCEPTED, Fate.UNCERTAIN)
