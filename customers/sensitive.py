"""Sensitive attributes (article 9 of the GDPR): kept of nobody who did not explicitly agree.

Invariants: a value is stored only while the person's latest word about that very attribute is a
yes; taking the yes back erases the value with it. Every writer of attributes asks `may_store`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

from django.db import transaction

from customers.consent import record_consent
from customers.hearing import Heard
from customers.models import (
    ConsentRecord,
    ConsentState,
    CustomAttribute,
    Customer,
    LegalBasis,
    Subject,
)
from customers.signals import facts_changed

_CHUNK: Final = 1000


def may_store(customer_ids: Collection[int], keys: Iterable[str]) -> dict[str, set[int]]:
    """For each sensitive attribute among `keys`, those of these people who agreed to it.

    A key that is missing from the answer is not sensitive: everyone may have a value. One query,
    and one a thousand people where any is sensitive.
    """
    found = CustomAttribute.objects.filter(key__in=set(keys)).exclude(sensitive="")
    return _agreed(found.values_list("key", flat=True), customer_ids)


def agreed_to(key: str, customer_ids: Collection[int]) -> set[int]:
    """Those of these people who explicitly agreed to an attribute, sensitive by now or not."""
    return _agreed([key], customer_ids)[key]


def _agreed(keys: Iterable[str], customer_ids: Collection[int]) -> dict[str, set[int]]:
    """By attribute, those of whom a yes holds."""
    heard: dict[str, dict[int, Heard[str]]] = {key: defaultdict(Heard) for key in keys}
    everyone = list(customer_ids)
    for start in range(0, len(everyone) if heard else 0, _CHUNK):
        ids = everyone[start : start + _CHUNK]
        records = ConsentRecord.objects.filter(
            customer_id__in=ids, subject=Subject.SENSITIVE, attribute_key__in=heard
        ).order_by("occurred_at", "id")
        said = ("state", "basis", "occurred_at", "customer__birth_date")
        for pk, key, *word in records.values_list("customer_id", "attribute_key", *said):
            heard[key][pk].hear(word[0], *word)
    yes = ConsentState.GIVEN.value
    return {
        key: {pk for pk, words in people.items() if words.said == yes}
        for key, people in heard.items()
    }


def agreements(customer: Customer) -> dict[str, ConsentRecord]:
    """The record by which this person agreed, by attribute key; one query."""
    heard: dict[str, Heard[ConsentRecord]] = defaultdict(Heard)
    records = customer.consents.filter(subject=Subject.SENSITIVE).order_by("occurred_at", "id")
    for record in records.select_related("recorded_by"):
        heard[record.attribute_key].hear(
            record, record.state, record.basis, record.occurred_at, customer.birth_date
        )
    said = {key: words.said for key, words in heard.items()}
    return {
        key: record for key, record in said.items() if record and record.state == ConsentState.GIVEN
    }


def by_attribute(customer: Customer) -> list[tuple[CustomAttribute, ConsentRecord | None]]:
    """Every sensitive attribute with the record by which this person agreed to it, if they did."""
    attributes = list(CustomAttribute.objects.exclude(sensitive=""))
    held = agreements(customer) if attributes else {}
    return [(each, held.get(each.key)) for each in attributes]


def agree(
    customer: Customer,
    attribute: CustomAttribute,
    *,
    source: str,
    wording: str,
    proof: str = "",
    basis: str = LegalBasis.CONSENT,
    occurred_at: dt.datetime | None = None,
    by: Any = None,
) -> ConsentRecord:
    """Record that the person explicitly agrees to the shop keeping this attribute of them.

    Raises ConsentError, and ConsentRefused without the exact words or under 15 without guardian.
    """
    return record_consent(
        customer,
        Subject.SENSITIVE,
        ConsentState.GIVEN,
        source=source,
        wording=wording,
        proof=proof,
        basis=basis,
        attribute_key=attribute.key,
        occurred_at=occurred_at,
        by=by,
    )


def take_back(
    customer: Customer,
    attribute: CustomAttribute,
    *,
    source: str,
    wording: str = "",
    by: Any = None,
) -> ConsentRecord:
    """Record that the person no longer agrees, and erase the value. Raises ConsentError."""
    with transaction.atomic():
        record = record_consent(
            customer,
            Subject.SENSITIVE,
            ConsentState.WITHDRAWN,
            source=source,
            wording=wording,
            attribute_key=attribute.key,
            by=by,
        )
        locked = Customer.objects.select_for_update().get(pk=customer.pk)
        if locked.attributes.pop(attribute.key, None) is not None:
            locked.save(update_fields=["attributes", "updated_at"])
        customer.attributes = locked.attributes
    facts_changed.send(sender=Customer)
    return record
