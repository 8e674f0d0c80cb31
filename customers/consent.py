"""The consent ledger and the suppression list: the only module that writes to either.

The ledger is append-only and the latest record tells the state; a record that takes another back,
or a word given under 15 without a guardian, says nothing. A suppression names an address by its
keyed hash, wins over every consent, and ends only in `lift`: by the person's own later word on our
own form, from an address they have just shown to be theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import ExtractDay, ExtractMonth, ExtractYear
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.addresses import normalise_email, normalise_phone
from customers.fields import address_hash
from customers.legal_bases import AGE_OF_CONSENT, Refusal, counts, refusal
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

UNKNOWN: Final = ConsentState.UNKNOWN.value
# What a person is asked about in general; sensitive data is agreed to an attribute at a time.
SUBJECTS: Final = (Subject.EMAIL, Subject.SMS, Subject.TRACKING)
_CHUNK: Final = 1000
_T = TypeVar("_T")


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
    for ids in _chunks(list(customer_ids)):
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
        _suppress_hash(channel, hashed, reason, source)
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
        ConsentRecord.objects.bulk_create(records)
    facts_changed.send(sender=ConsentRecord)
    return len(records)


def suppress(channel: str, address: str | None, reason: str, source: str = "") -> bool:
    """Never write to this address on this channel again; True if it was not suppressed before.

    The first reason stays. An empty address is refused with ValueError.
    """
    return _suppress_hash(channel, _required(channel, address), reason, source)


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
    _row, created = Suppression.objects.get_or_create(
        channel=Channel(channel),
        address_hash=hashed,
        defaults={"reason": Suppression.Reason(reason), "source": source},
    )
    if created:
        facts_changed.send(sender=Suppression)
    return created


def current_states(customer: Customer) -> dict[str, ConsentRecord | None]:
    """The record that holds for each of SUBJECTS, None where nothing holds; one query."""
    states: dict[str, ConsentRecord | None] = dict.fromkeys(subject.value for subject in SUBJECTS)
    records = customer.consents.filter(subject__in=SUBJECTS)
    for record in records.order_by("occurred_at", "id").select_related("recorded_by"):
        holds = counts(record.state, record.basis, record.occurred_at, customer.birth_date)
        states[record.subject] = record if holds else None
    return states


def consent_states(customer_ids: Collection[int], subject: str) -> dict[int, str]:
    """The state of each of these people: given, withdrawn or unknown; one query a thousand.

    Not for sensitive data, which is agreed to an attribute at a time: see sensitive.py.
    """
    states = dict.fromkeys(customer_ids, UNKNOWN)
    for ids in _chunks(list(customer_ids)):
        records = ConsentRecord.objects.filter(customer_id__in=ids, subject=subject)
        in_order = records.order_by("customer_id", "occurred_at", "id")
        for pk, *said in in_order.values_list("customer_id", *_SAID):
            states[pk] = said[0] if counts(*said) else UNKNOWN
    return states


_SAID: Final = ("state", "basis", "occurred_at", "customer__birth_date")


def suppressed_hashes(channel: str, hashes: Collection[str | None]) -> set[str]:
    """Those of these address hashes that are suppressed on the channel; one query a thousand."""
    found: set[str] = set()
    for chunk in _chunks([each for each in hashes if each]):
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


def state_of(subject: str) -> Subquery:
    """A subquery of the current state for a query of customers; NULL or "unknown": nothing holds.

    The one place that says in SQL what legal_bases.counts says.
    """
    records = ConsentRecord.objects.filter(customer=OuterRef("pk"), subject=subject)
    young = Q(state=ConsentState.GIVEN, customer__birth_date__isnull=False) & ~Q(
        basis=LegalBasis.GUARDIAN
    )
    grown_up = _day_number("customer__birth_date") + Value(AGE_OF_CONSENT * 10_000)
    told = Case(
        When(young & Q(said_on__lt=F("grown_up_on")), then=Value(UNKNOWN)), default=F("state")
    )
    dated = records.alias(said_on=_day_number("occurred_at"), grown_up_on=grown_up)
    return Subquery(dated.order_by("-occurred_at", "-id").values(told=told)[:1])


def with_state(customers: QuerySet[Customer], subject: str, state: str) -> QuerySet[Customer]:
    """Those of `customers` whose current state is given, withdrawn or unknown."""
    name = f"{subject}_state"
    marked = customers.alias(**{name: state_of(subject)})
    if state == UNKNOWN:
        return marked.filter(Q(**{f"{name}__isnull": True}) | Q(**{name: UNKNOWN}))
    return marked.filter(**{name: state})


def _day_number(field: str) -> Any:
    """A date (of an instant, the local one) as the number yyyymmdd, which sorts like it."""
    return ExtractYear(field) * 10_000 + ExtractMonth(field) * 100 + ExtractDay(field)


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


def _chunks(values: list[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
