"""The ledger tells the latest word; suppression wins and stays."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from customers import consent
from customers.consent import ConsentError
from customers.fields import address_hash
from customers.models import Customer, Suppression
from customers.reachability import reachable
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def ana(add_customer: AddCustomer) -> Customer:
    return add_customer(first_name="Ana", email="ana@exemple.fr", phone="+33612345678")


def test_the_latest_word_tells_the_state_whenever_it_was_recorded(ana: Customer) -> None:
    now = timezone.now()
    consent.record_consent(ana, "email", "withdrawn", source="Call", occurred_at=now)
    consent.record_consent(
        ana, "email", "given", source="Form", occurred_at=now - dt.timedelta(days=9)
    )
    held = consent.current_states(ana)["email"]
    assert held is not None
    assert held.state == "withdrawn"
    assert consent.consent_states([ana.pk], "email") == {ana.pk: "withdrawn"}
    assert ana.consents.count() == 2


def test_of_two_words_of_one_instant_the_later_line_holds(ana: Customer) -> None:
    at = timezone.now()
    for state in ("given", "withdrawn", "given"):
        consent.record_consent(ana, "sms", state, source="Form", occurred_at=at)
    assert consent.consent_states([ana.pk], "sms") == {ana.pk: "given"}
    assert list(consent.with_state(Customer.objects.all(), "sms", "given")) == [ana]


def test_nobody_consents_by_default(ana: Customer) -> None:
    assert consent.consent_states([ana.pk], "tracking") == {ana.pk: "unknown"}
    assert list(consent.with_state(Customer.objects.all(), "email", "unknown")) == [ana]


def test_a_consent_without_source_or_from_the_future_is_refused(ana: Customer) -> None:
    with pytest.raises(ConsentError):
        consent.record_consent(ana, "email", "given", source=" ")
    tomorrow = timezone.now() + dt.timedelta(days=1)
    with pytest.raises(ConsentError):
        consent.record_consent(ana, "email", "given", source="Form", occurred_at=tomorrow)
    assert not ana.consents.exists()


def test_unsubscribing_withdraws_and_suppresses_that_channel_only(ana: Customer) -> None:
    consent.withdraw(ana, "email", source="Link", reason="unsubscribe")
    assert consent.suppressed_hashes("email", [ana.email_hash]) == {ana.email_hash}
    assert consent.suppressed_hashes("sms", [ana.email_hash, ana.phone_hash]) == set()
    assert set(consent.suppressions_of(ana)) == {"email"}


def test_a_later_consent_does_not_lift_a_suppression(ana: Customer) -> None:
    consent.withdraw(ana, "email", source="Link", reason="unsubscribe")
    consent.record_consent(ana, "email", "given", source="Import")
    assert not reachable(Customer.objects.all(), "email").exists()


def test_stop_withdraws_for_everyone_who_has_the_number(
    ana: Customer, add_customer: AddCustomer
) -> None:
    hugo = add_customer(first_name="Hugo", phone="+33612345678")
    other = add_customer(first_name="Léa", phone="+33699999999")
    consent.withdraw(hugo, "sms", source="Call")
    assert consent.withdraw_address("sms", "06 12 34 56 78", "stop", "STOP") == 1
    ids = [ana.pk, hugo.pk, other.pk]
    assert consent.consent_states(ids, "sms") == {
        ana.pk: "withdrawn",
        hugo.pk: "withdrawn",
        other.pk: "unknown",
    }
    assert hugo.consents.count() == 1


def test_an_address_is_suppressed_once_and_keeps_its_first_reason(db: None) -> None:
    assert consent.suppress("email", "Ana@Exemple.fr", "bounce", "SMTP")
    assert not consent.suppress("email", "ana@exemple.fr", "complaint", "Gateway")
    row = Suppression.objects.get()
    assert (row.reason, row.address_hash) == ("bounce", address_hash("ana@exemple.fr"))


def test_an_address_that_is_none_by_our_rules_can_still_be_suppressed(db: None) -> None:
    assert consent.suppress("email", "anaïs@exemple", "bounce")
    assert consent.suppressed_hashes("email", [address_hash("anaïs@exemple")])


def test_a_withdrawal_of_someone_without_address_suppresses_nothing(
    add_customer: AddCustomer,
) -> None:
    consent.withdraw(add_customer(first_name="Léa"), "sms", source="Call", reason="opposition")
    assert not Suppression.objects.exists()


def test_reachable_means_address_consent_and_no_suppression(
    ana: Customer, add_customer: AddCustomer
) -> None:
    fixed = add_customer(first_name="Paul", phone="+33142685300")
    belgian = add_customer(first_name="Lou", phone="+32470123456")
    for person in (ana, fixed, belgian):
        consent.record_consent(person, "sms", "given", source="Form")
    assert set(reachable(Customer.objects.all(), "sms")) == {ana, belgian}
    assert not reachable(Customer.objects.all(), "email").exists()


def test_who_recorded_a_consent_is_kept(ana: Customer) -> None:
    member = User.objects.create_user("max@shop.test")
    assert (
        consent.record_consent(ana, "sms", "given", source="Form", by=member).recorded_by == member
    )


def test_many_states_cost_one_query_a_thousand(db: None, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    Customer.objects.bulk_create([Customer(first_name=str(n)) for n in range(1500)])
    ids = list(Customer.objects.values_list("pk", flat=True))
    with django_assert_num_queries(2):
        states = consent.consent_states(ids, "email")
    assert len(states) == 1500
