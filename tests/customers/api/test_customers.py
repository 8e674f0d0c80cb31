"""Customers by the API: one rule of identity, what is said replaces, item by item."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from customers import consent
from customers.models import CustomAttribute, Customer, Suppression
from customers.sensitive import agree
from customers.signals import facts_changed
from tests.customers.api.conftest import Program, codes, told


def test_a_customer_is_created_then_brought_to_what_is_said(program: Program) -> None:
    first = program.post("customers", {"external_id": "1", "email": "Ana@Exemple.FR ", "city": "L"})
    assert (first.status_code, told(first)["status"]) == (201, "created")
    again = program.post("customers", {"email": "ana@exemple.fr", "phone": "0612345678"})
    assert (again.status_code, told(again)["status"]) == (200, "updated")
    person = Customer.objects.get()
    assert (person.pk, person.phone, person.city) == (told(again)["id"], "+33612345678", "L")
    same = program.post("customers", {"external_id": "1", "phone": "06 12 34 56 78"})
    assert told(same)["status"] == "unchanged"


def test_null_empties_a_field_and_an_empty_text_says_nothing(program: Program) -> None:
    program.post("customers", {"external_id": "1", "city": "Lyon", "phone": "0612345678"})
    program.post("customers", {"external_id": "1", "city": None, "phone": ""})
    person = Customer.objects.get()
    assert (person.city, person.phone) == ("", "+33612345678")


def test_what_depends_on_an_address_follows_it(program: Program) -> None:
    program.post("customers", {"external_id": "1", "email": "a@exemple.fr"})
    program.post("customers", {"external_id": "1", "email": "b@exemple.fr"})
    assert consent.people_with("email", "b@exemple.fr").get().search_text.startswith("b@exemple")


def test_the_address_of_a_put_names_the_customer(program: Program) -> None:
    assert program.call("PUT", "customers/shop/7", {"first_name": "Ana"}).status_code == 201
    assert Customer.objects.get().external_id == "shop/7"
    other = program.call("PUT", "customers/7", {"external_id": "8"})
    assert (other.status_code, codes(other)) == (422, [("external_id", "other_number")])


@pytest.mark.parametrize(
    ("said", "path", "code"),
    [
        ({"email": "nobody"}, "email", "not_an_email"),
        ({"phone": "12"}, "phone", "not_a_phone"),
        ({"external_id": "1", "birth_date": "31/02/1990"}, "birth_date", "not_a_date"),
        ({"external_id": "1", "birth_date": 33000}, "birth_date", "not_a_date"),
        ({"external_id": "1", "gender": "zebra"}, "gender", "unknown_word"),
        ({"external_id": "1", "city": ["Lyon"]}, "city", "wrong_type"),
        ({"external_id": "1", "first_name": True}, "first_name", "wrong_type"),
        ({"external_id": "1", "first_name": "x" * 81}, "first_name", "too_long"),
        ({"external_id": "1", "tags": [1]}, "tags", "wrong_type"),
        ({"external_id": "1", "tags": ["x" * 61]}, "tags", "too_long"),
        ({"external_id": "1", "frist_name": "Ana"}, "frist_name", "unknown_field"),
        ({"external_id": "1", "email_consent": "given"}, "email_consent", "unknown_field"),
        ({"external_id": "1", "attributes": {"size": 4}}, "attributes.size", "unknown_field"),
        ({"external_id": "1", "attributes": 4}, "attributes", "not_an_object"),
        ({"first_name": "Ana"}, "", "no_identity"),
    ],
)
def test_what_cannot_be_read_is_refused_where_it_stands(
    program: Program, said: dict[str, Any], path: str, code: str
) -> None:
    answer = program.post("customers", said)
    assert (answer.status_code, codes(answer)) == (422, [(path, code)])
    assert not Customer.objects.exists()


def test_one_bad_item_stops_no_other(program: Program) -> None:
    answer = program.post(
        "customers/batch", {"items": [{"external_id": "1"}, {"email": "x"}, 7, {"email": "a@b.fr"}]}
    )
    assert answer.status_code == 207
    body = told(answer)
    assert body["summary"] == {
        "received": 4, "created": 2, "updated": 0, "unchanged": 0, "recorded": 0, "rejected": 2,
    }  # fmt: skip
    assert [each["status"] for each in body["results"]] == [
        "created", "rejected", "rejected", "created",
    ]  # fmt: skip
    assert Customer.objects.count() == 2


def test_items_about_one_person_act_in_their_order(program: Program) -> None:
    results = program.items(
        "customers",
        {"email": "a@b.fr", "city": "Lyon"},
        {"email": "a@b.fr", "external_id": "1"},
        {"external_id": "1", "city": "Nantes"},
    )
    assert len({each["id"] for each in results}) == 1
    assert Customer.objects.get().city == "Nantes"


def test_someone_who_would_be_two_people_is_refused_without_their_names(program: Program) -> None:
    first = Customer.objects.create(email="a@b.fr", first_name="Ana")
    second = Customer.objects.create(phone="+33612345678", first_name="Bob")
    answer = program.post("customers", {"email": "a@b.fr", "phone": "0612345678"})
    assert codes(answer) == [("customer", "two_people")]
    message = told(answer)["errors"][0]["message"]
    assert str(first.pk) in message
    assert str(second.pk) in message
    assert "Ana" not in message


def test_someone_erased_is_not_brought_back(program: Program) -> None:
    consent.suppress("email", "a@b.fr", Suppression.Reason.ERASURE)
    answer = program.post("customers", {"external_id": "1", "email": "a@b.fr"})
    assert codes(answer) == [("customer", "erased")]
    assert not Customer.objects.exists()


def test_attributes_are_kept_in_their_stored_form(program: Program) -> None:
    CustomAttribute.objects.create(key="size", label="Size", type="number")
    CustomAttribute.objects.create(key="pet", label="Pet", type="boolean")
    said = {"external_id": "1", "attributes": {"size": 42.50, "pet": True}}
    program.post("customers", said)
    assert Customer.objects.get().attributes == {"size": "42.5", "pet": True}
    program.post("customers", {"external_id": "1", "attributes": {"size": None}})
    assert Customer.objects.get().attributes == {"pet": True}


def test_sensitive_data_needs_the_persons_explicit_consent(program: Program) -> None:
    diet = CustomAttribute.objects.create(key="diet", label="Diet", sensitive="health")
    said = {"external_id": "1", "attributes": {"diet": "halal"}}
    assert codes(program.post("customers", said)) == [("attributes.diet", "no_explicit_consent")]
    assert not Customer.objects.exists()
    person = Customer.objects.create(external_id="1")
    agree(person, diet, source="form", wording="I agree")
    assert program.post("customers", said).status_code == 200
    assert Customer.objects.get().attributes == {"diet": "halal"}


def test_tags_are_added_and_a_known_one_changes_nothing(program: Program) -> None:
    program.post("customers", {"external_id": "1", "tags": ["VIP", "été"]})
    again = program.post("customers", {"external_id": "1", "tags": ["vip"]})
    assert told(again)["status"] == "unchanged"
    assert set(Customer.objects.get().tags.values_list("name", flat=True)) == {"VIP", "été"}


def test_a_batch_costs_a_fixed_number_of_queries(
    program: Program, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    everyone = [
        {"external_id": f"{n}", "email": f"p{n}@exemple.fr", "city": "Lyon", "tags": ["t"]}
        for n in range(1000)
    ]
    # SQLite takes only so many values a statement: a statement more each hundred rows.
    with django_assert_max_num_queries(40):
        program.items("customers", *everyone)
    assert Customer.objects.count() == 1000
    for each in everyone:
        each["city"] = "Nantes"
    with django_assert_max_num_queries(60):
        results = program.items("customers", *everyone)
    assert {each["status"] for each in results} == {"updated"}


def test_a_write_says_that_the_facts_changed_and_a_repeat_does_not(program: Program) -> None:
    said: list[Any] = []

    def listen(sender: Any, **_: Any) -> None:
        said.append(sender)

    facts_changed.connect(listen)
    try:
        program.post("customers", {"external_id": "1"})
        assert said == [Customer]
        program.post("customers", {"external_id": "1"})
        assert said == [Customer]
    finally:
        facts_changed.disconnect(listen)


def test_a_customer_is_read_with_tags_and_consents(program: Program) -> None:
    person = Customer.objects.create(external_id="1", email="a@b.fr")
    consent.record_consent(person, "email", "given", source="form")
    body = told(program.call("GET", "customers/1"))
    assert (body["id"], body["email"]) == (person.pk, "a@b.fr")
    assert body["consents"]["email"]["state"] == "given"
    assert told(program.call("GET", f"customers/id/{person.pk}")) == body
    assert program.call("GET", "customers/id/999").status_code == 404
