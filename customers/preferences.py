"""What a person chooses for themself, by the link in a message: topics, pace, channel, consents.

A link names the person and the address it was sent to; it stops working when that address is no
longer theirs. Invariants: each word is recorded with the words they read; a no acts on the address
as unsubscribing does; a yes to a channel whose address refused is heard only from a link that was
sent to that very address, which shows that it is theirs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import Installation
from customers.addresses import readable_phone
from customers.consent import (
    address_of,
    current_states,
    lift,
    record_consent,
    suppressions_of,
    withdraw,
    withdraw_hash,
)
from customers.fields import address_hash
from customers.folding import fold
from customers.link_tokens import read, sign
from customers.models import Channel, ConsentState, Customer, SignupForm, Subject, Suppression
from customers.signals import facts_changed
from customers.signup.asked import usual_wordings

SOURCE: Final = gettext_lazy("Preferences page")
_PURPOSE: Final = b"tamis-preference"
_CHANNELS: Final = {1: Channel.EMAIL.value, 2: Channel.SMS.value}
# Of the address's hash: enough to tell that it changed, and short.
_HASH_DIGITS: Final = 12


@dataclass(frozen=True)
class Visitor:
    """Who opened a link, and on which channel it came to them."""

    customer: Customer
    channel: str


@dataclass(frozen=True)
class Choice:
    """One consent as the person sees it. `closed`: a yes cannot be said from this link."""

    subject: str
    given: bool
    address: str
    wording: str
    suppressed: str = ""
    closed: bool = False


def url(customer: Customer, channel: str) -> str:
    """The absolute address of a person's preferences, for a message on this channel."""
    path = reverse("customers:preferences", args=[token(customer, channel)])
    return str(settings.SITE_URL).rstrip("/") + path


def token(customer: Customer, channel: str) -> str:
    """What names a person and the address a message on this channel goes to."""
    number = next(number for number, name in _CHANNELS.items() if name == channel)
    hashed = address_hash(address_of(customer, channel)) or "0"
    return sign(_PURPOSE, customer.pk, number, int(hashed[:_HASH_DIGITS], 16))


def visitor_of(text: str) -> Visitor | None:
    """Who a link belongs to; None where it is not ours or the address is theirs no more.

    Someone whose record was merged into another is found again by the address.
    """
    numbers = read(_PURPOSE, text, 3)
    if numbers is None or numbers[1] not in _CHANNELS:
        return None
    pk, channel, begins = numbers[0], _CHANNELS[numbers[1]], f"{numbers[2]:0{_HASH_DIGITS}x}"
    column = "email_hash" if channel == Channel.EMAIL else "phone_hash"
    # Between two values: to SQLite, what begins so is only found by reading everyone.
    between = {f"{column}__gte": begins, f"{column}__lt": f"{begins}g"}
    there = Customer.objects.filter(**between, erased_at=None)
    customer = there.filter(pk=pk).first() or there.order_by("pk").first()
    return Visitor(customer, channel) if customer else None


def choices_of(visitor: Visitor) -> list[Choice]:
    """The consents this person may give or take back, with the words they would agree to."""
    customer = visitor.customer
    states, barred = current_states(customer), suppressions_of(customer)
    words = usual_wordings(customer.language or settings.LANGUAGE_CODE, shop_name())
    found = []
    for subject in (Subject.EMAIL.value, Subject.SMS.value, Subject.TRACKING.value):
        address = address_of(customer, subject) if subject in Channel.values else ""
        if address is None:
            continue
        record = states[subject]
        row = barred.get(subject)
        said = record is not None and record.state == ConsentState.GIVEN
        found.append(
            Choice(
                subject=subject,
                given=said and row is None,
                address=_masked(subject, address),
                wording=words[subject],
                suppressed=str(Suppression.Reason(row.reason).label) if row else "",
                closed=row is not None and subject != visitor.channel,
            )
        )
    return found


def topics_for(customer: Customer) -> list[str]:
    """What may be chosen: the topics of the open forms, and those the person already has."""
    named: dict[str, str] = {}
    offered = SignupForm.objects.filter(is_open=True).values_list("topics", flat=True)
    for topics in [*offered, customer.interests]:
        for topic in topics:
            named.setdefault(fold(str(topic)), str(topic))
    return list(named.values())


def shop_name() -> str:
    """The shop's name, '' where none was given."""
    return Installation.load().shop_name


@transaction.atomic
def choose(
    visitor: Visitor,
    *,
    consents: Collection[str],
    topics: Collection[str],
    frequency: str,
    channel: str,
) -> list[str]:
    """Do what the person chose; the subjects whose state changed.

    Raises ConsentRefused where the law does not let them consent, and changes nothing then.
    """
    customer = Customer.objects.select_for_update().get(pk=visitor.customer.pk)
    offered = {fold(each) for each in topics_for(customer)}
    customer.interests = [each for each in topics if fold(each) in offered]
    customer.preferred_frequency, customer.preferred_channel = frequency, channel
    customer.save()
    changed = []
    # Read again under the lock; kept in the ledger in the language of the shop.
    for choice in choices_of(Visitor(customer, visitor.channel)):
        yes = choice.subject in consents
        if yes == choice.given or (yes and choice.closed):
            continue
        with override(settings.LANGUAGE_CODE):
            _say(customer, visitor, choice, yes=yes)
        changed.append(choice.subject)
    facts_changed.send(sender=Customer)
    return changed


def _say(customer: Customer, visitor: Visitor, choice: Choice, *, yes: bool) -> None:
    proof = _("preferences link sent by %(channel)s") % {"channel": Channel(visitor.channel).label}
    if yes:
        if choice.suppressed:
            lift(choice.subject, address_of(customer, choice.subject))
            proof += _(", lifts “%(reason)s”") % {"reason": choice.suppressed}
        record_consent(
            customer,
            choice.subject,
            ConsentState.GIVEN,
            source=str(SOURCE),
            wording=choice.wording,
            proof=proof,
        )
        return
    if choice.subject == Subject.TRACKING:
        withdraw(customer, choice.subject, source=str(SOURCE), wording=choice.wording)
        return
    hashed = address_hash(address_of(customer, choice.subject)) or ""
    withdraw_hash(choice.subject, hashed, Suppression.Reason.UNSUBSCRIBE, str(SOURCE))


@transaction.atomic
def leave_all(visitor: Visitor) -> list[str]:
    """Say no to everything at once, even to what was never agreed to; the subjects concerned."""
    customer = Customer.objects.select_for_update().get(pk=visitor.customer.pk)
    said = []
    for choice in choices_of(Visitor(customer, visitor.channel)):
        if choice.given or (choice.subject in Channel.values and not choice.suppressed):
            with override(settings.LANGUAGE_CODE):
                _say(customer, visitor, choice, yes=False)
            said.append(choice.subject)
    return said


def _masked(subject: str, address: str) -> str:
    """Enough of an address for its owner to know it again."""
    if subject == Channel.EMAIL and address:
        name, _at, domain = address.partition("@")
        return f"{name[:1]}…@{domain}"
    if subject == Channel.SMS and address:
        return f"•• {readable_phone(address)[-5:]}"
    return ""
