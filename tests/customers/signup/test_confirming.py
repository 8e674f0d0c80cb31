"""The link and the code: what they prove, how long, and what is then written."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from campaigns.models import OutboxMessage
from customers import consent, preferences
from customers.models import ConsentRecord, Customer, Signup, SignupForm, Suppression
from customers.signup import expiry, sending
from tests.customers.signup.conftest import WORDS, Answers, code_in, deliver, link_in

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(hours=49)


def test_the_link_writes_the_person_and_the_proof(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    sign_up(form, topics=["Tea"], frequency="monthly", agree_tracking="on")
    [message] = deliver()
    assert (message.recipient, message.channel) == ("anne@example.com", "email")
    assert "La Vie Claire" in message.subject
    assert message.headers["Auto-Submitted"] == "auto-generated"
    path = link_in(message)
    assert visitor.get(path).status_code == 200
    assert not Customer.objects.exists(), "looking changes nothing: mail programs open links"
    for _time in range(2):
        assert b"Thank you" in visitor.post(path).content
    person = Customer.objects.get()
    assert (person.email, person.first_name, person.language) == ("anne@example.com", "Anne", "en")
    assert (person.interests, person.preferred_frequency) == (["Tea"], "monthly")
    assert [tag.name for tag in person.tags.all()] == ["Newsletter"]
    signup = Signup.objects.get()
    assert (signup.state, signup.customer_id) == ("confirmed", person.pk)
    records = {record.subject: record for record in ConsentRecord.objects.all()}
    assert set(records) == {"email", "tracking"}
    assert records["email"].wording == WORDS
    assert "Newsletter" in records["email"].source
    for fact in (f"{signup.pk}, version 1", "https://www.shop.example/a"):
        assert fact in records["email"].proof


def test_the_words_shown_are_kept_though_the_form_changes(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    sign_up(form)
    SignupForm.objects.update(email_wording="Other words.", version=2)
    visitor.post(link_in(deliver()[0]))
    record = ConsentRecord.objects.get()
    assert (record.wording, "version 1" in record.proof) == (WORDS, True)


def test_what_the_person_types_replaces_what_we_knew(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    known = Customer.objects.create(
        email="anne@example.com", first_name="Anna", last_name="Morel", interests=["Candles"]
    )
    sign_up(form, topics=["Tea"])
    visitor.post(link_in(deliver()[0]))
    known.refresh_from_db()
    assert (known.first_name, known.last_name) == ("Anne", "Morel")
    assert known.interests == ["Candles", "Tea"]
    assert Customer.objects.count() == 1


def test_of_a_family_at_one_address_it_is_the_one_of_that_name(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    Customer.objects.create(email="anne@example.com", first_name="Paul")
    anne = Customer.objects.create(email="anne@example.com", first_name="ANNE")
    sign_up(form)
    visitor.post(link_in(deliver()[0]))
    assert ConsentRecord.objects.get().customer_id == anne.pk


@pytest.mark.parametrize("reason", list(Suppression.Reason.values))
def test_a_proven_later_word_lifts_whatever_barred_the_address(
    sign_up: Answers, visitor: Client, form: SignupForm, reason: str
) -> None:
    consent.suppress("email", "anne@example.com", reason)
    sign_up(form)
    path = link_in(deliver()[0])
    assert Suppression.objects.count() == 1
    visitor.post(path)
    assert not Suppression.objects.exists()
    with override("fr"):
        assert str(Suppression.Reason(reason).label) in ConsentRecord.objects.get().proof


def test_a_link_dies_after_two_days(sign_up: Answers, visitor: Client, form: SignupForm) -> None:
    sign_up(form)
    path = link_in(deliver()[0])
    Signup.objects.update(created_at=timezone.now() - LATER)
    for answer in (visitor.get(path), visitor.post(path)):
        assert answer.status_code == 410
    assert not Customer.objects.exists()


def test_made_up_links_lead_nowhere(visitor: Client, form: SignupForm) -> None:
    for token in ("AAAA", "é", "A" * 90):
        assert visitor.get(f"/inscription/confirmer/{token}/").status_code == 404
        assert visitor.post(f"/inscription/confirmer/{token}/").status_code == 404


def test_the_code_proves_the_number(sign_up: Answers, visitor: Client, form: SignupForm) -> None:
    consent.suppress("sms", "+33612345678", Suppression.Reason.STOP)
    step = sign_up(form, email=None, agree_email=None, phone="0612345678", agree_sms="on")
    [message] = deliver()
    assert (message.channel, message.recipient) == ("sms", "+33612345678")
    answer = visitor.post(
        step["Location"], {"code": f" {code_in(message)[:3]} {code_in(message)[3:]}"}
    )
    assert answer.status_code == 303
    assert b"Thank you" in visitor.get(answer["Location"]).content
    person = Customer.objects.get()
    assert (person.phone, person.email) == ("+33612345678", None)
    assert consent.consent_states([person.pk], "sms") == {person.pk: "given"}
    assert not Suppression.objects.exists()


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_five_wrong_codes_and_even_the_right_one_is_refused(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    step = sign_up(form, email=None, agree_email=None, phone="0612345678", agree_sms="on")[
        "Location"
    ]
    code = code_in(deliver()[0])
    for _time in range(5):
        assert visitor.post(step, {"code": _wrong(code)}).status_code == 422
    assert b"no longer works" in visitor.post(step, {"code": code}).content
    assert not Customer.objects.exists()


def test_a_code_dies_after_ten_minutes(sign_up: Answers, visitor: Client, form: SignupForm) -> None:
    step = sign_up(form, email=None, agree_email=None, phone="0612345678", agree_sms="on")[
        "Location"
    ]
    code = code_in(deliver()[0])
    Signup.objects.update(code_sent_at=timezone.now() - dt.timedelta(minutes=11))
    assert b"no longer works" in visitor.post(step, {"code": code}).content
    assert not Customer.objects.exists()


def test_another_code_replaces_the_first_and_there_are_four_at_most(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    step = sign_up(form, email=None, agree_email=None, phone="0612345678", agree_sms="on")[
        "Location"
    ]
    for _time in range(6):
        deliver()
        visitor.post(step, {"again": "1"})
    messages = deliver()
    assert len(messages) == 4
    codes = [code_in(message) for message in messages]
    if codes[0] != codes[-1]:
        assert visitor.post(step, {"code": codes[0]}).status_code == 422
    assert b"Enough codes" in visitor.post(step, {"again": "1"}).content


def test_both_channels_are_each_confirmed_for_themselves(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    step = sign_up(form, phone="0612345678", agree_sms="on", agree_tracking="on")["Location"]
    messages = {message.channel: message for message in deliver()}
    visitor.post(link_in(messages["email"]))
    person = Customer.objects.get()
    assert consent.consent_states([person.pk], "sms") == {person.pk: "unknown"}
    visitor.post(step, {"code": code_in(messages["sms"])})
    assert consent.consent_states([person.pk], "sms") == {person.pk: "given"}
    assert ConsentRecord.objects.filter(subject="tracking").count() == 1
    assert Customer.objects.count() == 1


def test_someone_we_know_to_be_under_15_is_not_made_reachable(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    young = Customer.objects.create(email="anne@example.com", birth_date=timezone.localdate())
    sign_up(form)
    assert visitor.post(link_in(deliver()[0])).status_code == 200
    assert consent.consent_states([young.pk], "email") == {young.pk: "unknown"}


def test_what_was_sent_cannot_be_read_back_and_is_sent_once(
    sign_up: Answers, form: SignupForm
) -> None:
    sign_up(form, phone="0612345678", agree_sms="on")
    sent = deliver()
    assert len(sent) == len(deliver()) == 2
    signup = Signup.objects.get()
    stored = f"{signup.email_proof} {signup.sms_proof}"
    by_channel = {message.channel: message for message in sent}
    assert code_in(by_channel["sms"]) not in stored
    assert link_in(by_channel["email"]).split("/")[3] not in stored


def test_a_confirmation_the_provider_did_not_take_is_tried_again(
    sign_up: Answers, form: SignupForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up(form, phone="0612345678", agree_sms="on")
    with monkeypatch.context() as away:
        away.setattr(sending, "send_service_message", lambda _message: False)
        assert deliver() == []
    assert sending.unsent(timezone.now()) == [Signup.objects.get().pk]
    assert len(deliver()) == 2
    assert sending.unsent(timezone.now()) == []


def test_nobody_waits_for_an_old_confirmation(sign_up: Answers, form: SignupForm) -> None:
    sign_up(form)
    Signup.objects.update(created_at=timezone.now() - dt.timedelta(hours=2))
    assert sending.unsent(timezone.now()) == []


def test_unconfirmed_sign_ups_are_emptied_after_a_week(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    sign_up(form)
    path = link_in(deliver()[0])
    assert expiry.expire(timezone.now() + dt.timedelta(days=6)) == 0
    assert expiry.expire(timezone.now() + dt.timedelta(days=8)) == 1
    signup = Signup.objects.get()
    assert (signup.state, signup.email, signup.answers, signup.email_proof) == (
        "expired",
        None,
        {},
        "",
    )
    assert visitor.post(path).status_code == 410
    assert expiry.expire(timezone.now() + dt.timedelta(days=9)) == 0


def test_sign_ups_of_people_who_are_gone_are_emptied(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    sign_up(form)
    visitor.post(link_in(deliver()[0]))
    assert expiry.expire(timezone.now()) == 0
    Customer.objects.all().delete()
    assert expiry.expire(timezone.now()) == 1
    assert not Signup.objects.exclude(email=None).exists()


def test_a_confirmation_is_named_in_the_outbox(sign_up: Answers, form: SignupForm) -> None:
    sign_up(form)
    deliver()
    assert OutboxMessage.objects.get().is_automatic


def test_a_phone_nobody_proved_cannot_be_opened_by_the_mailbox_beside_it(
    form: SignupForm, sign_up: Answers, visitor: Client
) -> None:
    sign_up(form, phone="06 98 76 54 32", agree_sms="on")
    visitor.post(link_in(deliver()[0]))
    person = Customer.objects.get()
    assert (person.email, person.phone) == ("anne@example.com", None)
    visitor.post(f"/preferences/{preferences.token(person, 'email')}/", {"agree_sms": "on"})
    assert not ConsentRecord.objects.filter(subject="sms").exists()


def test_an_old_link_opens_no_preferences_of_an_address_that_came_after(
    form: SignupForm, sign_up: Answers, visitor: Client
) -> None:
    sign_up(form)
    path = link_in(deliver()[0])
    assert b"/preferences/" in visitor.post(path).content
    person = Customer.objects.get()
    person.email = "new@example.com"
    person.save()
    assert b"/preferences/" not in visitor.get(path).content
