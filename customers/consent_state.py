"""What holds of the consent ledger: of a person, of many, and as a condition of a query.

What a sequence of records comes to is `customers.hearing`; the conditions say the same in the
database's words, and `segmentation.snapshot.consents` in its own. The exception for existing
customers lets a channel be used where they said nothing, and never outweighs a refusal, whichever
of the two came last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, TypeVar

from django.db.models import DateField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import (
    Coalesce,
    ExtractDay,
    ExtractMonth,
    ExtractYear,
    NullIf,
)

from customers.hearing import Heard
from customers.legal_bases import AGE_OF_CONSENT
from customers.models import ConsentRecord, ConsentState, Customer, LegalBasis, Subject

UNKNOWN: Final = ConsentState.UNKNOWN.value
# What a person is asked about in general; sensitive data is agreed to an attribute at a time.
SUBJECTS: Final = (Subject.EMAIL, Subject.SMS, Subject.TRACKING)
_SAID: Final = ("state", "basis", "occurred_at", "customer__birth_date")
_EXCEPTION: Final = Q(state=ConsentState.GIVEN, basis=LegalBasis.EXISTING_CUSTOMER)
_CHUNK: Final = 1000
_FEW: Final = 10_000
_T = TypeVar("_T")


def current_states(customer: Customer) -> dict[str, ConsentRecord | None]:
    """The record that holds for each of SUBJECTS, None where nothing holds; one query.

    It may be the exception for existing customers: its `basis` says so.
    """
    heard: dict[str, Heard[ConsentRecord]] = {subject.value: Heard() for subject in SUBJECTS}
    records = customer.consents.filter(subject__in=SUBJECTS)
    for each in records.order_by("occurred_at", "id").select_related("recorded_by"):
        heard[each.subject].hear(
            each, each.state, each.basis, each.occurred_at, customer.birth_date
        )
    return {subject: words.holds for subject, words in heard.items()}


def consent_states(customer_ids: Collection[int], subject: str) -> dict[int, str]:
    """What holds of each of these people: given, withdrawn or unknown; one query a thousand.

    Given by the exception for existing customers too. Not for sensitive data, which is agreed to
    an attribute at a time: see sensitive.py.
    """
    return {pk: heard.holds or UNKNOWN for pk, heard in _read(customer_ids, subject).items()}


def said_states(customer_ids: Collection[int], subject: str) -> dict[int, str]:
    """What each of these people said themself, exceptions apart; one query a thousand."""
    return {pk: heard.said or UNKNOWN for pk, heard in _read(customer_ids, subject).items()}


def _read(customer_ids: Collection[int], subject: str) -> dict[int, Heard[str]]:
    """The states that stand of each person's words."""
    found: dict[int, Heard[str]] = {pk: Heard() for pk in customer_ids}
    for ids in in_chunks(list(customer_ids)):
        records = ConsentRecord.objects.filter(customer_id__in=ids, subject=subject)
        in_order = records.order_by("customer_id", "occurred_at", "id")
        for pk, state, basis, at, born in in_order.values_list("customer_id", *_SAID):
            found[pk].hear(state, state, basis, at, born)
    return found


def with_state(customers: QuerySet[Customer], subject: str, state: str) -> QuerySet[Customer]:
    """Those of `customers` of whom given, withdrawn or unknown holds, as in `consent_states`."""
    told = Coalesce(_word(subject), _latest(subject))
    return _marked(customers, "state", subject, told, state)


def with_word(customers: QuerySet[Customer], subject: str, state: str) -> QuerySet[Customer]:
    """Those of `customers` who said given, withdrawn or nothing, as in `said_states`."""
    return _marked(customers, "word", subject, _word(subject), state)


def _word(subject: str) -> Coalesce:
    """What they said, for a query of customers; null where nothing stands.

    Where the latest word takes yeses back, a refusal before them still stands.
    """
    refused = Subquery(_records(subject, Q(state=ConsentState.WITHDRAWN)).values("state")[:1])
    return Coalesce(NullIf(_latest(subject, ~_EXCEPTION), Value(UNKNOWN)), refused)


def _latest(subject: str, *conditions: Q) -> Subquery:
    """The state of the latest record that is not void, for a query of customers."""
    void = Q(state=ConsentState.GIVEN, born__isnull=False) & ~Q(basis=LegalBasis.GUARDIAN)
    # Their row is at hand: joined, it would be looked for once more for each of them.
    born = ExpressionWrapper(OuterRef("birth_date"), DateField())
    grown_up = _day_number(born) + Value(AGE_OF_CONSENT * 10_000)
    dated = _records(subject, *conditions).alias(
        born=born, said_on=_day_number("occurred_at"), grown_up_on=grown_up
    )
    heard = dated.exclude(void & Q(said_on__lt=F("grown_up_on")))
    return Subquery(heard.order_by("-occurred_at", "-id").values("state")[:1])


def _records(subject: str, *conditions: Q) -> QuerySet[ConsentRecord]:
    return ConsentRecord.objects.filter(*conditions, customer=OuterRef("pk"), subject=subject)


def ever(subject: str, state: str) -> QuerySet[ConsentRecord, int]:
    """The ids of whoever ever said that: all of whom it holds now are among them."""
    said = ConsentRecord.objects.filter(subject=subject, state=state).order_by()
    return said.values_list("customer_id", flat=True)


def _marked(
    customers: QuerySet[Customer], name: str, subject: str, told: Any, state: str
) -> QuerySet[Customer]:
    name = f"{subject}_{name}"
    marked = customers.alias(**{name: told})
    if state == UNKNOWN:
        return marked.filter(Q(**{f"{name}__isnull": True}) | Q(**{name: UNKNOWN}))
    # Few are found by who they are; many soon turn up in whatever order is asked for.
    some = set(ever(subject, state)[: _FEW + 1])
    return (marked if len(some) > _FEW else marked.filter(pk__in=some)).filter(**{name: state})


def _day_number(field: Any) -> Any:
    """A date (of an instant, the local one) as the number yyyymmdd, which sorts like it."""
    return ExtractYear(field) * 10_000 + ExtractMonth(field) * 100 + ExtractDay(field)


def in_chunks(values: list[_T]) -> Iterator[list[_T]]:
    """These values a thousand at a time: what one query is asked about."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
