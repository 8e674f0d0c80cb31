"""The admin site: who opens it, that nothing is changed there, and that exports are ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import AuditEntry, User
from customers.consent import record_consent
from customers.models import Customer, Order

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.fixture
def staff(administrator: Client) -> Client:
    User.objects.update(is_staff=True)
    return administrator


@pytest.fixture
def ana(db: None) -> Customer:
    ana = Customer.objects.create(first_name="=Ana", last_name="Morel", email="ana@x.fr")
    record_consent(ana, "email", "given", source="Form")
    return ana


def test_only_administrators_with_access_come_in(
    administrator: Client, marketer: Client, client: Client
) -> None:
    refused = administrator.get("/admin/", follow=True)
    assert refused.status_code == 403
    assert "whoever runs the server" in refused.text
    assert "Roles that open it" not in refused.text
    assert marketer.get("/admin/").status_code == 403
    assert client.get("/admin/").headers["Location"].startswith(reverse("account_login"))
    assert client.get("/admin/login/").headers["Location"].startswith(reverse("account_login"))


def test_every_table_opens_and_changes_nothing(staff: Client, ana: Customer) -> None:
    assert staff.get("/admin/").status_code == 200
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_changelist")).status_code == 200, model
        assert staff.post(reverse(f"{name}_add")).status_code == 403, model
    page = reverse("admin:customers_customer_change", args=[ana.pk])
    assert staff.get(page).status_code == 200
    assert staff.post(page, {"first_name": "x"}).status_code == 403
    assert staff.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert Customer.objects.get().first_name == "=Ana"


def test_every_column_has_a_name_in_the_reader_s_language(staff: Client, ana: Customer) -> None:
    unnamed = [
        f"{model._meta.label}.{field.name}"
        for model in admin.site._registry
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if isinstance(field.verbose_name, str) and not field.primary_key
    ]
    assert not unnamed, "accounts/admin_names.py names them"
    User.objects.update(language="fr")
    page = staff.get(reverse("admin:customers_customer_changelist")).text
    assert "Créé le" in page
    assert "Anciens numéros" in staff.get("/admin/").text


def test_people_are_found_as_in_the_list(staff: Client, ana: Customer) -> None:
    Customer.objects.create(first_name="Hugo")
    page = staff.get(reverse("admin:customers_customer_changelist"), {"q": "mor"}).text
    assert "ana@x.fr" in page
    assert "Hugo" not in page


@pytest.mark.parametrize("model", ["customer", "order", "consentrecord"])
def test_an_export_is_streamed_harmless_and_on_record(
    staff: Client, ana: Customer, model: str
) -> None:
    Order.objects.create(customer=ana, number="C1", placed_at=ana.created_at, total=1)
    url = reverse(f"admin:customers_{model}_export")
    assert staff.get(url).status_code == 200
    response: Any = staff.post(url, {"format": "0", "resource": "0"})
    assert response.streaming
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "'=Ana" in content
    assert AuditEntry.objects.get(action="data.exported").facts["rows"] == 1


def test_nothing_is_imported_in_the_admin_site() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("admin:customers_customer_import")


def test_a_long_table_costs_few_queries(
    staff: Client, ana: Customer, django_assert_max_num_queries: Any
) -> None:
    for n in range(40):
        record_consent(ana, "sms", "given", source=str(n))
    with django_assert_max_num_queries(10):
        staff.get(reverse("admin:customers_consentrecord_changelist"))


def test_a_long_table_offers_no_sorting_that_would_read_it_whole(
    staff: Client, ana: Customer
) -> None:
    assert "sortable" not in staff.get("/admin/customers/customer/").text
