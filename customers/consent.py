"""The consent ledger and the suppression list: the only module that writes to either.

The ledger is append-only; what holds of it is `customers.consent_state`, whose names are told
again here. A suppression names an address by its keyed hash, wins over every consent, and ends
only in `lift`: by the person's own later word on our own form, from an address they have just
shown to be theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.addresses import normalise_email, normalise_phone
from customers.consent_state import (
    SUBJECTS,
    UNKNOWN,
    consent_states,
    current_states,
    in_chunks,
    said_states,
    with_state,
    with_word,
)
from customers.fields import address_hash
from customers.legal_bases import Refusal, refusal
from customers.models import (
    Channel,
    ConsentRecord,
    ConsentState,
    Customer,
    LegalBasis,
    Order,
    Subject,
    Suppression,
)
from customers.signals import facts_changed

__all__ = [
    "SUBJECTS",
    "UNKNOWN",
    "ConsentError",
    "ConsentRefused",
    "address_of",
    "buyers",
    "consent_states",
    "current_states",
    "keep_listed",
    "keep_refusals",
    "lift",
    "people_with",
    "people_with_hash",
    "record_consent",
    "said_states",
    "suppress",
    "suppressed_hashes",
    "suppressions_of",
    "with_state",
    "with_word",
    "withdraw",
    "withdraw_address",
    "withdraw_hash",
]


class ConsentError(ValueError):
    """A record that would prove nothing: no source, or a date that has not come."""


class ConsentRefused(ConsentError):
    """A given state the law does not allow; `refusal` says why."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.sentence)
        self.refusal = why


def record_consent(
    customer: Customer,
    subject: str,
    state: str,
    *,
    source: str,
    wording: str = "",
    proof: str = "",
    occurred_at: dt.datetime | None = None,
    by: Any = None,
    basis: str = LegalBasis.CONSENT,
    attribute_key: str = "",
) -> ConsentRecord:
    """Append what a person said.

    Raises ConsentError without a source, with a future date, or where a sensitive attribute is
    meant and not named; ConsentRefused where the law does not let this state be given.
    """
    now = timezone.now()
    occurred_at = occurred_at or now
    if not source.strip():
        raise ConsentError(_("Say where this consent comes from: a form, a call, a shop…"))
    if occurred_at > now + dt.timedelta(minutes=5):
        raise ConsentError(_("A consent cannot be dated in the future."))
    if (subject == Subject.SENSITIVE) != bool(attribute_key):
        raise ConsentError(_("Consent to keep sensitive data is about one attribute."))
    # One transaction with what listens: a withdrawal of tracking also takes out clicks.
    with transaction.atomic():
        if state == ConsentState.GIVEN:
            _refuse_unlawful(customer, subject, basis, occurred_at, proof, wording)
        record = ConsentRecord.objects.create(
            customer=customer,
            subject=Subject(subject),
            state=ConsentState(state),
            basis=LegalBasis(basis) if state == ConsentState.GIVEN else LegalBasis.CONSENT,
            attribute_key=attribute_key,
            occurred_at=occurred_at,
            source=source.strip(),
            wording=wording.strip(),
            proof=proof.strip(),
            recorded_by=by,
        )
    facts_changed.send(sender=ConsentRecord)
    return record


def _refuse_unlawful(
    customer: Customer, subject: str, basis: str, at: dt.datetime, proof: str, wording: str
) -> None:
    exception = basis == LegalBasis.EXISTING_CUSTOMER and subject in Channel.values
    why = refusal(
        subject,
        basis,
        birth_date=customer.birth_date,
        on=at,
        proof=proof,
        wording=wording,
        has_bought=exception and customer.pk in buyers([customer.pk]),
        state=consent_states([customer.pk], subject)[customer.pk] if exception else "",
    )
    if why is not None:
        raise ConsentRefused(why)


def buyers(customer_ids: Collection[int]) -> set[int]:
    """Those of these people who have a paid order; one query a thousand."""
    found: set[int] = set()
    for ids in in_chunks(list(customer_ids)):
        paid = Order.objects.filter(customer_id__in=ids, status=Order.Status.PAID)
        found.update(paid.order_by().values_list("customer_id", flat=True).distinct())
    return found


def withdraw(
    customer: Customer,
    subject: str,
    *,
    source: str,
    reason: str = "",
    wording: str = "",
    proof: str = "",
    occurred_at: dt.datetime | None = None,
    by: Any = None,
) -> ConsentRecord:
    """Append a withdrawal; with a `reason` (Suppression.Reason) the address is suppressed too.

    Tracking has no address, nor have some people: then there is nothing to suppress.
    """
    with transaction.atomic():
        record = record_consent(
            customer,
            subject,
            ConsentState.WITHDRAWN,
            source=source,
            wording=wording,
            proof=proof,
            occurred_at=occurred_at,
            by=by,
        )
        address = address_of(customer, subject) if subject in Channel.values else None
        if reason and address:
            suppress(subject, address, reason, source)
    return record


def withdraw_address(channel: str, address: str, reason: str, source: str) -> int:
    """Suppress an address and append a withdrawal for everyone who has it and had not withdrawn.

    This is what STOP and a complaint do: the number says it, not one person. Returns how many
    people withdrew. The address may be written in any usual form.
    """
    return withdraw_hash(channel, _required(channel, address), reason, source)


