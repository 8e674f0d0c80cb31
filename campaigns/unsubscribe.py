"""The way out that every promotional e-mail carries (RFC 8058).

Invariant: one word from the recipient is enough and acts at once: a withdrawal in the ledger of
everyone who has the address, and the suppression of the address on that channel. Saying it twice
changes nothing more. A link outlives its message: it carries the keyed hash of the address, so it
still acts where the person was deleted since, and holds should they ever come back.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from campaigns import conf, tokens
from campaigns.models import Engagement, Message
from customers import preferences
from customers.consent import suppressed_hashes, withdraw_hash
from customers.fields import address_hash
from customers.models import Channel, Suppression

# Kept in the ledger, so in the language of the shop, whatever that of the person's browser.
SOURCE = _("Unsubscribe link")


@dataclass(frozen=True)
class Recipient:
    """Whose word a link is: an address, by its keyed hash, and the message if it still exists.

    The hash is '' for an old link whose message is gone: there is nothing left to act on.
    """

    address_hash: str
    message: Message | None

    @property
    def has_left(self) -> bool:
        """Whether nobody writes to this address any more."""
        return bool(suppressed_hashes(Channel.EMAIL, [self.address_hash]))

    @property
    def preferences_url(self) -> str:
        """Where they choose what they receive; '' for someone we no longer know."""
        if self.message is None or not self.address_hash:
            return ""
        customer = self.message.customer
        if customer.email_hash != self.address_hash:
            return ""
        return preferences.url(customer, Channel.EMAIL)


def url(message: Message) -> str:
    """The address of a message's own unsubscribe page."""
    hashed = address_hash(message.address) or ""
    path = reverse("campaigns:unsubscribe", args=[tokens.unsubscribe(message.pk, hashed)])
    return conf.absolute(path)


def headers(message: Message) -> dict[str, str]:
    """What mail programs show their own button from."""
    return {
        "List-Unsubscribe": f"<{url(message)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def recipient_of(token: str) -> Recipient | None:
    """Whom a token belongs to; None for one that is not ours, or not of an e-mail."""
    leaving = tokens.read_unsubscribe(token)
    if leaving is None:
        return None
    messages = Message.objects.select_related("customer").exclude(address=None)
    message = messages.filter(pk=leaving.message).first()
    if message is None:
        return Recipient(leaving.address_hash, None)
    if message.channel != Channel.EMAIL:
        return None
    return Recipient(leaving.address_hash or address_hash(message.address) or "", message)


def unsubscribe(recipient: Recipient) -> None:
    """Act on the recipient's word."""
    with transaction.atomic(), override(settings.LANGUAGE_CODE):
        # The address last: the order in which all rows about people are locked.
        if recipient.message is not None:
            note_once(recipient.message, Engagement.Kind.UNSUBSCRIBE)
        reason = Suppression.Reason.UNSUBSCRIBE
        withdraw_hash(Channel.EMAIL, recipient.address_hash, reason, str(SOURCE))


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
