"""The journal of exports and decisions: in words, narrowed, for administrators only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import audit, journal
from accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


def signed_in(role: str) -> tuple[Client, User]:
    member = User.objects.create_user(f"{role}@shop.test", role=role, language="en", name="Zoé")
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client, member


def test_each_decision_is_told_in_words() -> None:
    client, zoe = signed_in("administrator")
    export = {"table": "people", "format": "csv", "rows": 12, "columns": 4, "complete": False}
    audit.record(zoe, "data.exported", **export)
    audit.record(zoe, "role_changed", member=zoe.pk, before="analyst", after="marketer")
    audit.record(None, "customers.merged", customer=7, merged=9, order=3)
    audit.record(None, "something.new", segment=4)
    page = client.get(reverse("accounts:journal")).text
    assert "Customers · 12 rows · CSV for Excel in French" in page
    assert "broken off before the end" in page
    assert "Zoé · Analyst → Marketer" in page
    assert "record 9 into 7 · 3 rows moved" in page
    assert "something.new" in page


def test_the_journal_is_narrowed_by_what_and_by_whom() -> None:
    client, zoe = signed_in("administrator")
    audit.record(zoe, "data.exported", table="people", format="csv", rows=77)
    audit.record(None, "customers.tagged", tag=1, people=88)
    url = reverse("accounts:journal")
    assert "77 rows" in client.get(url, {"action": "data.exported"}).text
    assert "88 people" not in client.get(url, {"action": "data.exported"}).text
    assert "88 people" not in client.get(url, {"membre": zoe.pk}).text
    assert "88 people" in client.get(url, {"membre": "x", "action": "y", "page": "z"}).text


@pytest.mark.parametrize(("role", "status"), [("marketer", 403), ("analyst", 403)])
def test_others_do_not_read_it(role: str, status: int) -> None:
    client, _member = signed_in(role)
    assert client.get(reverse("accounts:journal")).status_code == status
    assert Client().get(reverse("accounts:journal")).status_code == 302


def test_nothing_is_changed_from_the_journal() -> None:
    client, _member = signed_in("administrator")
    assert client.post(reverse("accounts:journal")).status_code == 405


def test_fifty_lines_cost_as_many_queries_as_one(django_assert_max_num_queries: Any) -> None:
    client, zoe = signed_in("administrator")
    for _ in range(60):
        audit.record(zoe, "member_added", member=zoe.pk, role="analyst")
    client.get(reverse("accounts:journal"))
    with django_assert_max_num_queries(9):
        assert client.get(reverse("accounts:journal")).text.count("Added a member") > 50


def test_every_named_action_reads_without_its_facts() -> None:
    entries = [audit.record(None, action) for action, _label in journal.named()]
    assert all(line.label for line in journal.lines(entries))