def withdraw_hash(channel: str, hashed: str, reason: str, source: str) -> int:
    """What `withdraw_address` does, for an address of which only the keyed hash is known."""
    with transaction.atomic():
        people = people_with_hash(channel, hashed).values_list("pk", flat=True)
        states = consent_states(people, channel)
        now = timezone.now()
        records = [
            ConsentRecord(
                customer_id=pk,
                subject=channel,
                state=ConsentState.WITHDRAWN,
                occurred_at=now,
                source=source,
            )
            for pk, state in states.items()
            if state != ConsentState.WITHDRAWN
        ]
        # The people first, as everywhere: see customers.locks.
        ConsentRecord.objects.bulk_create(records)
        _suppress_hash(channel, hashed, reason, source)
    facts_changed.send(sender=ConsentRecord)
    return len(records)


def suppress(channel: str, address: str | None, reason: str, source: str = "") -> bool:
    """Never write to this address on this channel again; True if it was not suppressed before.

    The first reason stays. An empty address is refused with ValueError.
    """
    return _suppress_hash(channel, _required(channel, address), reason, source)


def keep_refusals(people: Collection[Customer], source: str) -> int:
    """Suppress the addresses of those of these people who refused, before their records go.

    The ledger goes with a record: without this, the next file would find nobody who said no.
    Returns how many addresses were not suppressed before.
    """
    kept = 0
    for channel in Channel.values:
        states = consent_states([person.pk for person in people], channel)
        for person in people:
            address = address_of(person, channel)
            if address and states[person.pk] == ConsentState.WITHDRAWN:
                kept += suppress(channel, address, Suppression.Reason.UNSUBSCRIBE, source[:120])
    return kept


def lift(channel: str, address: str | None) -> str:
    """Take an address off the suppression list; the reason it was there for, '' where it was not.

    Only for the person's own new consent on our own form, once they have shown that the address
    is theirs: they opened a link or typed a code that was sent to it. That also proves that an
    address which bounced works, and is a later word than a complaint or an erasure.
    """
    rows = Suppression.objects.filter(
        channel=Channel(channel), address_hash=_required(channel, address)
    )
    with transaction.atomic():
        row = rows.select_for_update().first()
        if row is None:
            return ""
        row.delete()
    facts_changed.send(sender=Suppression)
    return row.reason


def _suppress_hash(channel: str, hashed: str, reason: str, source: str) -> bool:
    row, created = Suppression.objects.get_or_create(
        channel=Channel(channel),
        address_hash=hashed,
        defaults={"reason": Suppression.Reason(reason), "source": source},
    )
    if row.reason == Suppression.Reason.LISTED and not created:
        keep_listed(Suppression.objects.filter(pk=row.pk))
    if created:
        facts_changed.send(sender=Suppression)
    return created


def keep_listed(rows: QuerySet[Suppression]) -> None:
    """Date from now addresses off a list that were refused once more: undoing the list's import
    must not lift what somebody else has said since."""
    rows.filter(reason=Suppression.Reason.LISTED).update(created_at=timezone.now())


def suppressed_hashes(channel: str, hashes: Collection[str | None]) -> set[str]:
    """Those of these address hashes that are suppressed on the channel; one query a thousand."""
    found: set[str] = set()
    for chunk in in_chunks([each for each in hashes if each]):
        rows = Suppression.objects.filter(channel=channel, address_hash__in=chunk)
        found.update(rows.values_list("address_hash", flat=True))
    return found


def suppressions_of(customer: Customer) -> dict[str, Suppression]:
    """The suppressions of this person's addresses, by channel; one query."""
    by_hash = {
        (Channel.EMAIL.value, address_hash(customer.email)),
        (Channel.SMS.value, address_hash(customer.phone)),
    }
    hashes = [hashed for _channel, hashed in by_hash if hashed]
    rows = Suppression.objects.filter(address_hash__in=hashes)
    return {row.channel: row for row in rows if (row.channel, row.address_hash) in by_hash}


def address_of(customer: Customer, channel: str) -> str | None:
    """The address a channel writes to."""
    return customer.email if channel == Channel.EMAIL else customer.phone


def people_with(channel: str, address: str | None) -> QuerySet[Customer]:
    """Everyone who has this address; several people may share one."""
    hashed = _hash(channel, address)
    return people_with_hash(channel, hashed) if hashed else Customer.objects.none()


def people_with_hash(channel: str, hashed: str) -> QuerySet[Customer]:
    """Everyone whose address on this channel has this keyed hash."""
    return Customer.objects.filter(**{f"{_column(channel)}_hash": hashed})


def _hash(channel: str, address: str | None) -> str | None:
    if not address:
        return None
    normalise = normalise_email if channel == Channel.EMAIL else normalise_phone
    try:
        return address_hash(normalise(address))
    except ValidationError:
        # An address stored by older means may be none by today's rules; it can still be refused.
        return address_hash(address.strip().lower())


def _required(channel: str, address: str | None) -> str:
    hashed = _hash(channel, address)
    if hashed is None:
        raise ValueError("no address given")
    return hashed


def _column(channel: str) -> str:
    return "email" if channel == Channel.EMAIL else "phone"
