"""The public form: what it takes, what it refuses, and that it tells nothing about anyone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.logs import scrub
from customers import consent
from customers.models import ConsentRecord, Customer, Signup, SignupForm, Suppression
from customers.signup import stamp
from tests.customers.signup.conftest import Answers, deliver

pytestmark = pytest.mark.django_db


def test_nothing_is_ticked_beforehand_and_no_cookie_is_set(
    visitor: Client, form: SignupForm
) -> None:
    answer = visitor.get("/inscription/news/")
    assert answer.status_code == 200
    assert b"checked" not in answer.content
    assert b"Hear from us" in answer.content
    assert b"La Vie Claire" in answer.content
    assert not answer.cookies


def test_only_the_named_sites_may_frame_it(visitor: Client, form: SignupForm) -> None:
    answer = visitor.get("/inscription/news/?embed=1")
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://www.shop.example;" in f"{policy};"
    assert "default-src 'self'" in policy
    assert "X-Frame-Options" not in answer
    elsewhere = visitor.get(reverse("account_login"))
    assert elsewhere["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in elsewhere["Content-Security-Policy"]


def test_an_answer_waits_until_it_is_confirmed(sign_up: Answers, form: SignupForm) -> None:
    answer = sign_up(form, topics=["Tea"], frequency="monthly")
    assert answer.status_code == 303
    signup = Signup.objects.get()
    assert (signup.state, signup.email, signup.form_version) == ("waiting", "anne@example.com", 1)
    assert signup.answers["topics"] == ["Tea"]
    assert not Customer.objects.exists()
    assert not ConsentRecord.objects.exists()


def test_the_page_after_says_the_same_whether_we_know_the_address(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    Customer.objects.create(email="known@example.com", first_name="Léa")
    consent.suppress("email", "barred@example.com", Suppression.Reason.UNSUBSCRIBE)
    pages = []
    for name in ("nobody", "known", "barred"):
        answer = sign_up(form, email=f"{name}@example.com")
        page = visitor.get(answer["Location"]).content.decode().replace(name, "…")
        pages.append((answer.status_code, page))
    assert pages[0] == pages[1] == pages[2]


def test_an_open_form_does_not_tell_refused_addresses_apart_either(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    form.double_opt_in = False
    form.save()
    consent.suppress("sms", "+33612345678", Suppression.Reason.STOP)
    pages = []
    for phone in ("06 12 34 56 78", "06 12 34 56 79"):
        answer = sign_up(form, email=None, agree_email=None, phone=phone, agree_sms="on")
        pages.append(visitor.get(answer["Location"]).content)
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("fields", "where", "says"),
    [
        ({"email": "not an address"}, "id_email", "name@example.com"),
        ({"email": ""}, "id_email", "Give it"),
        ({"agree_email": None}, "id_agree_email", "Tick what you agree"),
        ({"agree_email": None, "email": ""}, "id_email", "Give an e-mail"),
        ({"first_name": ""}, "id_first_name", "required"),
        ({"agree_sms": "on"}, "id_phone", "Give it"),
        ({"agree_sms": "on", "phone": "12"}, "id_phone", "06 12 34 56 78"),
        ({"agree_sms": "on", "phone": "01 42 68 53 00"}, "id_phone", "mobile number"),
        ({"birth_date": "1850-01-01"}, "id_birth_date", "Check the year"),
        ({"birth_date": "2020-01-01"}, "id_birth_date", "parent or guardian"),
        ({"topics": ["Guns"]}, "id_topics", "Guns"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    sign_up: Answers, form: SignupForm, fields: dict[str, str], where: str, says: str
) -> None:
    answer = sign_up(form, **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="{where}_error"' in page
    assert says in page.split(f'id="{where}_error"')[1].split("</ul>")[0]
    assert not Signup.objects.exists()


def test_a_program_that_fills_every_field_is_thanked_and_forgotten(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    answer = sign_up(form, website="http://spam.example")
    assert answer.status_code == 303
    assert visitor.get(answer["Location"]).status_code == 200
    assert not Signup.objects.exists()


def test_an_answer_quicker_than_reading_is_asked_again(visitor: Client, form: SignupForm) -> None:
    given = {"email": "a@example.com", "first_name": "A", "agree_email": "on"}
    answer = visitor.post("/inscription/news/", given | {"stamp": stamp.stamp(form)})
    assert answer.status_code == 422
    assert b"very quick" in answer.content
    assert b"a@example.com" in answer.content


@pytest.mark.parametrize("wrong", ["", "forged", "old", "version", "other form"])
def test_a_stamp_that_proves_nothing_shows_the_form_again(
    sign_up: Answers, form: SignupForm, wrong: str
) -> None:
    facts = {"f": form.pk, "v": form.version, "p": "", "t": 0}
    if wrong == "version":
        facts["v"] = 7
    if wrong == "other form":
        facts["f"] = form.pk + 1
    signed = signing.dumps(facts, salt="customers.signup.stamp", compress=True)
    if wrong == "old":
        signer = signing.TimestampSigner(salt="customers.signup.stamp")
        signed = signing.dumps(facts, salt="customers.signup.other")
        assert signer
    text = {"": "", "forged": signed[:-3] + "abc"}.get(wrong, signed)
    answer = sign_up(form, stamp=text)
    assert answer.status_code == 422
    assert b"Check it and send it again" in answer.content
    assert not Signup.objects.exists()


def test_the_source_page_is_kept_without_what_may_name_someone(
    sign_up: Answers, form: SignupForm
) -> None:
    sign_up(form, source="https://u:p@www.shop.example:8443/path?email=a@b.fr#x")
    assert Signup.objects.get().source_page == "https://www.shop.example:8443/path"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "about:blank", "http://[", "", "/local"])
def test_what_is_no_page_is_not_kept_as_one(url: str) -> None:
    assert stamp.page_of(url) == ""


@pytest.mark.parametrize("path", ["preferences", "inscription/suite", "inscription/confirmer"])
def test_no_token_reaches_a_log(path: str) -> None:
    assert "secret" not in scrub(f"GET /{path}/secret-token/")


def test_one_address_is_not_written_to_again_and_again(sign_up: Answers, form: SignupForm) -> None:
    answers = [sign_up(form) for _time in range(6)]
    assert [each.status_code for each in answers] == [303, 303, 303, 303, 429, 429]
    assert answers[-1].headers["Retry-After"] == "3600"
    Signup.objects.update(created_at=timezone.now() - dt.timedelta(hours=2))
    assert sign_up(form).status_code == 303


def test_one_caller_cannot_fill_the_table(sign_up: Answers, form: SignupForm) -> None:
    answers = {sign_up(form, email=f"a{n}@example.com").status_code for n in range(12)}
    assert answers == {303, 429}
    assert Signup.objects.count() == 10


def test_visitors_behind_our_own_proxy_are_told_apart(
    sign_up: Answers, visitor: Client, form: SignupForm
) -> None:
    for number in range(12):
        visitor.defaults["HTTP_X_FORWARDED_FOR"] = f"1.2.3.4, 192.0.2.{number}"
        assert sign_up(form, email=f"a{number}@example.com").status_code == 303
    visitor.defaults["REMOTE_ADDR"] = "198.51.100.7"
    answers = {sign_up(form, email=f"b{number}@example.com").status_code for number in range(12)}
    assert answers == {303, 429}, "from elsewhere the header is anyone's word"


def test_a_closed_form_takes_nothing(sign_up: Answers, visitor: Client, form: SignupForm) -> None:
    SignupForm.objects.update(is_open=False)
    assert visitor.get("/inscription/news/").status_code == 410
    assert sign_up(form).status_code == 410
    assert not Signup.objects.exists()


def test_other_methods_and_unknown_forms_are_refused(visitor: Client, form: SignupForm) -> None:
    assert visitor.put("/inscription/news/").status_code == 405
    assert visitor.get("/inscription/nothing/").status_code == 404
    assert visitor.get("/inscription/suite/AAAA/").status_code == 404
    assert visitor.delete("/inscription/suite/AAAA/").status_code == 405
    assert visitor.put("/inscription/confirmer/AAAA/").status_code == 405


def test_without_confirmation_the_word_is_kept_at_once_and_fills_only_what_was_empty(
    sign_up: Answers, form: SignupForm
) -> None:
    form.double_opt_in = False
    form.save()
    known = Customer.objects.create(email="anne@example.com", first_name="Annie")
    sign_up(form, birth_date="1990-02-03")
    known.refresh_from_db()
    assert (known.first_name, known.birth_date) == ("Annie", dt.date(1990, 2, 3))
    record = ConsentRecord.objects.get()
    assert (record.customer_id, record.state) == (known.pk, "given")
    assert "not confirmed" in record.proof or "non confirm" in record.proof
    assert deliver() == []


def test_nobody_lifts_the_refusal_of_another_by_typing(sign_up: Answers, form: SignupForm) -> None:
    form.double_opt_in = False
    form.save()
    known = Customer.objects.create(email="anne@example.com")
    consent.withdraw(known, "email", source="call")
    sign_up(form)
    assert consent.consent_states([known.pk], "email") == {known.pk: "withdrawn"}
    assert len(deliver()) == 1


def test_anothers_phone_beside_ones_own_address_waits_for_proof(
    sign_up: Answers, form: SignupForm
) -> None:
    form.double_opt_in = False
    form.save()
    anne = Customer.objects.create(email="anne@example.com", phone="+33612345678")
    sign_up(form, phone="06 98 76 54 32", agree_sms="on")
    anne.refresh_from_db()
    assert anne.phone == "+33612345678"
    assert consent.consent_states([anne.pk], "sms") == {anne.pk: "unknown"}
    assert [message.recipient for message in deliver()] == ["+33698765432"]


def test_the_page_says_that_one_of_two_addresses_is_needed(
    form: SignupForm, visitor: Client
) -> None:
    url = reverse("customers:signup", args=[form.slug])
    asked = "One of the two is needed: e-mail or mobile."
    assert asked in visitor.get(url).content.decode()
    SignupForm.objects.update(sms_wording="")
    assert asked not in visitor.get(url).content.decode()
