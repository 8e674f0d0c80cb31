"""The ledger as it is read: every line of a person, in words, with the ones that hold now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from customers.hearing import Heard
from customers.legal_bases import is_void
from customers.models import ConsentRecord, CustomAttribute, Customer, Subject


@dataclass(frozen=True, slots=True)
class Line:
    """A record, what it is about in words, whether it holds now, and why it never counts if so."""

    record: ConsentRecord
    about: str
    holds: bool
    too_young: bool


def lines(customer: Customer) -> list[Line]:
    """Every record of this person, the latest first; two queries."""
    labels = dict(CustomAttribute.objects.values_list("key", "label"))
    heard: dict[tuple[str, str], Heard[ConsentRecord]] = defaultdict(Heard)
    records = list(customer.consents.order_by("occurred_at", "id").select_related("recorded_by"))
    told = [
        (each, (each.state, each.basis, each.occurred_at, customer.birth_date)) for each in records
    ]
    for each, word in told:
        heard[each.subject, each.attribute_key].hear(each, *word)
    return [
        Line(
            each,
            about(each, labels),
            holds=heard[each.subject, each.attribute_key].holds is each,
            too_young=is_void(*word),
        )
        for each, word in reversed(told)
    ]


def about(record: ConsentRecord, labels: dict[str, str]) -> str:
    """What the record is about: a subject, or the sensitive attribute by its label."""
    if record.subject == Subject.SENSITIVE:
        return labels.get(record.attribute_key, record.attribute_key)
    return str(record.get_subject_display())
