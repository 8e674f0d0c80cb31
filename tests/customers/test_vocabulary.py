"""Tags and custom attributes under the settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers import tagging
from customers.models import Customer, Tag
from customers.tagging import TagNameError, TagTaken
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db


def test_spellings_that_fold_alike_are_one_tag() -> None:
    assert tagging.tag_named("Été") == tagging.tag_named(" ete ")
    assert Tag.objects.get().name == "Été"


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_tag_needs_a_name_of_reasonable_length(name: str) -> None:
    with pytest.raises(TagNameError):
        tagging.tag_named(name)


def test_a_tag_can_change_its_own_spelling_but_not_take_anothers_name() -> None:
    vip, press = tagging.tag_named("vip"), tagging.tag_named("press")
    assert tagging.rename(vip, "VIP").name == "VIP"
    with pytest.raises(TagTaken) as caught:
        tagging.rename(vip, "Press")
    assert caught.value.other == press


def test_merging_leaves_everyone_with_one_tag(add_customer: AddCustomer, marketer: Client) -> None:
    people = [add_customer(first_name=str(n)) for n in range(3)]
    one, two = tagging.tag_named("one"), tagging.tag_named("two")
    tagging.put_on(Customer.objects.filter(pk__in=[people[0].pk, people[1].pk]), one)
    tagging.put_on(Customer.objects.filter(pk__in=[people[1].pk, people[2].pk]), two)
    url = reverse("customers:tag_edit", args=[one.pk])
    offered = marketer.post(url, {"name": "TWO"}).content.decode()
    assert "Merge: 2 people get “two”" in offered
    marketer.post(reverse("customers:tag_merge", args=[one.pk, two.pk]))
    assert Tag.objects.get() == two
    assert two.customers.count() == 3


def test_a_tag_is_not_merged_into_itself(marketer: Client) -> None:
    tag = tagging.tag_named("one")
    marketer.post(reverse("customers:tag_merge", args=[tag.pk, tag.pk]))
    assert Tag.objects.get() == tag


def test_deleting_a_tag_names_how_many_have_it(add_customer: AddCustomer, marketer: Client) -> None:
    person = add_customer(first_name="Ana")
    tag = tagging.tag_named("VIP")
    tagging.put_on(Customer.objects.all(), tag)
    url = reverse("customers:tag_delete", args=[tag.pk])
    assert "taken off 1 person" in marketer.get(url).content.decode()
    assert marketer.post(url).status_code == 302
    assert not person.tags.exists()
    assert Customer.objects.exists()


def test_the_tags_page_counts_people_and_adds_tags(marketer: Client, db: None) -> None:
    url = reverse("customers:tags")
    assert "No tag yet" in marketer.get(url).content.decode()
    assert marketer.post(url, {"name": "VIP"}).status_code == 302
    assert marketer.post(url, {"name": ""}).status_code == 422
    assert "VIP" in marketer.get(url).content.decode()


def test_many_tags_cost_one_query(db: None, django_assert_num_queries: Any) -> None:
    for n in range(20):
        tagging.tag_named(f"tag {n}")
    with django_assert_num_queries(1):
        assert len(tagging.with_numbers()) == 20
