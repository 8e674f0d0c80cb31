"""Who is proposed to be purged, and the purge: by batches, taken up again, with its report."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AuditEntry, User
from campaigns.models import Campaign, Engagement, Message
from customers import tasks
from customers.consent import record_consent
from customers.models import (
    Customer,
    Event,
    ImportJob,
    Note,
    Order,
    PrivacySettings,
    Purge,
    RightsRequest,
    Suppression,
)
from customers.rights import erasure, retention
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db
NOW = timezone.now()
OLD = NOW - dt.timedelta(days=4 * 365)
RECENT = NOW - dt.timedelta(days=90)


@pytest.fixture(autouse=True)
def no_broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is handed to a worker is done at once."""
    monkeypatch.setattr(tasks.run_purge, "delay", tasks.run_purge)


def old(add_customer: AddCustomer, **fields: Any) -> Customer:
    return add_customer(**{"created_at": OLD, **fields})


def message(person: Customer, at: dt.datetime | None) -> None:
    campaign = Campaign.objects.create(name=f"c{person.pk}", channel="email")
    Message.objects.create(campaign=campaign, customer=person, channel="email", sent_at=at)


def reaction(person: Customer, at: dt.datetime, machine: bool) -> None:
    Engagement.objects.create(
        customer=person, kind="open", channel="email", occurred_at=at, machine=machine
    )


def test_whoever_was_heard_of_is_not_proposed(add_customer: AddCustomer) -> None:
    add_customer(last_name="Just added")
    old(add_customer, last_name="Signed up lately", signed_up_at=RECENT)
    silent = old(add_customer, last_name="Silent", signed_up_at=OLD)
    Order.objects.create(customer=silent, placed_at=OLD, total=1)
    Event.objects.create(customer=silent, name="visit", occurred_at=OLD)
    message(silent, OLD)
    reaction(silent, RECENT, machine=True)
    left_out = old(add_customer, last_name="Left out of a campaign")
    message(left_out, None)

    def heard(name: str) -> Customer:
        return old(add_customer, last_name=name)

    Order.objects.create(customer=heard("Ordered"), placed_at=RECENT, total=1)
    Event.objects.create(customer=heard("Visited"), name="visit", occurred_at=RECENT)
    Note.objects.create(customer=heard("Called"), text="…", occurred_at=RECENT)
    record_consent(heard("Refused"), "sms", "withdrawn", source="Shop", occurred_at=RECENT)
    message(heard("Written to"), RECENT)
    reaction(heard("Reacted"), RECENT, machine=False)
    RightsRequest.objects.create(
        customer=heard("Waits for an answer"), kind="access", due_on=dt.date(2026, 1, 1)
    )
    found = retention.proposed(retention.limit()).order_by("last_name")
    assert [person.last_name for person in found] == ["Left out of a campaign", "Silent"]


def test_the_limit_follows_the_settings() -> None:
    today = dt.date(2028, 2, 29)
    assert retention.limit(today) == dt.date(2025, 2, 28)
    PrivacySettings.objects.update_or_create(id=1, defaults={"retention_years": 4})
    assert retention.limit(dt.date(2028, 3, 1)) == dt.date(2024, 3, 1)


