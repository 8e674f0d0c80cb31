"""Notes and calls on a person's page: kept, shown in their place, changed only by their author."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from customers import notes
from customers.models import Customer, Note
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
HTMX = {"hx-request": "true"}


@pytest.fixture
def ana(add_customer: AddCustomer) -> Customer:
    return add_customer(first_name="Ana")


def _note(ana: Customer, author: str, days: int = 0) -> Note:
    by = User.objects.get(email=author)
    note = notes.add(ana, kind="call", text="She called", occurred_at=timezone.now(), by=by)
    Note.objects.filter(pk=note.pk).update(created_at=timezone.now() - dt.timedelta(days=days))
    return note


def test_a_call_is_written_down_and_stands_in_the_timeline(marketer: Client, ana: Customer) -> None:
    said = {"kind": "call", "occurred_at": "2026-05-12T14:30", "text": "Wants a\n<b>catalogue</b>"}
    url = reverse("customers:note_add", args=[ana.pk])
    shown = marketer.post(url, said, headers=HTMX).content.decode()
    note = ana.notes.get()
    assert (note.kind, str(note.author)) == ("call", str(User.objects.get()))
    assert timezone.localtime(note.occurred_at).hour == 14
    assert "Phone call, by" in shown
    assert "Wants a<br>&lt;b&gt;catalogue&lt;/b&gt;" in shown
    assert "<html" not in shown


def test_an_empty_or_future_note_is_refused_at_its_field(marketer: Client, ana: Customer) -> None:
    url = reverse("customers:note_add", args=[ana.pk])
    response = marketer.post(url, {"kind": "note", "text": "  "})
    assert (response.status_code, response.context["form"].errors.keys()) == (422, {"text"})
    tomorrow = (timezone.localtime() + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    said = {"kind": "note", "text": "Soon", "occurred_at": tomorrow}
    assert marketer.post(url, said, headers=HTMX).status_code == 422
    assert not ana.notes.exists()


def test_its_author_changes_a_fresh_note_and_nobody_else(
    marketer: Client, administrator: Client, ana: Customer
) -> None:
    note = _note(ana, "marketer@shop.test")
    url = reverse("customers:note", args=[note.pk])
    said = {"kind": "visit", "text": "She came"}
    assert administrator.post(url, said).status_code == 403
    assert administrator.get(url).context["form"] is None
    assert marketer.post(url, said).status_code == 302
    note.refresh_from_db()
    assert (note.kind, note.text) == ("visit", "She came")


def test_after_a_week_a_note_stays_as_it_was_written(marketer: Client, ana: Customer) -> None:
    note = _note(ana, "marketer@shop.test", days=8)
    url = reverse("customers:note", args=[note.pk])
    assert "She called" in marketer.get(url).content.decode()
    assert marketer.post(url, {"kind": "note", "text": "Changed"}).status_code == 403
    assert ana.notes.get().text == "She called"


def test_a_note_is_deleted_by_its_author_or_an_administrator_and_that_is_audited(
    marketer: Client, administrator: Client, ana: Customer
) -> None:
    theirs, own = _note(ana, "administrator@shop.test"), _note(ana, "marketer@shop.test")
    assert marketer.post(reverse("customers:note_delete", args=[theirs.pk])).status_code == 403
    assert marketer.post(reverse("customers:note_delete", args=[own.pk])).status_code == 302
    assert list(ana.notes.all()) == [theirs]
    administrator.post(reverse("customers:note_delete", args=[theirs.pk]))
    assert not ana.notes.exists()
    facts = [entry.facts for entry in AuditEntry.objects.filter(action="note.deleted")]
    assert all("She called" not in str(each) for each in facts)
    assert len(facts) == 2
