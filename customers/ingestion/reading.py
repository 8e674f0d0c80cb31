"""A customer as the API tells of them."""

from __future__ import annotations

from typing import Any, Final

from customers.consent import current_states, suppressions_of
from customers.models import Customer, FormerNumber

_TOLD: Final = (
    "external_id", "email", "phone", "first_name", "last_name", "gender", "birth_date", "address",
    "postal_code", "city", "country", "language", "children", "marital_status", "education",
    "profession", "income_band", "acquisition_source", "interests", "preferred_frequency",
    "preferred_channel", "attributes", "signed_up_at", "created_at", "updated_at",
)  # fmt: skip


def by_number(external_id: str) -> Customer | None:
    """The person of that customer number, or of that of a record merged into theirs."""
    if "\x00" in external_id:
        # PostgreSQL would not even look for it.
        return None
    found = Customer.objects.filter(external_id=external_id).first()
    if found is None:
        former = FormerNumber.objects.filter(external_id=external_id).first()
        found = Customer.objects.filter(pk=former.customer_id).first() if former else None
    return found


def told(customer: Customer) -> dict[str, Any]:
    """Everything a program may know of a person: who they are, tags, and what they agreed to."""
    answer: dict[str, Any] = {"id": customer.pk}
    answer |= {key: getattr(customer, key) for key in _TOLD}
    answer["tags"] = list(customer.tags.order_by("folded").values_list("name", flat=True))
    suppressed = suppressions_of(customer)
    answer["consents"] = {
        subject: {
            "state": record.state if record else "unknown",
            "occurred_at": record.occurred_at if record else None,
            "source": record.source if record else "",
            "suppressed": subject in suppressed,
        }
        for subject, record in current_states(customer).items()
    }
    return answer
