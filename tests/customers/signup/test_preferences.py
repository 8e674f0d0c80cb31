"""The page behind the link in messages: what people choose, and what each word does."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import consent, preferences
from customers.models import ConsentRecord, Customer, SignupForm, Suppression

pytestmark = pytest.mark.django_db


@pytest.fixture
def anne(form: SignupForm) -> Customer:
    return Customer.objects.create(
        email="anne@example.com",
        phone="+33612345678",
        first_name="Anne",
        interests=["Candles"],
        language="en",
    )


def page_of(customer: Customer, channel: str = "email") -> str:
    return f"/preferences/{preferences.token(customer, channel)}/"


def state(customer: Customer, subject: str) -> str:
    return consent.consent_states([customer.pk], subject)[customer.pk]


def test_it_shows_the_state_and_little_of_the_person(visitor: Client, anne: Customer) -> None:
    consent.record_consent(anne, "sms", "given", source="shop")
    page = visitor.get(page_of(anne))
    text = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert not page.cookies
    assert 'name="agree_sms" id="id_agree_sms" checked' in " ".join(text.split())
    assert "anne@example.com" not in text
    assert "612345678" not in text.replace(" ", "")
    for topic in ("Soap", "Tea", "Candles"):
        assert topic in text
    assert ConsentRecord.objects.count() == 1


def test_choices_are_kept_each_with_its_words(visitor: Client, anne: Customer) -> None:
    consent.record_consent(anne, "sms", "given", source="shop")
    chosen = {"agree_email": "on", "topics": ["Tea"], "frequency": "monthly", "channel": "email"}
    assert visitor.post(page_of(anne), chosen).status_code == 303
    anne.refresh_from_db()
    assert (anne.interests, anne.preferred_frequency) == (["Tea"], "monthly")
    assert anne.preferred_channel == "email"
    assert (state(anne, "email"), state(anne, "sms")) == ("given", "withdrawn")
    given = ConsentRecord.objects.get(subject="email")
    assert "by e-mail" in given.wording
    assert given.proof
    barred = Suppression.objects.get()
    assert (barred.channel, barred.reason) == ("sms", "unsubscribe")
    before = ConsentRecord.objects.count()
    visitor.post(page_of(anne), chosen)
    assert ConsentRecord.objects.count() == before, "the same word again adds nothing"


def test_leaving_says_no_to_everything_even_what_was_never_agreed_to(
    visitor: Client, anne: Customer
) -> None:
    consent.record_consent(anne, "tracking", "given", source="shop")
    assert visitor.post(page_of(anne), {"leave": "1"}).status_code == 303
    assert {state(anne, each) for each in ("email", "sms", "tracking")} == {"withdrawn"}
    assert Suppression.objects.count() == 2
    anne.refresh_from_db()
    assert anne.interests == ["Candles"]


@pytest.mark.parametrize("reason", ["unsubscribe", "bounce", "complaint", "opposition", "listed"])
def test_a_yes_from_the_address_itself_lifts_what_barred_it(
    visitor: Client, anne: Customer, reason: str
) -> None:
    consent.suppress("email", anne.email, reason)
    visitor.post(page_of(anne), {"agree_email": "on"})
    assert not Suppression.objects.exists()
    assert state(anne, "email") == "given"


def test_a_stop_is_not_lifted_from_a_link_sent_elsewhere(visitor: Client, anne: Customer) -> None:
    consent.withdraw_address("sms", str(anne.phone), Suppression.Reason.STOP, "STOP by SMS")
    visitor.post(page_of(anne), {"agree_sms": "on"})
    assert Suppression.objects.get().reason == "stop"
    assert state(anne, "sms") == "withdrawn"
    visitor.post(page_of(anne, "sms"), {"agree_sms": "on"})
    assert not Suppression.objects.exists()


def test_what_was_closed_here_opens_again_from_a_link_to_that_address(
    visitor: Client, anne: Customer
) -> None:
    visitor.post(page_of(anne), {"leave": "1"})
    visitor.post(page_of(anne), {"agree_email": "on", "agree_sms": "on"})
    assert (state(anne, "email"), state(anne, "sms")) == ("given", "withdrawn")
    visitor.post(page_of(anne, "sms"), {"agree_email": "on", "agree_sms": "on"})
    assert state(anne, "sms") == "given"


def test_nobody_reopens_a_shared_phone_from_their_own_mailbox(
    visitor: Client, anne: Customer
) -> None:
    other = Customer.objects.create(email="b@example.com", phone=anne.phone, language="en")
    visitor.post(page_of(anne, "sms"), {"leave": "1"})
    visitor.post(page_of(other), {"agree_sms": "on"})
    assert Suppression.objects.filter(channel="sms").exists()
    assert state(other, "sms") == "withdrawn"


def test_under_15_nobody_consents_here_alone(visitor: Client, anne: Customer) -> None:
    Customer.objects.filter(pk=anne.pk).update(birth_date=timezone.localdate())
    answer = visitor.post(page_of(anne), {"agree_email": "on", "topics": ["Tea"]})
    assert answer.status_code == 422
    assert b"parental authority" in answer.content
    assert not ConsentRecord.objects.exists()
    anne.refresh_from_db()
    assert anne.interests == ["Candles"]


def test_a_link_ends_with_the_address_it_was_sent_to(visitor: Client, anne: Customer) -> None:
    path = page_of(anne)
    Customer.objects.filter(pk=anne.pk).update(email="other@example.com", email_hash=None)
    for answer in (visitor.get(path), visitor.post(path, {"leave": "1"})):
        assert answer.status_code == 404
    assert not Suppression.objects.exists()


def test_a_link_finds_the_record_the_person_was_merged_into(
    visitor: Client, anne: Customer
) -> None:
    path = page_of(anne)
    anne.delete()
    kept = Customer.objects.create(email="anne@example.com")
    visitor.post(path, {"leave": "1"})
    assert state(kept, "email") == "withdrawn"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is SQLite's")
def test_nobody_is_looked_for_among_everyone(anne: Customer) -> None:
    token = preferences.token(anne, "email")
    anne.delete()
    with CaptureQueriesContext(connection) as asked:
        assert preferences.visitor_of(token) is None
    assert len(asked) == 2
    for query in asked:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            assert "SCAN customers_customer" not in str(cursor.fetchall())


def test_other_links_methods_and_hammering_are_refused(visitor: Client, anne: Customer) -> None:
    path = page_of(anne)
    assert visitor.get("/preferences/AAAA/").status_code == 404
    assert visitor.put(path).status_code == 405
    assert visitor.post(path, {"frequency": "hourly"}).status_code == 422
    answers = [visitor.post(path, {}) for _time in range(25)]
    assert {each.status_code for each in answers} == {303, 429}
    assert answers[-1].headers["Retry-After"] == "60"