def test_proposing_is_one_query(
    add_customer: AddCustomer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        old(add_customer, last_name=f"Silent {number}")
    since = retention.limit()
    with django_assert_num_queries(1):
        assert retention.proposed(since).count() == 5


def test_a_purge_keeps_orders_blocks_nobody_and_reports(
    add_customer: AddCustomer, member: User
) -> None:
    gone = [old(add_customer, email=f"p{n}@exemple.fr", last_name="Silent") for n in range(3)]
    Order.objects.create(customer=gone[0], placed_at=OLD, total=30, number="F-1")
    stays = add_customer(email="new@exemple.fr")
    ended = ImportJob.objects.create(
        kind="customers", state="done", report={"rows": 3, "errors": [{"message": "Silent"}]}
    )
    purge = retention.decide(retention.limit(), by=member)
    assert (purge.people, Customer.objects.count()) == (3, 4)

    done = retention.run(purge.pk)
    assert done is not None
    assert done.state == Purge.State.DONE
    assert (done.report["people"], done.report["orders_kept"]) == (3, 1)
    assert [person.pk for person in Customer.objects.all()] == [stays.pk]
    assert Order.objects.get().number.startswith("erased-")  # type: ignore[union-attr]
    assert not Suppression.objects.exists()
    ended.refresh_from_db()
    assert ended.report == {"rows": 3, "errors": []}
    facts = AuditEntry.objects.get(action="customers.purged").facts
    assert facts["people"] == 3
    assert retention.run(purge.pk) is None


def test_a_purge_whose_worker_died_goes_on_and_counts_nobody_twice(
    add_customer: AddCustomer, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        old(add_customer, last_name=f"Silent {number}")
    purge = retention.decide(retention.limit(), by=member)
    anonymise = erasure.anonymise
    calls = []

    def die_the_second_time(people: Any, now: Any) -> Any:
        calls.append(len(people))
        if len(calls) == 2:
            anonymise(people, now)
            raise KeyboardInterrupt
        return anonymise(people, now)

    monkeypatch.setattr(erasure, "anonymise", die_the_second_time)
    with pytest.raises(KeyboardInterrupt):
        retention.run(purge.pk)
    assert Customer.objects.count() == 3
    assert retention.run(purge.pk) is None  # its lease has not passed
    Purge.objects.update(leased_until=NOW - dt.timedelta(hours=1))
    assert retention.waiting() == [purge.pk]
    tasks.follow_rights()
    purge.refresh_from_db()
    assert (purge.state, purge.report["people"]) == ("done", 5)
    assert not Customer.objects.exists()


def test_someone_who_comes_back_before_their_turn_stays(
    add_customer: AddCustomer, member: User
) -> None:
    old(add_customer)
    back = old(add_customer)
    purge = retention.decide(retention.limit(), by=member)
    Order.objects.create(customer=back, placed_at=NOW, total=5)
    retention.run(purge.pk)
    assert [person.pk for person in Customer.objects.all()] == [back.pk]


def test_the_page_says_how_many_and_purges_only_what_it_said(
    add_customer: AddCustomer, marketer: Client
) -> None:
    old(add_customer, last_name="Silent", email="silent@exemple.fr")
    url = reverse("customers:retention")
    assert "silent@exemple.fr" not in marketer.get(url).text  # it is looked for afterwards
    page = marketer.get(url, headers={"HX-Request": "true"}).text
    assert page.strip().startswith("<section")
    assert "Purge 1 person" in page
    assert "Purge 1 person" in marketer.get(url, {"liste": "1"}).text
    assert "silent@exemple.fr" in page
    since = retention.limit().isoformat()
    old(add_customer, last_name="Another")
    marketer.post(reverse("customers:purge"), {"people": "1", "since": since})
    assert not Purge.objects.exists()

    marketer.post(reverse("customers:purge"), {"people": "2", "since": since})
    purge = Purge.objects.get()
    assert purge.state == Purge.State.DONE
    asked = reverse("customers:purge_progress", args=[purge.pk])
    over = marketer.get(asked, headers={"HX-Request": "true"})
    assert over.headers["HX-Redirect"] == url
    assert not Customer.objects.exists()
    assert "Past purges" in marketer.get(reverse("customers:retention")).content.decode()


def test_the_list_is_downloaded_and_that_is_noted(
    add_customer: AddCustomer, marketer: Client
) -> None:
    old(add_customer, email="silent@exemple.fr")
    add_customer(email="new@exemple.fr")
    answer: Any = marketer.post(reverse("customers:retention_export"))
    text = b"".join(answer.streaming_content).decode()
    assert "silent@exemple.fr" in text
    assert "new@exemple.fr" not in text
    assert AuditEntry.objects.filter(facts__table="inactive", facts__rows=1).exists()


def test_the_years_are_set_within_bounds(administrator: Client) -> None:
    url = reverse("customers:retention_settings")
    administrator.post(url, {"retention_years": "0"})
    assert PrivacySettings.load().retention_years == 3
    administrator.post(url, {"retention_years": "5"})
    assert PrivacySettings.load().retention_years == 5
