"""The settings of custom attributes: purpose, sensitive data, choices, types, deletion."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from customers import attributes, sensitive
from customers.models import CustomAttribute, Customer
from segmentation.models import Segment
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db
SKIN = {"label": "Skin", "key": "skin", "type": "choice", "purpose": "Advise on creams"}


@pytest.fixture
def skin() -> CustomAttribute:
    return CustomAttribute.objects.create(
        key="skin", label="Skin", type="choice", choices=["Dry", "Oily"], purpose="Advice"
    )


def _edit(client: Client, attribute: CustomAttribute, **changed: str) -> Any:
    kept = {"choice_0": "Dry", "choice_1": "Oily"}
    url = reverse("customers:attribute_edit", args=[attribute.pk])
    return client.post(url, SKIN | kept | changed)


def _errors(response: Any) -> set[str]:
    assert response.status_code == 422
    return set(response.context["form"].errors)


def _values() -> list[Any]:
    people = Customer.objects.order_by("pk")
    return [each.get("skin") for each in people.values_list("attributes", flat=True)]


def test_an_attribute_needs_its_purpose_and_its_choices(administrator: Client) -> None:
    url = reverse("customers:attribute_create")
    assert _errors(administrator.post(url, SKIN | {"purpose": " "})) == {"purpose", "choices"}
    administrator.post(url, SKIN | {"choices": "Dry\n\n Oily \nDry", "sensitive": "origin"})
    made = CustomAttribute.objects.get()
    assert (made.choices, made.sensitive) == (["Dry", "Oily"], "origin")
    listed = administrator.get(reverse("customers:attributes")).content.decode()
    assert "Advise on creams" in listed
    assert "Sensitive data" in listed


def test_a_key_left_empty_is_made_from_the_label(administrator: Client) -> None:
    url = reverse("customers:attribute_create")
    for key in ("vin_prefere", "vin_prefere_2"):
        administrator.post(url, SKIN | {"label": "Vin préféré", "key": "", "choices": "Rouge"})
        assert CustomAttribute.objects.filter(key=key, label="Vin préféré").exists()


def test_the_page_explains_what_sensitive_data_changes(administrator: Client) -> None:
    shown = administrator.get(reverse("customers:attribute_create")).content.decode()
    assert "the value is erased" in shown
    assert "article 9, GDPR" in shown


def test_choices_are_renamed_and_exchanged_for_everyone(
    administrator: Client, skin: CustomAttribute, add_customer: AddCustomer
) -> None:
    for value in ("Dry", "Oily"):
        add_customer(attributes={"skin": value})
    _edit(administrator, skin, choice_0="Oily", choice_1="Dry", choices="Mixed")
    skin.refresh_from_db()
    assert skin.choices == ["Oily", "Dry", "Mixed"]
    assert _values() == ["Oily", "Dry"]


def test_a_choice_people_have_goes_only_once_the_loss_is_confirmed(
    administrator: Client, skin: CustomAttribute, add_customer: AddCustomer
) -> None:
    for value in ("Dry", "Dry", "Oily"):
        add_customer(attributes={"skin": value})
    response = _edit(administrator, skin, choice_0="")
    assert _errors(response) == {"confirm"}
    assert "2 people have “Dry” and would have no value any more." in response.content.decode()
    assert _values() == ["Dry", "Dry", "Oily"]
    assert _edit(administrator, skin, choice_0="", confirm="on").status_code == 302
    assert _values() == [None, None, "Oily"]


def test_a_type_changes_where_the_values_fit_and_says_how_many_do_not(
    administrator: Client, add_customer: AddCustomer
) -> None:
    size = CustomAttribute.objects.create(key="skin", label="Size", purpose="Shoes")
    for value in ("38", "39,5", "small"):
        add_customer(attributes={"skin": value})
    url = reverse("customers:attribute_edit", args=[size.pk])
    posted = SKIN | {"type": "number"}
    response = administrator.post(url, posted)
    assert _errors(response) == {"confirm"}
    assert "1 person has a value that does not fit the new type" in response.content.decode()
    administrator.post(url, posted | {"confirm": "on"})
    size.refresh_from_db()
    assert size.type == "number"
    assert _values() == ["38", "39.5", None]


def test_what_becomes_sensitive_is_erased_of_those_who_did_not_agree(
    administrator: Client, skin: CustomAttribute, add_customer: AddCustomer
) -> None:
    yes, _no = (add_customer(attributes={"skin": "Dry"}) for _ in range(2))
    sensitive.agree(yes, skin, source="Form", wording="Keep it")
    assert _errors(_edit(administrator, skin, sensitive="origin")) == {"confirm"}
    _edit(administrator, skin, sensitive="origin", confirm="on")
    assert _values() == ["Dry", None]
    assert AuditEntry.objects.filter(action="attribute.edited").count() == 1


def test_the_key_is_fixed_once_someone_has_a_value(
    administrator: Client, skin: CustomAttribute, add_customer: AddCustomer
) -> None:
    _edit(administrator, skin, key="peau")
    skin.refresh_from_db()
    assert skin.key == "peau"
    add_customer(attributes={"peau": "Dry"})
    _edit(administrator, skin, key="other", label="Peau")
    skin.refresh_from_db()
    assert (skin.key, skin.label) == ("peau", "Peau")


def test_deleting_says_how_many_and_takes_their_values(
    administrator: Client, skin: CustomAttribute, add_customer: AddCustomer
) -> None:
    for value in ("Dry", "Oily"):
        add_customer(attributes={"skin": value, "size": "38"})
    url = reverse("customers:attribute_delete", args=[skin.pk])
    assert "2 people have a value" in administrator.get(url).content.decode()
    administrator.post(url)
    assert not CustomAttribute.objects.exists()
    assert list(Customer.objects.values_list("attributes", flat=True)) == [{"size": "38"}] * 2


def test_what_a_segment_uses_keeps_its_key_its_type_and_itself(
    administrator: Client, skin: CustomAttribute
) -> None:
    leaf = {"field": "attr:skin", "op": "is", "value": "Dry"}
    rule = {"version": 1, "root": {"all": [{"any": [leaf]}]}}
    Segment.objects.create(name="Dry skins", rule=rule)
    assert attributes.uses(skin) == ["Dry skins"]
    _edit(administrator, skin, key="peau", type="text")
    url = reverse("customers:attribute_delete", args=[skin.pk])
    assert "Dry skins" in administrator.get(url).content.decode()
    administrator.post(url)
    skin.refresh_from_db()
    assert (skin.key, skin.type) == ("skin", "choice")
