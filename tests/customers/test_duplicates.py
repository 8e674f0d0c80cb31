"""Duplicates: what is suggested and why, what a merge keeps, and what is remembered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Campaign, Engagement, Message
from customers import tagging
from customers.consent import consent_states, record_consent
from customers.duplicates import merging, suggestions
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    Event,
    FormerNumber,
    NotDuplicates,
    Note,
    Order,
    Suppression,
)
from segmentation.models import Membership, Segment
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db
PAGE = "/clients/doublons/"
NOW = timezone.now()


def groups(key: str) -> list[list[str]]:
    return [
        [who.first_name for who in group.people]
        for group in suggestions.page(suggestions.stretch(key)).groups
    ]


def test_the_same_address_is_suggested(add_customer: AddCustomer) -> None:
    for name, email in (("Ana", "a@x.fr"), ("Bea", "b@x.fr"), ("Anna", "a@x.fr"), ("Lou", None)):
        add_customer(first_name=name, email=email)
    (group,) = suggestions.page(suggestions.stretch("email")).groups
    assert [who.first_name for who in group.people] == ["Ana", "Anna"]
    assert "même adresse e-mail" in group.reasons


def test_a_shared_phone_is_suggested_where_names_are_alike(add_customer: AddCustomer) -> None:
    for first, last in (("Chloé", "Lefebvre"), ("Chloe", "Lefèvre"), ("Hugo", "Petit")):
        add_customer(first_name=first, last_name=last, phone="+33612345678")
    assert groups("phone") == [["Chloé", "Chloe"]]


def test_a_same_name_is_suggested_with_a_postcode_or_a_birth_date(
    add_customer: AddCustomer,
) -> None:
    born = dt.date(1980, 1, 2)
    add_customer(first_name="Zoé", last_name="Martin", postal_code="75011")
    add_customer(first_name="ZOE", last_name="MARTIN", postal_code="75011")
    add_customer(first_name="Lou", last_name="Martin", postal_code="69001", birth_date=born)
    add_customer(first_name="Loû", last_name="martin", postal_code="13001", birth_date=born)
    add_customer(first_name="Jean", last_name="Martin", postal_code="1")
    add_customer(first_name="Jean", last_name="Martin", postal_code="2")
    assert sorted(groups("name")) == [["Lou", "Loû"], ["Zoé", "ZOE"]]


def test_the_page_opens_on_a_kind_that_has_suggestions(
    add_customer: AddCustomer, marketer: Client
) -> None:
    assert marketer.get(PAGE).context["key"] == "email"
    for name in ("Léo", "Leo"):
        add_customer(first_name=name, last_name="Bianchi", phone="+33644556602", email=None)
    assert marketer.get(PAGE).context["key"] == "phone"
    assert marketer.get(f"{PAGE}?par=email").context["page"].groups == []


def test_two_people_are_not_suggested_again(add_customer: AddCustomer, marketer: Client) -> None:
    one, other = (add_customer(first_name=n, email="a@x.fr") for n in ("Ana", "Bea"))
    response = marketer.post(f"{PAGE}{other.pk}/{one.pk}/differents/", follow=True)
    assert "will not be suggested together" in response.text
    assert groups("email") == []
    assert NotDuplicates.objects.get().first_id == one.pk


def test_pages_go_on_after_the_last_group(
    add_customer: AddCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "PAGE", 2)
    for n in range(5):
        add_customer(first_name=f"P{n}", email=f"p{n}@x.fr")
        add_customer(first_name=f"P{n}", email=f"p{n}@x.fr")
    seen: list[str] = []
    after: int | None = None
    for _ in range(3):
        page = suggestions.page(suggestions.stretch("email", after))
        seen += [group.first.first_name for group in page.groups]
        after = page.after
    assert seen == ["P0", "P1", "P2", "P3", "P4"]
    assert after is None


@pytest.fixture
def pair(add_customer: AddCustomer) -> tuple[Customer, Customer]:
    CustomAttribute.objects.create(key="size", label="Size")
    CustomAttribute.objects.create(key="diet", label="Diet", sensitive="health")
    one = add_customer(
        external_id="A1", first_name="Ana", last_name="Morel", email="ana@x.fr", city="Lyon",
        interests=["Thé"],
    )  # fmt: skip
    other = add_customer(
        external_id="B2", first_name="Anna", last_name="Morel", email="ana@x.fr", city="Paris",
        phone="+33612345678", interests=["Thé", "Vélo"], attributes={"size": "38", "diet": "x"},
    )  # fmt: skip
    return one, other


def test_a_merge_keeps_every_fact(pair: tuple[Customer, Customer]) -> None:
    one, other = pair
    for who in pair:
        Order.objects.create(customer=who, placed_at=NOW, total=10)
        Event.objects.create(customer=who, name="visit", occurred_at=NOW)
        Note.objects.create(customer=who, text="seen")
        tagging.put_on(Customer.objects.filter(pk=who.pk), tagging.tag_named(who.external_id or ""))
        tagging.put_on(Customer.objects.filter(pk=who.pk), tagging.tag_named("Both"))
    kept = merging.merge(one.pk, other.pk, taken=["city"], by=None)
    kept.refresh_from_db()
    assert (kept.first_name, kept.city, kept.phone) == ("Ana", "Paris", "+33612345678")
    assert kept.interests == ["Thé", "Vélo"]
    assert kept.attributes == {"size": "38"}  # kept health data needs their own word
    assert (kept.orders.count(), kept.events.count(), kept.notes.count()) == (2, 2, 2)
    assert sorted(kept.tags.values_list("name", flat=True)) == ["A1", "B2", "Both"]
    assert FormerNumber.objects.get().external_id == "B2"
    assert not Customer.all_records.filter(pk=other.pk).exists()
    facts = AuditEntry.objects.get(action="customers.merged").facts
    assert (facts["customer"], facts["merged"], facts["order"]) == (one.pk, other.pk, 2 - 1)


def test_a_taken_number_leaves_the_other_as_a_former_one(pair: tuple[Customer, Customer]) -> None:
    kept = merging.merge(pair[0].pk, pair[1].pk, taken=["external_id"], by=None)
    assert kept.external_id == "B2"
    assert FormerNumber.objects.get().external_id == "A1"


@pytest.mark.parametrize("survivor", [0, 1])
def test_the_latest_word_of_the_person_holds_whoever_stays(
    pair: tuple[Customer, Customer], survivor: int
) -> None:
    def say(who: Customer, subject: str, state: str, days: int) -> None:
        at = NOW - dt.timedelta(days=days)
        record_consent(who, subject, state, source="Call", occurred_at=at)

    say(pair[0], "email", "given", 9)
    say(pair[1], "email", "withdrawn", 3)
    say(pair[0], "sms", "withdrawn", 9)
    say(pair[1], "sms", "given", 3)
    Suppression.objects.create(
        channel="email", address_hash=pair[0].email_hash or "", reason="stop"
    )
    kept = merging.merge(pair[survivor].pk, pair[1 - survivor].pk, by=None)
    assert consent_states([kept.pk], "email") == {kept.pk: "withdrawn"}
    assert consent_states([kept.pk], "sms") == {kept.pk: "given"}
    assert ConsentRecord.objects.count() == 4
    assert Suppression.objects.count() == 1


def test_segments_and_messages_follow(pair: tuple[Customer, Customer]) -> None:
    one, other = pair
    first, second = (Segment.objects.create(name=name) for name in ("First", "Second"))
    Membership.objects.create(segment=first, customer=one)
    Membership.objects.create(segment=first, customer=other)
    Membership.objects.create(segment=second, customer=other)
    both, alone = (Campaign.objects.create(name=name, channel="email") for name in ("Both", "One"))
    Message.objects.create(campaign=both, customer=one, channel="email", state="left_out")
    Message.objects.create(campaign=both, customer=other, channel="email", state="sent")
    Message.objects.create(campaign=alone, customer=other, channel="email", state="delivered")
    Engagement.objects.create(kind="click", channel="email", campaign=both, customer=other)
    merging.merge(one.pk, other.pk, by=None)
    assert set(one.memberships.values_list("segment", flat=True)) == {first.pk, second.pk}
    states = dict(one.messages.values_list("campaign__name", "state"))
    assert states == {"Both": "sent", "One": "delivered"}
    assert one.engagements.count() == 1


def test_every_table_that_names_a_person_is_known_to_the_merge() -> None:
    elsewhere = {
        relation.related_model.__name__
        for relation in Customer._meta.related_objects
        if relation.related_model._meta.app_label != "customers"
    }
    assert elsewhere == {"Membership", "MembershipChange", "Message", "Engagement"}


def test_the_same_record_is_no_duplicate_of_itself(
    pair: tuple[Customer, Customer], marketer: Client
) -> None:
    with pytest.raises(merging.CannotMerge):
        merging.merge(pair[0].pk, pair[0].pk, by=None)
    assert marketer.get(f"{PAGE}{pair[0].pk}/{pair[0].pk}/").status_code == 404


def test_comparing_and_merging_by_hand(pair: tuple[Customer, Customer], marketer: Client) -> None:
    one, other = pair
    url = f"{PAGE}{one.pk}/{other.pk}/"
    page = marketer.get(url).text
    assert 'name="city"' in page
    assert 'name="last_name"' not in page
    response = marketer.post(url, {"city": "other", "first_name": "one"}, follow=True)
    assert "The two records are one" in response.text
    one.refresh_from_db()
    assert (one.city, one.first_name) == ("Paris", "Ana")
    assert marketer.get(url).status_code == 404


def test_exact_duplicates_are_shown_then_merged_together(
    add_customer: AddCustomer, marketer: Client
) -> None:
    for _ in range(3):
        add_customer(first_name="Ana", last_name="Morel", email="ana@x.fr")
    add_customer(first_name="Bea", last_name="Morel", email="ana@x.fr")
    assert "2 records have the same address" in marketer.get(PAGE).text
    assert "Merge 2 records" in marketer.get(f"{PAGE}identiques/").text
    marketer.post(f"{PAGE}identiques/")
    assert Customer.objects.count() == 2
    assert suggestions.exact(suggestions.stretch("email"), 5) == []


def test_a_page_of_suggestions_costs_few_queries(
    add_customer: AddCustomer, marketer: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        add_customer(first_name="Ana", last_name="Morel", email=f"a{n // 2}@x.fr")
    with django_assert_max_num_queries(13):
        assert marketer.get(PAGE).text.count("cu-group") == 15


def test_suggestions_read_an_index(add_customer: AddCustomer) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite names the index in its plan; PostgreSQL chooses by size.")
    for key in suggestions.KEYS:
        plan = suggestions._shared(suggestions.stretch(key), "").explain()
        assert "USING" in plan
        assert "TEMP B-TREE FOR GROUP BY" not in plan


def test_no_page_reads_more_than_a_stretch_and_all_of_them_find_everyone(
    add_customer: AddCustomer, marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "_STRETCH", 4)
    for n in range(10):
        add_customer(email=f"a{n}@x.fr")
    for _ in range(2):
        add_customer(first_name="Zoé", last_name="Morel", email="z@x.fr")
    first = marketer.get(PAGE).text
    assert "None so far" in first
    seen: list[str] = []
    after, pages = None, 0
    while pages == 0 or after is not None:
        part = suggestions.stretch("email", after)
        page, pages = suggestions.page(part), pages + 1
        seen += [group.first.first_name for group in page.groups]
        before, after = after, page.after
    assert (seen, pages) == (["Zoé"], 3)
    # Those with the same name too are told of where they stand, and merged from there.
    there = marketer.get(f"{PAGE}?par=email&apres={before}").text
    assert "At least 1 record has the same address" in there
    marketer.post(f"{PAGE}identiques/?apres={before}")
    assert Customer.objects.filter(email="z@x.fr").count() == 1
