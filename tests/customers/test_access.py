"""Who may open which page of customers, and by which method."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import CustomAttribute, Customer, Note, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]

# Page, its arguments, methods it answers to, capability of those who may.
PAGES = [
    ("list", (), "GET", "contacts"),
    ("export", (), "GET POST", "contacts"),
    ("tag_selection", (), "POST", "contacts"),
    ("create", (), "GET POST", "contacts"),
    ("address_check", ("email",), "POST", "contacts"),
    ("detail", ("person",), "GET", "contacts"),
    ("edit", ("person",), "GET POST", "contacts"),
    ("delete", ("person",), "GET POST", "contacts"),
    ("record_consent", ("person",), "GET POST", "contacts"),
    ("consent_history", ("person",), "GET", "contacts"),
    ("sensitive_consent", ("person", "allergies"), "GET POST", "contacts"),
    ("note_add", ("person",), "POST", "contacts"),
    ("note", ("note",), "GET POST", "contacts"),
    ("note_delete", ("note",), "POST", "contacts"),
    ("add_tag", ("person",), "POST", "contacts"),
    ("remove_tag", ("person", "tag"), "POST", "contacts"),
    ("tags", (), "GET POST", "contacts"),
    ("tag_edit", ("tag",), "GET POST", "contacts"),
    ("tag_merge", ("tag", "other"), "POST", "contacts"),
    ("tag_delete", ("tag",), "GET POST", "contacts"),
    ("attributes", (), "GET", "settings"),
    ("attribute_create", (), "GET POST", "settings"),
    ("attribute_edit", ("attribute",), "GET POST", "settings"),
    ("attribute_delete", ("attribute",), "GET POST", "settings"),
]


@pytest.fixture
def rows(db: None) -> dict[str, int]:
    ana = Customer.objects.create(first_name="Ana", email="ana@exemple.fr")
    allergies = CustomAttribute.objects.create(key="allergies", label="A", sensitive="health")
    return {
        "person": ana.pk,
        "note": Note.objects.create(customer=ana, text="Called").pk,
        "allergies": allergies.pk,
        "tag": Tag.objects.create(name="VIP", folded="vip").pk,
        "other": Tag.objects.create(name="Press", folded="press").pk,
        "attribute": CustomAttribute.objects.create(key="size", label="Size").pk,
    }


def address(page: str, arguments: tuple[str, ...], rows: dict[str, int]) -> str:
    return reverse(f"customers:{page}", args=[rows.get(name, name) for name in arguments])


@pytest.mark.parametrize(("page", "arguments", "methods", "_who"), PAGES)
def test_an_analyst_sees_no_contact_data(
    page: str, arguments: tuple[str, ...], methods: str, _who: str,
    analyst: Client, rows: dict[str, int],
) -> None:  # fmt: skip
    url = address(page, arguments, rows)
    for method in methods.split():
        response = analyst.generic(method, url)
        assert response.status_code == 403
        assert b"ana@exemple.fr" not in response.content


@pytest.mark.parametrize(("page", "arguments", "methods", "who"), PAGES)
def test_a_marketer_opens_people_but_not_the_settings_of_attributes(
    page: str, arguments: tuple[str, ...], methods: str, who: str,
    marketer: Client, rows: dict[str, int],
) -> None:  # fmt: skip
    method = methods.split()[0]
    response = marketer.generic(method, address(page, arguments, rows))
    # Nobody of the team wrote this note.
    if who == "settings" or page == "note_delete":
        assert response.status_code == 403
    else:
        assert response.status_code in (200, 302, 422)


@pytest.mark.parametrize(("page", "arguments", "methods", "_who"), PAGES)
def test_nobody_comes_in_without_signing_in(
    page: str, arguments: tuple[str, ...], methods: str, _who: str,
    client: Client, rows: dict[str, int],
) -> None:  # fmt: skip
    response = client.generic(methods.split()[0], address(page, arguments, rows))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(("page", "arguments", "methods", "_who"), PAGES)
def test_other_methods_are_refused(
    page: str, arguments: tuple[str, ...], methods: str, _who: str,
    administrator: Client, rows: dict[str, int],
) -> None:  # fmt: skip
    for method in {"GET", "POST", "PUT", "DELETE"} - set(methods.split()):
        assert administrator.generic(method, address(page, arguments, rows)).status_code == 405
    assert Customer.objects.count() == 1
    assert Tag.objects.count() == 2


def test_somebody_who_is_not_there_is_not_found(marketer: Client, db: None) -> None:
    for page in ("detail", "edit", "delete", "record_consent", "consent_history", "note"):
        assert marketer.get(reverse(f"customers:{page}", args=[99])).status_code == 404
