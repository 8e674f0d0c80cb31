"""What holds of the consent ledger: of a person, of many, and as a condition of a query.

The latest record tells the state, by date, then by number; one that takes another back, or a word
given under 15 without a guardian, says nothing. The exception for existing customers is no word
of theirs: it lets a channel be used where they said nothing, and never outweighs a refusal,
whichever of the two came last. `segmentation.snapshot.consents` says the same in its own SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, TypeVar

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import (
    Coalesce,
    ExtractDay,
    ExtractMonth,
    ExtractYear,
    NullIf,
)

from customers.legal_bases import AGE_OF_CONSENT, counts
from customers.models import ConsentRecord, ConsentState, Customer, LegalBasis, Subject

UNKNOWN: Final = ConsentState.UNKNOWN.value
# What a person is asked about in general; sensitive data is agreed to an attribute at a time.
SUBJECTS: Final = (Subject.EMAIL, Subject.SMS, Subject.TRACKING)
_SAID: Final = ("state", "basis", "occurred_at", "customer__birth_date")
_EXCEPTION: Final = Q(state=ConsentState.GIVEN, basis=LegalBasis.EXISTING_CUSTOMER)
_CHUNK: Final = 1000
_T = TypeVar("_T")


def current_states(customer: Customer) -> dict[str, ConsentRecord | None]:
    """The record that holds for each of SUBJECTS, None where nothing holds; one query.

    It may be the exception for existing customers: its `basis` says so.
    """
    said: dict[str, ConsentRecord | None] = dict.fromkeys(subject.value for subject in SUBJECTS)
    excepted: dict[str, ConsentRecord] = {}
    records = customer.consents.filter(subject__in=SUBJECTS)
    for record in records.order_by("occurred_at", "id").select_related("recorded_by"):
        holds = counts(record.state, record.basis, record.occurred_at, customer.birth_date)
        excepted.pop(record.subject, None)
        if not _is_exception(record.state, record.basis):
            said[record.subject] = record if holds else None
        elif holds:
            excepted[record.subject] = record
    return {subject: record or excepted.get(subject) for subject, record in said.items()}


def consent_states(customer_ids: Collection[int], subject: str) -> dict[int, str]:
    """What holds of each of these people: given, withdrawn or unknown; one query a thousand.

    Given by the exception for existing customers too. Not for sensitive data, which is agreed to
    an attribute at a time: see sensitive.py.
    """
    said, excepted = _read(customer_ids, subject)
    for pk in excepted:
        if said[pk] == UNKNOWN:
            said[pk] = ConsentState.GIVEN.value
    return said


def said_states(customer_ids: Collection[int], subject: str) -> dict[int, str]:
    """What each of these people said themself, exceptions apart; one query a thousand."""
    return _read(customer_ids, subject)[0]


def _read(customer_ids: Collection[int], subject: str) -> tuple[dict[int, str], set[int]]:
    """What each person last said, and those about whom an exception comes last."""
    said = dict.fromkeys(customer_ids, UNKNOWN)
    excepted: set[int] = set()
    for ids in in_chunks(list(customer_ids)):
        records = ConsentRecord.objects.filter(customer_id__in=ids, subject=subject)
        in_order = records.order_by("customer_id", "occurred_at", "id")
        for pk, state, basis, at, born in in_order.values_list("customer_id", *_SAID):
            told = state if counts(state, basis, at, born) else UNKNOWN
            excepted.discard(pk)
            if not _is_exception(state, basis):
                said[pk] = told
            elif told != UNKNOWN:
                excepted.add(pk)
    return said, excepted


def _is_exception(state: str, basis: str) -> bool:
    return state == ConsentState.GIVEN and basis == LegalBasis.EXISTING_CUSTOMER


def with_state(customers: QuerySet[Customer], subject: str, state: str) -> QuerySet[Customer]:
    """Those of `customers` of whom given, withdrawn or unknown holds, as in `consent_states`."""
    latest, word = _told(subject), _word(subject)
    return _marked(customers, f"{subject}_state", Coalesce(NullIf(word, _UNKNOWN), latest), state)


def with_word(customers: QuerySet[Customer], subject: str, state: str) -> QuerySet[Customer]:
    """Those of `customers` who said given, withdrawn or nothing, as in `said_states`."""
    return _marked(customers, f"{subject}_word", _word(subject), state)


_UNKNOWN: Final = Value(UNKNOWN)


def _word(subject: str) -> Subquery:
    return _told(subject, ~_EXCEPTION)


def _told(subject: str, *conditions: Q) -> Subquery:
    """The latest record's state as legal_bases.counts hears it, for a query of customers."""
    records = ConsentRecord.objects.filter(*conditions, customer=OuterRef("pk"), subject=subject)
    young = Q(state=ConsentState.GIVEN, customer__birth_date__isnull=False) & ~Q(
        basis=LegalBasis.GUARDIAN
    )
    grown_up = _day_number("customer__birth_date") + Value(AGE_OF_CONSENT * 10_000)
    told = Case(When(young & Q(said_on__lt=F("grown_up_on")), then=_UNKNOWN), default=F("state"))
    dated = records.alias(said_on=_day_number("occurred_at"), grown_up_on=grown_up)
    return Subquery(dated.order_by("-occurred_at", "-id").values(told=told)[:1])


def _marked(customers: QuerySet[Customer], name: str, told: Any, state: str) -> QuerySet[Customer]:
    marked = customers.alias(**{name: told})
    if state == UNKNOWN:
        return marked.filter(Q(**{f"{name}__isnull": True}) | Q(**{name: UNKNOWN}))
    return marked.filter(**{name: state})


def _day_number(field: str) -> Any:
    """A date (of an instant, the local one) as the number yyyymmdd, which sorts like it."""
    return ExtractYear(field) * 10_000 + ExtractMonth(field) * 100 + ExtractDay(field)


def in_chunks(values: list[_T]) -> Iterator[list[_T]]:
    """These values a thousand at a time: what one query is asked about."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
