"""Requests: due within a month, closed once, and what each kind does when it is confirmed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User
from campaigns import decisions
from campaigns.models import Engagement
from customers.consent import consent_states, suppress
from customers.models import Customer, RightsRequest, Suppression
from customers.rights import requests
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (dt.date(2026, 1, 31), dt.date(2026, 2, 28)),
        (dt.date(2028, 1, 31), dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 5), dt.date(2027, 1, 5)),
        (dt.date(2026, 3, 30), dt.date(2026, 4, 30)),
    ],
)
def test_a_request_is_due_the_same_day_of_the_next_month(received: dt.date, due: dt.date) -> None:
    assert requests.due_on(received) == due


def asked(person: Customer, kind: str, member: User, ago: int = 0) -> RightsRequest:
    received = timezone.localdate() - dt.timedelta(days=ago)
    return requests.write_down(person, kind, received_on=received, note="By post", by=member)


def test_a_request_is_recorded_on_the_persons_page_and_listed(
    add_customer: AddCustomer, marketer: Client
) -> None:
    ana = add_customer(first_name="Ana", email="ana@exemple.fr")
    url = reverse("customers:rights_of_person", args=[ana.pk])
    assert url in marketer.get(reverse("customers:detail", args=[ana.pk])).content.decode()
    received = timezone.localdate() - dt.timedelta(days=2)
    answer = marketer.post(url, {"kind": "access", "received_on": received.isoformat()})
    made = RightsRequest.objects.get()
    assert answer.headers["Location"] == reverse("customers:rights_request", args=[made.pk])
    assert made.due_on == requests.due_on(received)
    assert "Ana" in marketer.get(reverse("customers:rights")).content.decode()


def test_a_request_cannot_come_from_the_future(add_customer: AddCustomer, marketer: Client) -> None:
    url = reverse("customers:rights_of_person", args=[add_customer().pk])
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    answer = marketer.post(url, {"kind": "erase", "received_on": tomorrow.isoformat()})
    assert answer.status_code == 422
    assert not RightsRequest.objects.exists()


def test_the_list_takes_few_queries_and_shows_the_most_pressing_first(
    add_customer: AddCustomer,
    marketer: Client,
    member: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(12):
        asked(add_customer(last_name=f"Person{number:02}"), "access", member, ago=number)
    with django_assert_max_num_queries(9):
        page = marketer.get(reverse("customers:rights")).content.decode()
    assert page.index("Person11") < page.index("Person00")


def test_a_late_request_waits_on_the_dashboard(add_customer: AddCustomer, member: User) -> None:
    asked(add_customer(), "access", member, ago=20)
    assert not [d for d in decisions.pending() if d.url == reverse("customers:rights")]
    asked(add_customer(), "access", member, ago=40)
    (late,) = [d for d in decisions.pending() if d.url == reverse("customers:rights")]
    assert late.level == "bad"


def test_opposition_withdraws_everything_and_blocks_every_address(
    zenobie: Customer, member: User, marketer: Client
) -> None:
    suppress("sms", zenobie.phone, Suppression.Reason.STOP)
    made = asked(zenobie, "oppose", member)
    marketer.post(reverse("customers:rights_request", args=[made.pk]))
    for subject in ("email", "sms", "tracking"):
        assert consent_states([zenobie.pk], subject) == {zenobie.pk: "withdrawn"}
    assert set(Suppression.objects.values_list("channel", "reason")) == {
        ("email", "opposition"),
        ("sms", "opposition"),
    }
    assert not Engagement.objects.filter(kind="click").exists()
    made.refresh_from_db()
    assert (made.state, made.report) == ("done", {"withdrawn": 3})


def test_rectification_keeps_the_names_of_fields_and_no_value(
    add_customer: AddCustomer, member: User, marketer: Client
) -> None:
    ana = add_customer(first_name="Ana", last_name="Morell", country="FR", language="fr")
    made = asked(ana, "rectify", member)
    answer = marketer.post(reverse("customers:rights_request", args=[made.pk]), {"edit": "1"})
    url = answer.headers["Location"]
    marketer.post(
        url, {"first_name": "Ana", "last_name": "Morel", "country": "FR", "language": "fr"}
    )
    made.refresh_from_db()
    assert (made.state, made.report) == ("done", {"fields": ["last_name"]})
    entry = AuditEntry.objects.get(action="rights.rectified")
    assert entry.facts["fields"] == ["last_name"]
    assert "Morel" not in str(entry.facts)


def test_erasure_is_confirmed_on_its_page_which_says_what_goes(
    zenobie: Customer, member: User, marketer: Client
) -> None:
    made = asked(zenobie, "erase", member)
    url = reverse("customers:rights_request", args=[made.pk])
    assert "2 orders" in marketer.get(url).content.decode()
    marketer.post(url)
    page = marketer.get(url).content.decode()
    assert "2 orders kept without the person" in page
    assert "Quatremarre" not in page
    assert not Customer.objects.exists()


def test_sharing_an_address_is_said_before(
    add_customer: AddCustomer, member: User, marketer: Client
) -> None:
    add_customer(first_name="Paul", email="famille@exemple.fr")
    ana = add_customer(first_name="Ana", email="famille@exemple.fr")
    made = asked(ana, "erase", member)
    page = marketer.get(reverse("customers:rights_request", args=[made.pk])).content.decode()
    assert "1 other person has the same e-mail or phone" in page


def test_a_refusal_says_why_and_closes_once(
    add_customer: AddCustomer, member: User, marketer: Client
) -> None:
    made = asked(add_customer(first_name="Ana"), "erase", member)
    url = reverse("customers:rights_refuse", args=[made.pk])
    assert marketer.post(url, {"reason": ""}).status_code == 422
    marketer.post(url, {"reason": "Unpaid invoice"})
    marketer.post(reverse("customers:rights_request", args=[made.pk]))
    made.refresh_from_db()
    assert (made.state, made.report) == ("refused", {"refused_because": "Unpaid invoice"})
    assert Customer.objects.exists()


PAGES = [
    ("rights", "", "GET", "edit"),
    ("rights_of_person", "person", "GET POST", "edit"),
    ("rights_request", "request", "GET POST", "edit"),
    ("rights_refuse", "request", "POST", "edit"),
    ("rights_archive", "request", "POST", "edit"),
    ("retention", "", "GET", "edit"),
    ("retention_export", "", "POST", "edit"),
    ("purge", "", "POST", "edit"),
    ("retention_settings", "", "POST", "settings"),
    ("register", "", "GET POST", "settings"),
    ("register_download", "csv", "GET", "settings"),
]


@pytest.mark.parametrize(("page", "of", "methods", "who"), PAGES)
def test_each_page_opens_to_those_who_may_and_by_its_methods(
    page: str, of: str, methods: str, who: str, add_customer: AddCustomer, member: User,
    client: Client, analyst: Client, marketer: Client, administrator: Client,
) -> None:  # fmt: skip
    ana = add_customer(first_name="Ana")
    made = asked(ana, "access", member)
    known: dict[str, list[int | str]] = {"person": [ana.pk], "request": [made.pk], "": []}
    arguments = known.get(of, [of])
    url = reverse(f"customers:{page}", args=arguments)
    method = methods.split()[0]
    assert client.generic(method, url).status_code == 302
    assert analyst.generic(method, url).status_code == 403
    refused = marketer.generic(method, url).status_code == 403
    assert refused == (who == "settings")
    for other in {"GET", "POST", "PUT", "DELETE"} - set(methods.split()):
        assert administrator.generic(other, url).status_code == 405
