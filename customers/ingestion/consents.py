"""Consents sent by another program: appended to the ledger, never over a refusal.

Invariant: a yes needs its source and its exact wording, and nobody who withdrew, objected,
replied STOP or is suppressed is ever turned back; such an item is refused with a code of its own.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.consent import (
    ConsentError,
    address_of,
    buyers,
    consent_states,
    keep_listed,
    record_consent,
    suppressed_hashes,
)
from customers.fields import address_hash
from customers.ingestion.items import Item, choice, field_of, read_values, require
from customers.ingestion.whom import find, people_of_batch, read_who
from customers.legal_bases import needs_wording, refusal
from customers.models import (
    Channel,
    ConsentRecord,
    ConsentState,
    CustomAttribute,
    Customer,
    LegalBasis,
    Subject,
    Suppression,
)
from customers.sensitive import may_store, take_back
from customers.spreadsheets.fields import Field, fields_of
from customers.spreadsheets.identities import Identity
from customers.spreadsheets.inserting import insert

CONSENT: Final = {
    "source": field_of("source", _("Where it comes from"), "text", 120),
    "wording": field_of("wording", _("Exact wording"), "text", 2000),
    "proof": field_of("proof", _("Proof"), "text", 200),
    "occurred_at": field_of("occurred_at", _("Date"), "instant"),
    "attribute": field_of("attribute", _("Custom attribute"), "identifier", 40),
}
CODES: Final[dict[str, tuple[str, ...]]] = {
    "subject": tuple(Subject.values),
    "state": (ConsentState.GIVEN.value, ConsentState.WITHDRAWN.value),
    "basis": tuple(LegalBasis.values),
    "suppress": tuple(
        reason for reason in Suppression.Reason.values if reason not in ("erasure", "listed")
    ),
}


@dataclass(eq=False)
class ConsentItem(Item):
    """A consent as it was sent; `customer` once it is known who it is about."""

    who: Identity | None = None
    customer: Customer | None = None

    @property
    def about(self) -> tuple[str, str]:
        """The subject and, for sensitive data, its attribute."""
        return self.values["subject"], self.values.get("attribute", "")


def write_consents(raw: Sequence[Any]) -> list[Item]:
    """Append these consents; must run inside a transaction."""
    fields = fields_of("customers")
    return apply_consents([_read(index, each, fields) for index, each in enumerate(raw)])


def _read(index: int, raw: Any, fields: dict[str, Field]) -> ConsentItem:
    item = ConsentItem(index)
    read = read_values(item, raw, CONSENT, besides=("customer", *CODES))
    item.values = values = {key: value for key, value in read.items() if value is not None}
    if not isinstance(raw, dict):
        return item
    values |= {key: told for key, codes in CODES.items() if (told := choice(item, raw, key, codes))}
    require(item, values, "subject", "state", "source")
    if needs_wording(values.get("state", ""), values.get("basis", LegalBasis.CONSENT)):
        require(item, values, "wording")
    sensitive = values.get("subject") == Subject.SENSITIVE
    if sensitive:
        require(item, values, "attribute")
    elif "attribute" in values:
        message = _("Only consent to keep sensitive data is about an attribute.")
        item.refuse("not_for_this", message, "attribute")
    if values.get("occurred_at", timezone.now()) > timezone.now() + dt.timedelta(minutes=5):
        item.refuse("in_the_future", _("A consent cannot be dated in the future."), "occurred_at")
    may_suppress = values.get("subject") in Channel.values
    if "suppress" in values and not (may_suppress and values.get("state") == "withdrawn"):
        message = _("Only a withdrawal from e-mails or SMS suppresses an address.")
        item.refuse("not_for_this", message, "suppress")
    item.who = read_who(item, raw.get("customer") or {}, fields, "customer")
    return item


def apply_consents(items: list[ConsentItem]) -> list[Item]:
    """Append items already read; must run inside a transaction."""
    _find_who(items)
    known = _Known([item for item in items if not item.faults])
    plain: list[tuple[ConsentItem, ConsentRecord]] = []
    for item in items:
        if item.faults or known.settles(item):
            continue
        if item.values["state"] == ConsentState.GIVEN:
            known.refuse_unlawful(item)
            if item.faults:
                continue
        item.status = "recorded"
        known.note(item)
        if item.values["subject"] in Channel.values:
            plain.append((item, _record(item)))
        else:
            _say(item)
    insert([record for _item, record in plain])
    for item, record in plain:
        item.pk = record.pk
    _suppress([item for item, _record in plain if "suppress" in item.values])
    return list(items)


def _find_who(items: list[ConsentItem]) -> None:
    people = people_of_batch()
    everyone = [item.who for item in items if item.who is not None and not item.faults]
    people.load(everyone)
    erased = people.erased(everyone)
    asked = {item.values.get("attribute") for item in items} - {None}
    kept = CustomAttribute.objects.filter(key__in=asked).exclude(sensitive="") if asked else ()
    attributes = {attribute.key for attribute in kept}
    for item in items:
        if item.faults or item.who is None:
            continue
        if item.values.get("attribute", "") not in attributes | {""}:
            item.refuse("unknown_field", _("There is no such sensitive attribute."), "attribute")
            continue
        person = find(people, item, item.who, erased)
        if person is not None:
            item.customer = person.customer
        elif not item.faults:
            message = _("Nobody is known by this; send the customer first.")
            item.refuse("unknown_customer", message, "customer")


class _Known:
    """What the ledger says of the people of a batch, kept up as the batch goes on."""

    def __init__(self, items: list[ConsentItem]) -> None:
        self.people = {item.customer.pk: item.customer for item in items if item.customer}
        subjects = {item.values["subject"] for item in items}
        self.states = {
            (pk, subject, ""): state
            for subject in subjects - {Subject.SENSITIVE}
            for pk, state in consent_states(self.people, subject).items()
        }
        keys = {item.about[1] for item in items} - {""}
        for key, agreed in may_store(self.people, keys).items() if keys else ():
            self.states |= {(pk, "sensitive", key): ConsentState.GIVEN for pk in agreed}
        bases = {item.values.get("basis") for item in items}
        self.buyers = buyers(self.people) if LegalBasis.EXISTING_CUSTOMER in bases else set()
        self.suppressed = {
            channel: suppressed_hashes(channel, [_hash(each, channel) for each in self.all])
            for channel in subjects & set(Channel.values)
        }
        self.records = self._records(subjects)

    @property
    def all(self) -> list[Customer]:
        return list(self.people.values())

    def _records(self, subjects: set[str]) -> dict[tuple[Any, ...], int]:
        """What was recorded already, so that the same word twice is one."""
        found: dict[tuple[Any, ...], int] = {}
        rows = ConsentRecord.objects.filter(customer__in=self.people, subject__in=subjects)
        said = ("customer_id", "subject", "attribute_key", "state", "source", "occurred_at")
        last: dict[tuple[Any, ...], tuple[Any, ...]] = defaultdict(tuple)
        for *row, pk in rows.order_by("occurred_at", "id").values_list(*said, "pk"):
            found[tuple(row)] = pk
            last[tuple(row[:3])] = (*row[:5], None)
            found[last[tuple(row[:3])]] = pk
        return {key: pk for key, pk in found.items() if key[5] or last[key[:3]] == key}

    def settles(self, item: ConsentItem) -> bool:
        """Whether this very word is in the ledger already: nothing more is to be done."""
        assert item.customer is not None
        values = item.values
        key = (
            item.customer.pk, *item.about, values["state"], values["source"],
            values.get("occurred_at"),
        )  # fmt: skip
        if key not in self.records:
            return False
        item.status, item.pk = "unchanged", self.records[key]
        return True

    def refuse_unlawful(self, item: ConsentItem) -> None:
        """Note why this yes may not be recorded, if it may not."""
        customer, values = item.customer, item.values
        assert customer is not None
        subject, _attribute = item.about
        state = self.states.get((customer.pk, *item.about), "")
        if state == ConsentState.WITHDRAWN and subject != Subject.SENSITIVE:
            message = _("This person withdrew; only their own word on your form turns that back.")
            item.refuse("refused_withdrawn", message)
        elif _hash(customer, subject) in self.suppressed.get(subject, ()):
            message = _("This address must never be written to: it is on the suppression list.")
            item.refuse("refused_suppressed", message)
        why = refusal(
            subject,
            values.get("basis", LegalBasis.CONSENT),
            birth_date=customer.birth_date,
            on=values.get("occurred_at", timezone.now()),
            proof=values.get("proof", ""),
            wording=values["wording"],
            has_bought=customer.pk in self.buyers,
            state=state,
        )
        if why is not None and not item.faults:
            item.refuse(why.code, why.sentence)

    def note(self, item: ConsentItem) -> None:
        """Take this word into account for the items after it."""
        assert item.customer is not None
        self.states[(item.customer.pk, *item.about)] = item.values["state"]


def _hash(customer: Customer, channel: str) -> str | None:
    return address_hash(address_of(customer, channel)) if channel in Channel.values else None


def _record(item: ConsentItem) -> ConsentRecord:
    values = item.values
    given = values["state"] == ConsentState.GIVEN
    return ConsentRecord(
        customer=item.customer,
        subject=values["subject"],
        state=values["state"],
        basis=values.get("basis", LegalBasis.CONSENT) if given else LegalBasis.CONSENT,
        occurred_at=values.get("occurred_at") or timezone.now(),
        source=values["source"],
        wording=values.get("wording", ""),
        proof=values.get("proof", ""),
    )


def _say(item: ConsentItem) -> None:
    """Record what others listen to: tracking takes clicks out, sensitive data its value."""
    values, customer = item.values, item.customer
    assert customer is not None
    try:
        if values["subject"] == Subject.SENSITIVE and values["state"] == ConsentState.WITHDRAWN:
            attribute = CustomAttribute.objects.get(key=values["attribute"])
            wording = values.get("wording", "")
            record = take_back(customer, attribute, source=values["source"], wording=wording)
        else:
            record = record_consent(
                customer,
                values["subject"],
                values["state"],
                source=values["source"],
                wording=values.get("wording", ""),
                proof=values.get("proof", ""),
                occurred_at=values.get("occurred_at"),
                basis=values.get("basis", LegalBasis.CONSENT),
                attribute_key=values.get("attribute", ""),
            )
    except ConsentError as error:
        item.refuse("refused", str(error))
    else:
        item.pk = record.pk


def _suppress(items: list[ConsentItem]) -> None:
    """Never write to these people's addresses again: a fixed number of queries.

    The first reason an address was suppressed for stays.
    """
    rows: dict[tuple[str, str], Suppression] = {}
    for item in items:
        assert item.customer is not None
        channel = item.values["subject"]
        hashed = _hash(item.customer, channel)
        if hashed is not None:
            told = Suppression(
                channel=channel,
                address_hash=hashed,
                reason=item.values["suppress"],
                source=item.values["source"],
            )
            rows.setdefault((channel, hashed), told)
    Suppression.objects.bulk_create(rows.values(), ignore_conflicts=True)
    for channel in {channel for channel, _hashed in rows}:
        hashes = [hashed for other, hashed in rows if other == channel]
        keep_listed(Suppression.objects.filter(channel=channel, address_hash__in=hashes))
