"""The ledger as it is read: every line of a person, in words, with the ones that hold now."""

from __future__ import annotations

from dataclasses import dataclass

from customers.legal_bases import counts
from customers.models import ConsentRecord, ConsentState, CustomAttribute, Customer, Subject


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
    told: set[tuple[str, str]] = set()
    found: list[Line] = []
    for record in customer.consents.order_by("-occurred_at", "-id").select_related("recorded_by"):
        topic = (record.subject, record.attribute_key)
        heard = counts(record.state, record.basis, record.occurred_at, customer.birth_date)
        found.append(
            Line(
                record,
                about(record, labels),
                holds=heard and topic not in told,
                too_young=not heard and record.state == ConsentState.GIVEN,
            )
        )
        told.add(topic)
    return found


def about(record: ConsentRecord, labels: dict[str, str]) -> str:
    """What the record is about: a subject, or the sensitive attribute by its label."""
    if record.subject == Subject.SENSITIVE:
        return labels.get(record.attribute_key, record.attribute_key)
    return str(record.get_subject_display())
