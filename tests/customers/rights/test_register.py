"""The register of processing: made from what is configured, on screen and as files."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import ApiToken, AuditEntry
from customers.models import CustomAttribute, PrivacySettings, ShopConnection, SignupForm
from customers.rights import register

pytestmark = pytest.mark.django_db


def text() -> str:
    return "\n".join(
        [str(vars(activity)) for activity in register.activities()] + register.measures()
    )


def keys() -> list[str]:
    return [activity.key for activity in register.activities()]


def test_what_is_not_used_is_not_in_it() -> None:
    assert keys() == ["customers", "campaigns", "tracking", "rights", "accounts"]


def test_forms_shops_and_keys_come_in_as_they_are_configured() -> None:
    SignupForm.objects.create(slug="lettre", name="La lettre", title="La lettre")
    ShopConnection.objects.create(kind="shopify", name="Garance en ligne", key="k1")
    ApiToken.objects.create(name="Till", prefix="tm_1", token_hash="x")
    assert keys()[1:3] == ["signups", "exchange"]
    assert "La lettre" in text()
    assert "Garance en ligne (Shopify)" in text()


def test_attributes_say_why_and_whether_they_are_sensitive() -> None:
    CustomAttribute.objects.create(key="size", label="Size", purpose="To advise a size")
    assert "9.2.a" not in text()
    CustomAttribute.objects.create(key="allergy", label="Allergies", sensitive="health")
    assert "To advise a size" in text()
    assert "Allergies [" in text()
    assert "9.2.a" in text()


def test_retention_and_measures_are_those_in_force(settings: Settings) -> None:
    PrivacySettings.objects.create(retention_years=5)
    assert "5 " in next(a for a in register.activities() if a.key == "customers").retention[0]
    settings.SECURE_SSL_REDIRECT = True
    assert "HSTS" in text()
    settings.SECURE_SSL_REDIRECT = False
    assert "HSTS" not in text()


def test_who_answers_for_the_data_is_filled_in_and_shown(administrator: Client) -> None:
    url = reverse("customers:register")
    administrator.post(url, {"controller": "Garance SAS", "contact": "rgpd@garance.test"})
    page = administrator.get(url).content.decode()
    assert "Garance SAS" in page
    assert "rgpd@garance.test" in page
    entry = AuditEntry.objects.get(action="privacy.controller_changed")
    assert entry.facts == {"fields": ["contact", "controller"]}


def test_the_register_is_downloaded_as_a_table_and_as_a_page(administrator: Client) -> None:
    CustomAttribute.objects.create(key="f", label="=HYPERLINK(1)")
    answer = administrator.get(reverse("customers:register_download", args=["csv"]))
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == len(register.activities()) + 2
    assert not any(cell.startswith("=") for row in rows for cell in row)
    page = administrator.get(reverse("customers:register_download", args=["html"]))
    assert "attachment" in page.headers["Content-Disposition"]
    assert "<link" not in page.content.decode()
