"""The archive a person gets: everything, readable, in their language, and kept nowhere."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from customers.models import Customer, PrivacySettings
from customers.rights import access
from tests.customers.rights.conftest import files_under
from tests.customers.rights.test_requests import asked

pytestmark = pytest.mark.django_db

# Every model that leads to a person, and the section that tells of it.
TOLD = {
    "customers.ConsentRecord": "consents",
    "customers.CustomerTag": "tags",
    "customers.Event": "events",
    "customers.FormerNumber": "numbers",
    "customers.Note": "notes",
    "customers.NotDuplicates": "look_alikes",
    "customers.Order": "orders",
    "customers.RightsRequest": "requests",
    "customers.ShopRecord": "numbers",
    "customers.Signup": "signups",
    "segmentation.Membership": "segments",
    "segmentation.MembershipChange": "segment_history",
    "campaigns.Message": "messages",
    "campaigns.Engagement": "engagements",
}


@pytest.fixture
def archive(zenobie: Customer, member: User) -> dict[str, Any]:
    with zipfile.ZipFile(access.archive(zenobie, by=member)) as opened:
        assert opened.namelist() == ["donnees.json", "donnees.html"]
        return {
            "json": json.loads(opened.read("donnees.json")),
            "html": opened.read("donnees.html").decode(),
        }


def test_every_model_that_leads_to_a_person_is_told_of() -> None:
    leading = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is Customer
    }
    assert leading == set(TOLD)
    assert set(TOLD.values()) <= {section.key for section in access.sections()}


def test_the_archive_tells_all_that_is_held(archive: dict[str, Any], zenobie: Customer) -> None:
    told = archive["json"]
    assert told["format"] == access.FORMAT
    identity = {row["key"]: row["value"] for row in told["identity"]}
    assert identity["last_name"] == "Quatremarre"
    assert identity["country"] == "FR"
    assert identity["email"] == "zenobie.quatremarre@exemple.fr"
    assert told["attributes"][0]["purpose"] == "To advise a size"
    assert {row["proof"] for row in told["consents"]} == {"QX-90417"}
    assert [row["number"] for row in told["orders"]] == ["F-2024-118", "F-2024-119"]
    assert [row["product"] for row in told["order_lines"]] == ["Violin", "Violin"]
    assert told["events"][0]["properties"] == {"mail": zenobie.email}
    assert {row["campaign"] for row in told["messages"]} == {"Autumn", "Winter"}
    assert {row["segment"] for row in told["segments"]} == {"All", "List"}
    assert told["imports"][0]["file"] == "clients.csv"
    assert {activity["key"] for activity in told["processing"]} >= {"customers", "campaigns"}
    empty = {key for key, rows in told.items() if rows == []}
    assert empty == {"suppressions", "look_alikes", "requests"}


def test_the_page_is_in_the_persons_language_and_needs_nothing_else(
    zenobie: Customer, member: User
) -> None:
    zenobie.language = "en"
    zenobie.last_name = "<script>alert(1)</script>"
    zenobie.save()
    with zipfile.ZipFile(access.archive(zenobie, by=member)) as opened:
        page = opened.read("donnees.html").decode()
    assert '<html lang="en">' in page
    assert "Your personal data" in page
    assert "<script" not in page
    assert "http" not in page
    assert "<td>France</td>" in page
    assert "<td>English</td>" in page
    assert "<td>€120.00</td>" in page
    assert access.language_of(Customer(language="de")) == settings.LANGUAGE_CODE


def test_the_archive_is_handed_out_by_its_request_and_left_nowhere(
    zenobie: Customer, member: User, marketer: Client
) -> None:
    made = asked(zenobie, "access", member)
    page = reverse("customers:rights_request", args=[made.pk])
    assert marketer.get(page).context["nobody_answers"]
    PrivacySettings.objects.update(controller="Garance SAS", contact="rgpd@garance.test")
    assert not marketer.get(page).context["nobody_answers"]
    before = set(files_under(settings.MEDIA_ROOT))
    answer: Any = marketer.post(reverse("customers:rights_archive", args=[made.pk]))
    assert answer.headers["Cache-Control"] == "no-store"
    content = BytesIO(b"".join(answer.streaming_content))
    with zipfile.ZipFile(content) as opened:
        assert "rgpd@garance.test" in opened.read("donnees.html").decode()
    assert set(files_under(settings.MEDIA_ROOT)) == before
    entry = AuditEntry.objects.get(action="rights.archive_made")
    assert entry.facts == {"customer": zenobie.pk, "request": made.pk}


def test_only_a_request_for_access_gives_an_archive(
    zenobie: Customer, member: User, marketer: Client
) -> None:
    made = asked(zenobie, "oppose", member)
    answer = marketer.post(reverse("customers:rights_archive", args=[made.pk]))
    assert answer.status_code == 404
