"""The way out that every promotional e-mail carries (RFC 8058).

Invariant: one word from the recipient is enough and acts at once: a withdrawal in the ledger of
everyone who has the address, and the suppression of the address on that channel. Saying it twice
changes nothing more.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from campaigns import conf, tokens
from campaigns.models import Engagement, Message
from customers.consent import withdraw_address
from customers.models import Suppression

# Kept in the ledger, so in the language of the shop, whatever that of the person's browser.
SOURCE = _("Unsubscribe link")


def url(message_id: int) -> str:
    """The address of a message's own unsubscribe page."""
    path = reverse("campaigns:unsubscribe", args=[tokens.unsubscribe(message_id)])
    return conf.absolute(path)


def headers(message_id: int) -> dict[str, str]:
    """What mail programs show their own button from."""
    return {
        "List-Unsubscribe": f"<{url(message_id)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def message_of(token: str) -> Message | None:
    """The message a token belongs to; None for a wrong one, or a person erased since."""
    pk = tokens.read_unsubscribe(token)
    return Message.objects.filter(pk=pk).exclude(address=None).first() if pk else None


def unsubscribe(message: Message) -> None:
    """Act on the recipient's word."""
    assert message.address is not None
    with transaction.atomic(), override(settings.LANGUAGE_CODE):
        reason = Suppression.Reason.UNSUBSCRIBE
        withdraw_address(message.channel, message.address, reason, str(SOURCE))
        note_once(message, Engagement.Kind.UNSUBSCRIBE)


def note_once(message: Message, kind: Engagement.Kind) -> None:
    """Keep one engagement of a kind a message: what its campaign's results count."""
    same = Engagement.objects.filter(
        kind=kind, campaign_id=message.campaign_id, customer_id=message.customer_id
    )
    if not same.exists():
        Engagement.objects.create(
            kind=kind,
            campaign_id=message.campaign_id,
            customer_id=message.customer_id,
            channel=message.channel,
            segment_id=message.segment_id,
        )
