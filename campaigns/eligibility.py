"""Whether a person may be written to, read from the facts in the transaction that decides.

Invariant: the same function judges when an audience is prepared and again when a message is
claimed, so that a word said in between is heard. A service message needs no consent and heeds no
STOP, but an address that does not exist, complained or was erased is never written to. Under 15
only a guardian's consent counts, which the ledger itself sees to; here it is only named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from campaigns.models import Campaign, Message
from customers.addresses import is_mobile
from customers.consent import consent_states
from customers.fields import address_hash
from customers.legal_bases import is_too_young
from customers.models import Channel, ConsentState, Customer, Suppression

Reason = Message.Reason
_PROMOTION_ONLY: Final = (Suppression.Reason.UNSUBSCRIBE, Suppression.Reason.STOP)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's address and the first reason that keeps them out ('' for none)."""

    address: str | None
    reason: str


def judge(campaign: Campaign, customer_ids: Collection[int]) -> dict[int, Verdict]:
    """The verdict on each of these people who still exists; a few queries a call."""
    people = Customer.objects.filter(pk__in=list(customer_ids))
    field = "email" if campaign.channel == Channel.EMAIL else "phone"
    rows = list(people.order_by().values_list("pk", field, "birth_date"))
    addresses = {pk: _usable(campaign.channel, address) for pk, address, _born in rows}
    return _verdicts(campaign, addresses, {pk: born for pk, _address, born in rows})


def judge_messages(campaign: Campaign, messages: Collection[Message]) -> dict[int, Verdict]:
    """The verdict on each message (by its id) just before it leaves.

    An address that is no longer the person's is not written to: they would not get it.
    """
    now = judge(campaign, [message.customer_id for message in messages])
    verdicts: dict[int, Verdict] = {}
    for message in messages:
        verdict = now.get(message.customer_id, Verdict(None, Reason.NO_ADDRESS))
        if not verdict.reason and verdict.address != message.address:
            verdict = Verdict(None, Reason.NO_ADDRESS)
        verdicts[message.pk] = verdict
    return verdicts


def blocking_suppressions(campaign: Campaign) -> list[str]:
    """The reasons of suppression that this kind of campaign heeds."""
    everything = list(Suppression.Reason.values)
    if campaign.kind == Campaign.Kind.PROMOTIONAL:
        return everything
    return [reason for reason in everything if reason not in _PROMOTION_ONLY]


def _usable(channel: str, address: str | None) -> str | None:
    if not address or (channel == Channel.SMS and not is_mobile(address)):
        return None
    return address


def _verdicts(
    campaign: Campaign, addresses: dict[int, str | None], born: dict[int, dt.date | None]
) -> dict[int, Verdict]:
    today = timezone.localdate()
    hashes = {pk: address_hash(address) for pk, address in addresses.items()}
    suppressed = set(
        Suppression.objects.filter(
            channel=campaign.channel,
            address_hash__in=[each for each in hashes.values() if each],
            reason__in=blocking_suppressions(campaign),
        ).values_list("address_hash", flat=True)
    )
    promotional = campaign.kind == Campaign.Kind.PROMOTIONAL
    consents = consent_states(addresses, campaign.channel) if promotional else {}
    verdicts: dict[int, Verdict] = {}
    for pk, address in addresses.items():
        reason = ""
        if address is None:
            reason = Reason.NO_ADDRESS
        elif hashes[pk] in suppressed:
            reason = Reason.SUPPRESSED
        elif promotional and consents[pk] != ConsentState.GIVEN:
            reason = Reason.TOO_YOUNG if is_too_young(born[pk], today) else Reason.NO_CONSENT
        verdicts[pk] = Verdict(address, str(reason))
    return verdicts
