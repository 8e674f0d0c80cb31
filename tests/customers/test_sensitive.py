"""Sensitive attributes: explicit consent first, and the value goes with it."""

from __future__ import annotations

from typing import Any

import pytest

from customers import sensitive
from customers.consent import ConsentRefused
from customers.models import CustomAttribute, Customer
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db


@pytest.fixture
def allergies() -> CustomAttribute:
    CustomAttribute.objects.create(key="size", label="Shoe size")
    return CustomAttribute.objects.create(
        key="allergies", label="Allergies", purpose="Recipes", sensitive="health"
    )


def _agree(person: Customer, attribute: CustomAttribute) -> None:
    sensitive.agree(person, attribute, source="Form", wording="Keep my allergies")


def test_only_sensitive_attributes_ask_who_agreed(
    allergies: CustomAttribute, add_customer: AddCustomer
) -> None:
    ana, tom = add_customer(first_name="Ana"), add_customer(first_name="Tom")
    _agree(ana, allergies)
    told = sensitive.may_store([ana.pk, tom.pk], ["size", "allergies", "unheard_of"])
    assert told == {"allergies": {ana.pk}}


def test_taking_consent_back_erases_the_value_and_no_other(
    allergies: CustomAttribute, add_customer: AddCustomer
) -> None:
    ana = add_customer(first_name="Ana", attributes={"allergies": "Nuts", "size": "39"})
    _agree(ana, allergies)
    assert sensitive.agreements(ana).keys() == {"allergies"}
    sensitive.take_back(ana, allergies, source="Call")
    ana.refresh_from_db()
    assert ana.attributes == {"size": "39"}
    assert sensitive.agreements(ana) == {}
    assert sensitive.may_store([ana.pk], ["allergies"]) == {"allergies": set()}
    _agree(ana, allergies)
    assert sensitive.may_store([ana.pk], ["allergies"]) == {"allergies": {ana.pk}}


def test_explicit_means_in_words(allergies: CustomAttribute, add_customer: AddCustomer) -> None:
    ana = add_customer(first_name="Ana")
    with pytest.raises(ConsentRefused):
        sensitive.agree(ana, allergies, source="Form", wording=" ")
    assert sensitive.agreements(ana) == {}


def test_who_agreed_costs_two_queries_a_thousand(
    allergies: CustomAttribute,
    add_customer: AddCustomer,
    django_assert_num_queries: Any,
) -> None:
    _agree(ana := add_customer(first_name="Ana"), allergies)
    with django_assert_num_queries(2):
        sensitive.may_store([ana.pk, ana.pk + 1], ["allergies"])
    with django_assert_num_queries(1):
        sensitive.may_store([ana.pk], ["size"])
