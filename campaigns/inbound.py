"""What comes back from an SMS gateway: STOP, and what became of the messages.

Invariants: STOP in any of its usual spellings acts at once on the number, for every campaign.
Receipts move a message only forwards, and the same receipt twice changes nothing.
"""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from campaigns import tokens
from campaigns.models import Campaign, Engagement, Message
from campaigns.unsubscribe import note_once
from customers import locks
from customers.consent import people_with, suppress, withdraw_address
from customers.folding import fold
from customers.models import Channel, Suppression

SOURCE: Final = _("STOP by SMS")
# Said anywhere in a short answer these mean no; the second list only as its first word.
_ANYWHERE: Final = re.compile(
    r"\bstop+\d*\b|\bstop(?:sms|pub)\b|\bdes?abonn|\bdesinscri|\bunsubscribe|\bunsub\b|\bresili"
)
_FIRST: Final = re.compile(r"^(?:arret|arrete|arreter|arretez|end|quit|cancel|remove|optout)\b")
State = Message.State


def printable(text: str, longest: int) -> str:
    """What a provider says, without the characters that a database refuses to keep."""
    return "".join(c if c.isprintable() else " " for c in text)[:longest]


def is_stop(text: str) -> bool:
    """Whether an answer asks for no more messages."""
    folded = fold(text)
    letters = re.sub(r"[\W_]+", "", folded)
    words = re.sub(r"[\W_]+", " ", folded).strip()
    if letters in ("stop", "5top", "st0p", "optout"):
        return True
    return bool(_ANYWHERE.search(words) or _FIRST.search(words))


@transaction.atomic
def answer(number: str, text: str) -> bool:
    """Take an incoming SMS in; True when it was a STOP. A number is E.164.

    What the answer says besides is not kept. Raises ValidationError for what is no number.
    """
    # By person, because messages are not indexed by address alone.
    people = list(people_with(Channel.SMS, number).values_list("pk", flat=True))
    to_them = Message.objects.filter(customer__in=people, channel=Channel.SMS, address=number)
    latest = to_them.exclude(sent_at=None).order_by("-sent_at").first()
    if not is_stop(text):
        if latest is not None:
            note_once(latest, Engagement.Kind.REPLY)
        return False
    # The address last: the order in which all rows about people are locked.
    if latest is not None:
        note_once(latest, Engagement.Kind.UNSUBSCRIBE)
    # Kept in the ledger, so in the language of the shop, whatever the gateway's request says.
    with override(settings.LANGUAGE_CODE):
        withdraw_address(Channel.SMS, number, Suppression.Reason.STOP, str(SOURCE))
    return True


@transaction.atomic
def delivered(key: str, reference: str = "") -> bool:
    """A message is in the recipient's hands; True when this was news.

    It also settles a message whose fate was unknown, even one that a person has put back into the
    queue since: it is not sent a second time.
    """
    message = _message(key, reference)
    if message is None:
        return False
    now = timezone.now()
    fields = {
        "state": State.DELIVERED,
        "sent_at": Coalesce(F("sent_at"), now),
        "delivered_at": now,
        "leased_until": None,
        "error": "",
    }
    mine = Message.objects.filter(pk=message.pk)
    if mine.filter(state__in=[State.SENDING, State.SENT, State.UNCERTAIN]).update(**fields):
        return True
    return bool(mine.filter(state=State.QUEUED, attempts__gt=0).update(**fields))


@transaction.atomic
def refused(key: str, reference: str = "", error: str = "", *, bad_address: bool = False) -> bool:
    """A message did not arrive; a bad address is never written to again. True when news."""
    message = _message(key, reference)
    if message is None:
        return False
    waiting = [State.SENDING, State.SENT, State.UNCERTAIN]
    fields = {
        "state": State.BOUNCED,
        "sent_at": Coalesce(F("sent_at"), timezone.now()),
        "leased_until": None,
        "error": printable(error, 300),
    }
    # The bounce will name the person: they come before their message, as where they are erased.
    locks.hold_rows([message.customer_id])
    if not Message.objects.filter(pk=message.pk, state__in=waiting).update(**fields):
        return False
    note_bounce(message, bad_address=bad_address)
    Campaign.objects.filter(pk=message.campaign_id).update(window_failed=F("window_failed") + 1)
    return True


def note_bounce(message: Message, *, bad_address: bool) -> None:
    """Keep the bounce, and suppress an address that does not exist."""
    note_once(message, Engagement.Kind.BOUNCE)
    if bad_address and message.address:
        suppress(message.channel, message.address, Suppression.Reason.BOUNCE, "provider")


def _message(key: str, reference: str) -> Message | None:
    pk = tokens.read_message_key(key)
    if pk is not None:
        return Message.objects.filter(pk=pk).first()
    if reference and not key:
        known = printable(reference, 120)
        return Message.objects.filter(provider_id=known).first()
    return None
