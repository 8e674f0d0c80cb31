"""Who may consent, on which basis: under-15s, existing customers, records taken back."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from customers import consent, ledger
from customers.consent import ConsentError, ConsentRefused
from customers.legal_bases import age_on, may_be_given
from customers.models import ConsentRecord, ConsentState, Customer, LegalBasis, Order
from customers.reachability import reachable
from tests.customers.conftest import AddCustomer

CHILD = dt.date(2012, 6, 15)
BIRTHDAY = dt.date(2027, 6, 15)
PARIS = ZoneInfo("Europe/Paris")


def test_age_is_completed_years_also_on_29_february() -> None:
    assert age_on(CHILD, BIRTHDAY - dt.timedelta(days=1)) == 14
    assert age_on(CHILD, BIRTHDAY) == 15
    leap = dt.date(2008, 2, 29)
    assert [age_on(leap, dt.date(2023, 2, 28)), age_on(leap, dt.date(2023, 3, 1))] == [14, 15]


def test_from_the_fifteenth_birthday_in_local_time_one_consents_alone() -> None:
    eve = dt.datetime(2027, 6, 14, 23, 59, tzinfo=PARIS)
    assert not may_be_given(CHILD, LegalBasis.CONSENT, eve)
    assert not may_be_given(CHILD, LegalBasis.EXISTING_CUSTOMER, eve)
    assert may_be_given(CHILD, LegalBasis.GUARDIAN, eve)
    # In UTC it is still the day before.
    assert may_be_given(CHILD, LegalBasis.CONSENT, eve + dt.timedelta(minutes=2))
    assert may_be_given(None, LegalBasis.CONSENT, eve)


@pytest.fixture
def child(add_customer: AddCustomer) -> Customer:
    born = timezone.localdate() - dt.timedelta(days=14 * 365)
    return add_customer(first_name="Zoé", email="zoe@exemple.fr", birth_date=born)


@pytest.mark.django_db
def test_nobody_under_15_consents_without_a_guardian_and_their_proof(child: Customer) -> None:
    with pytest.raises(ConsentRefused) as refused:
        consent.record_consent(child, "email", "given", source="Form")
    assert refused.value.refusal.code == "too_young"
    with pytest.raises(ConsentRefused) as refused:
        consent.record_consent(child, "email", "given", source="Form", basis="guardian")
    assert refused.value.refusal.code == "no_proof"
    assert not child.consents.exists()
    consent.record_consent(
        child, "email", "given", source="Form", basis="guardian", proof="Signed by her mother"
    )
    assert list(reachable(Customer.objects.all(), "email")) == [child]
    consent.record_consent(child, "email", "withdrawn", source="Call")
    assert not reachable(Customer.objects.all(), "email").exists()


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("basis", "said_at", "state"),
    [
        ("consent", dt.datetime(2024, 2, 28, 23, 59, tzinfo=PARIS), "unknown"),
        ("consent", dt.datetime(2024, 2, 29, 0, 1, tzinfo=PARIS), "unknown"),
        ("consent", dt.datetime(2024, 3, 1, 0, 1, tzinfo=PARIS), "given"),
        ("customer", dt.datetime(2024, 2, 29, 0, 1, tzinfo=PARIS), "unknown"),
        ("guardian", dt.datetime(2020, 1, 1, tzinfo=PARIS), "given"),
    ],
)
def test_a_word_given_too_young_counts_for_nothing_even_once_older(
    add_customer: AddCustomer, basis: str, said_at: dt.datetime, state: str
) -> None:
    person = add_customer(email="tom@exemple.fr", birth_date=dt.date(2009, 3, 1))
    # As an import of before the date of birth was known would have left it.
    ConsentRecord.objects.create(
        customer=person,
        subject="email",
        state="given",
        basis=basis,
        occurred_at=said_at,
        source="F",
    )
    assert consent.consent_states([person.pk], "email") == {person.pk: state}
    assert list(consent.with_state(Customer.objects.all(), "email", state)) == [person]
    assert (consent.current_states(person)["email"] is not None) == (state == "given")
    assert reachable(Customer.objects.all(), "email").exists() == (state == "given")


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("words", "state"),
    [
        # They are fifteen in March 2024.
        ("no 2022, yes 2023", "withdrawn"),
        ("no 2022, yes 2023, unknown 2023", "withdrawn"),
        ("no 2023, yes 2025, unknown 2025", "withdrawn"),
        ("yes 2022, no 2023", "withdrawn"),
        ("guardian 2022, yes 2023", "given"),
        ("guardian 2022, yes 2023, unknown 2023", "unknown"),
        ("no 2022, unknown 2023, yes 2025", "given"),
    ],
)
def test_a_void_yes_takes_nothing_back_and_taking_a_yes_back_leaves_the_no(
    add_customer: AddCustomer, words: str, state: str
) -> None:
    person = add_customer(email="tom@exemple.fr", birth_date=dt.date(2009, 3, 1))
    states = {"no": "withdrawn", "unknown": "unknown"}
    for word, year in (each.split() for each in words.split(", ")):
        ConsentRecord.objects.create(
            customer=person,
            subject="email",
            state=states.get(word, "given"),
            basis=word if word == "guardian" else "consent",
            occurred_at=dt.datetime(int(year), 6, 1, tzinfo=PARIS),
            source="F",
        )
    assert consent.consent_states([person.pk], "email") == {person.pk: state}
    assert list(consent.with_state(Customer.objects.all(), "email", state)) == [person]
    assert list(consent.with_word(Customer.objects.all(), "email", state)) == [person]
    held = consent.current_states(person)["email"]
    assert (held.state if held else "unknown") == state
    shown = [line.record for line in ledger.lines(person) if line.holds]
    assert shown == ([held] if held else [])


@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_record_taken_back_leaves_the_state_unknown(add_customer: AddCustomer) -> None:
    person = add_customer(email="tom@exemple.fr")
    for state in (ConsentState.GIVEN, ConsentState.UNKNOWN):
        consent.record_consent(person, "email", state, source="Import of base.csv")
    assert consent.consent_states([person.pk], "email") == {person.pk: "unknown"}
    assert list(consent.with_state(Customer.objects.all(), "email", "unknown")) == [person]
    assert not consent.with_state(Customer.objects.all(), "email", "given").exists()
    assert consent.current_states(person)["email"] is None
    assert not reachable(Customer.objects.all(), "email").exists()


@pytest.mark.django_db
def test_the_exception_for_customers_needs_a_paid_order(add_customer: AddCustomer) -> None:
    person = add_customer(email="tom@exemple.fr")
    order = Order.objects.create(
        customer=person, placed_at=timezone.now(), total=20, status=Order.Status.CANCELLED
    )
    with pytest.raises(ConsentRefused) as refused:
        consent.record_consent(person, "email", "given", source="Till", basis="customer")
    assert refused.value.refusal.code == "never_bought"
    Order.objects.filter(pk=order.pk).update(status=Order.Status.PAID)
    record = consent.record_consent(person, "email", "given", source="Till", basis="customer")
    assert record.basis == LegalBasis.EXISTING_CUSTOMER
    assert list(reachable(Customer.objects.all(), "email")) == [person]


@pytest.mark.django_db
def test_being_a_customer_never_allows_tracking_nor_overrides_a_refusal(
    add_customer: AddCustomer,
) -> None:
    person = add_customer(email="tom@exemple.fr")
    Order.objects.create(
        customer=person, placed_at=timezone.now(), total=20, status=Order.Status.PAID
    )
    with pytest.raises(ConsentRefused) as refused:
        consent.record_consent(person, "tracking", "given", source="Till", basis="customer")
    assert refused.value.refusal.code == "basis_not_for_this"
    consent.withdraw(person, "email", source="Call")
    with pytest.raises(ConsentRefused) as refused:
        consent.record_consent(person, "email", "given", source="Till", basis="customer")
    assert refused.value.refusal.code == "objected"
    consent.record_consent(person, "email", "given", source="New form")
    assert consent.consent_states([person.pk], "email") == {person.pk: "given"}


@pytest.mark.django_db
def test_consent_to_keep_sensitive_data_names_one_attribute_and_its_words(
    add_customer: AddCustomer,
) -> None:
    person = add_customer(email="tom@exemple.fr")
    with pytest.raises(ConsentError):
        consent.record_consent(person, "sensitive", "given", source="Form", wording="I agree")
    with pytest.raises(ConsentRefused) as refused:
        consent.record_consent(
            person, "sensitive", "given", source="Form", attribute_key="allergies"
        )
    assert refused.value.refusal.code == "no_wording"
    with pytest.raises(ConsentError):
        consent.record_consent(person, "email", "given", source="Form", attribute_key="allergies")


@pytest.mark.django_db
def test_the_ledger_is_never_rewritten(add_customer: AddCustomer) -> None:
    person, other = add_customer(email="tom@exemple.fr"), add_customer(email="lea@exemple.fr")
    record = consent.record_consent(person, "email", "withdrawn", source="Call")
    with pytest.raises(TypeError):
        ConsentRecord.objects.filter(pk=record.pk).update(state="given")
    record.state = "given"
    with pytest.raises(TypeError), transaction.atomic():
        ConsentRecord.objects.bulk_update([record], ["state"])
    with pytest.raises(TypeError):
        ConsentRecord.objects.filter(pk=record.pk).delete()
    # Two records of one person become one: the line follows the person, and says the same.
    ConsentRecord.objects.filter(pk=record.pk).update(customer=other)
    assert consent.consent_states([other.pk], "email") == {other.pk: "withdrawn"}
    other.delete()
    assert not ConsentRecord.objects.exists()
