"""Recording what a person said: legal bases, sensitive data, and the ledger as it is read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import sensitive
from customers.consent import record_consent
from customers.models import ConsentRecord, CustomAttribute, Customer, Order
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.fixture
def ana(add_customer: AddCustomer) -> Customer:
    return add_customer(first_name="Ana", email="ana@exemple.fr")


@pytest.fixture
def allergies() -> CustomAttribute:
    return CustomAttribute.objects.create(
        key="allergies", label="Allergies", purpose="Recipes", sensitive="health"
    )


def _say(client: Client, person: Customer, **said: str) -> Any:
    today = timezone.localdate().isoformat()
    given = {"subject": "email", "state": "given", "occurred_on": today, "source": "Call"}
    given["wording"] = "Write to me"
    return client.post(reverse("customers:record_consent", args=[person.pk]), given | said)


def _errors(response: Any) -> set[str]:
    assert response.status_code == 422
    return set(response.context["form"].errors)


def test_all_that_proves_a_consent_is_kept_and_shown(marketer: Client, ana: Customer) -> None:
    _say(marketer, ana, wording="I want the news", proof="Form 12 in the blue folder")
    record = ana.consents.get()
    assert (record.basis, record.wording, record.proof) == (
        "consent",
        "I want the news",
        "Form 12 in the blue folder",
    )
    for page in ("detail", "consent_history"):
        shown = marketer.get(reverse(f"customers:{page}", args=[ana.pk])).content.decode()
        for said in ("I want the news", "Form 12 in the blue folder", "marketer@shop.test"):
            assert said in shown, (page, said)


def test_a_yes_needs_its_words_on_every_way_in_and_being_a_customer_does_not(
    marketer: Client, ana: Customer
) -> None:
    assert _errors(_say(marketer, ana, wording="  ")) == {"wording"}
    Order.objects.create(customer=ana, total=10, placed_at=timezone.now())
    assert _say(marketer, ana, basis="customer", wording="").status_code == 302
    assert _say(marketer, ana, state="withdrawn", wording="").status_code == 302
    said = {"first_name": "Zoé", "country": "FR", "consents": "email", "consent_source": "Form"}
    assert _errors(marketer.post(reverse("customers:create"), said)) == {"consent_wording"}
    assert list(ana.consents.values_list("state", flat=True)) == ["withdrawn", "given"]


def test_an_existing_customer_is_recorded_as_such_only_after_a_purchase(
    marketer: Client, ana: Customer
) -> None:
    assert _errors(_say(marketer, ana, basis="customer")) == {"basis"}
    Order.objects.create(customer=ana, total=10, placed_at=timezone.now())
    assert _errors(_say(marketer, ana, basis="customer", subject="tracking")) == {"basis"}
    assert _say(marketer, ana, basis="customer").status_code == 302
    assert ana.consents.get().basis == "customer"
    page = marketer.get(reverse("customers:detail", args=[ana.pk])).content.decode()
    assert "Existing customer, similar products" in page


def test_a_no_dated_before_a_yes_is_not_kept_without_effect(
    marketer: Client, ana: Customer
) -> None:
    _say(marketer, ana)
    before = (timezone.localdate() - dt.timedelta(days=3)).isoformat()
    refused = _say(marketer, ana, state="withdrawn", occurred_on=before)
    assert _errors(refused) == {"occurred_on"}
    assert _say(marketer, ana, state="withdrawn").status_code == 302
    assert ana.consents.first().state == "withdrawn"  # type: ignore[union-attr]


def test_under_15_the_page_asks_for_a_guardian_and_their_proof(
    marketer: Client, ana: Customer
) -> None:
    ana.birth_date = timezone.localdate() - dt.timedelta(days=12 * 365)
    ana.save()
    page = marketer.get(reverse("customers:detail", args=[ana.pk])).content.decode()
    assert "Not reachable by e-mail: under 15, and no guardian’s consent" in page
    assert _errors(_say(marketer, ana)) == {"basis"}
    assert _errors(_say(marketer, ana, basis="guardian")) == {"proof"}
    _say(marketer, ana, basis="guardian", proof="Signed by her father")
    page = marketer.get(reverse("customers:detail", args=[ana.pk])).content.decode()
    assert "Reachable by e-mail" in page


def test_a_yes_recorded_by_mistake_is_taken_back_and_a_no_never(
    marketer: Client, ana: Customer
) -> None:
    assert _errors(_say(marketer, ana, state="unknown")) == {"state"}
    _say(marketer, ana)
    assert _say(marketer, ana, state="unknown").status_code == 302
    _say(marketer, ana, state="withdrawn")
    assert _errors(_say(marketer, ana, state="unknown")) == {"state"}


def test_the_history_marks_the_line_that_holds_and_the_one_that_never_counted(
    marketer: Client, ana: Customer
) -> None:
    now = timezone.now()
    for days, state in ((9, "given"), (5, "withdrawn"), (1, "given")):
        record_consent(
            ana, "email", state, source=f"{days} days", occurred_at=now - dt.timedelta(days=days)
        )
    response = marketer.get(reverse("customers:consent_history", args=[ana.pk]))
    lines = response.context["lines"]
    assert [(line.record.source, line.holds) for line in lines] == [
        ("1 days", True),
        ("5 days", False),
        ("9 days", False),
    ]
    Customer.objects.filter(pk=ana.pk).update(
        birth_date=timezone.localdate() - dt.timedelta(days=5000)
    )
    shown = marketer.get(reverse("customers:consent_history", args=[ana.pk]))
    assert [line.holds for line in shown.context["lines"]] == [False, True, False]
    assert "it does not count" in shown.content.decode()


def test_the_history_costs_the_same_however_long(
    marketer: Client,
    ana: Customer,
    django_assert_max_num_queries: Any,
) -> None:
    ConsentRecord.objects.bulk_create(
        ConsentRecord(customer=ana, subject="sms", state="given", source="F") for _ in range(50)
    )
    with django_assert_max_num_queries(12):
        marketer.get(reverse("customers:consent_history", args=[ana.pk]))


def test_explicit_consent_is_recorded_then_taken_back_with_the_value(
    marketer: Client, ana: Customer, allergies: CustomAttribute
) -> None:
    url = reverse("customers:sensitive_consent", args=[ana.pk, allergies.pk])
    today = timezone.localdate().isoformat()
    said = {"basis": "consent", "occurred_on": today, "source": "Form", "proof": "F 3"}
    assert _errors(marketer.post(url, said)) == {"wording"}
    assert marketer.post(url, said | {"wording": "Keep my allergies"}).status_code == 302
    assert sensitive.agreements(ana).keys() == {"allergies"}
    ana.attributes = {"allergies": "Nuts"}
    ana.save()
    assert b"the value of \xe2\x80\x9cAllergies\xe2\x80\x9d is erased" in marketer.get(url).content
    assert marketer.post(url, {"source": "Call"}).status_code == 302
    ana.refresh_from_db()
    assert ana.attributes == {}
    assert sensitive.agreements(ana) == {}


def test_an_ordinary_attribute_has_no_page_of_consent(marketer: Client, ana: Customer) -> None:
    size = CustomAttribute.objects.create(key="size", label="Size")
    url = reverse("customers:sensitive_consent", args=[ana.pk, size.pk])
    assert marketer.get(url).status_code == 404


def test_one_persons_ledger_is_exported_alone(
    marketer: Client, ana: Customer, add_customer: AddCustomer
) -> None:
    record_consent(ana, "email", "given", source="Form", wording="I want the news")
    record_consent(add_customer(first_name="Tom"), "sms", "given", source="Call")
    page = marketer.get(reverse("customers:consent_history", args=[ana.pk]))
    url = page.context["export_url"]
    assert url in page.content.decode().replace("&amp;", "&")
    asked = marketer.get(url)
    assert (asked.context["count"], asked.context["about"]) == (1, "Ana")
    columns = [name for name, _label in asked.context["form"].fields["columns"].choices]
    said = {"file_format": "csv", "columns": columns}
    told = b"".join(marketer.post(url, said)).decode()
    assert "I want the news" in told
    assert "Call" not in told
