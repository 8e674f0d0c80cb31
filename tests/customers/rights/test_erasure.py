"""Erasing someone: what stays, who no longer sees them, and that nothing brings them back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Sum
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from campaigns.models import Message
from customers import listing, search, tasks
from customers.consent import suppress, suppressed_hashes
from customers.fields import address_hash
from customers.forms.filters import FilterForm
from customers.models import (
    ConsentRecord,
    Customer,
    ErasedNumber,
    Event,
    ImportJob,
    Order,
    RightsRequest,
    Suppression,
)
from customers.rights import erasure, journal, requests
from segmentation import overview, snapshot
from segmentation.models import Membership, MembershipChange
from tests.customers.imports.making import import_text

pytestmark = pytest.mark.django_db


def test_what_the_shop_sold_stays_in_its_totals(zenobie: Customer, member: User) -> None:
    snapshot.sync()
    before = overview.base()
    erasure.erase(zenobie, by=member)
    snapshot.sync()
    after = overview.base()

    assert (after.customers, before.customers) == (0, 1)
    assert (after.orders, after.revenue) == (before.orders, before.revenue) == (2, Decimal(200))
    assert Order.objects.aggregate(sold=Sum("total"))["sold"] == 200
    assert {order.number for order in Order.objects.all()} == {
        f"erased-{order.pk}" for order in Order.objects.all()
    }
    event = Event.objects.get()
    assert (event.name, event.category, event.page, event.properties) == (
        *("page_view", "Strings", ""),
        {},
    )


def test_messages_stay_without_address_and_those_waiting_never_leave(
    zenobie: Customer, member: User
) -> None:
    erasure.erase(zenobie, by=member)
    states = dict(Message.objects.values_list("campaign__name", "state"))
    assert states == {"Autumn": Message.State.DELIVERED, "Winter": Message.State.SKIPPED}
    assert not Message.objects.exclude(address=None).exists()


def test_nothing_but_the_base_managers_knows_someone_erased(
    zenobie: Customer, member: User, marketer: Client
) -> None:
    erasure.erase(zenobie, by=member)
    assert not Customer.objects.exists()
    row = Customer.all_records.get()
    assert row.erased_at is not None
    assert not any(
        (row.first_name, row.email, row.phone, row.external_id, row.birth_date, row.postal_code)
    )
    assert not listing.select(FilterForm(QueryDict()).criteria).exists()
    assert not search.matching(Customer.objects.all(), "quatre").exists()
    assert marketer.get(reverse("customers:detail", args=[row.pk])).status_code == 404
    assert marketer.get(reverse("customers:edit", args=[row.pk])).status_code == 404


def test_segments_are_left_and_their_history_says_so(zenobie: Customer, member: User) -> None:
    erasure.erase(zenobie, by=member)
    assert not Membership.objects.exists()
    kinds = MembershipChange.objects.order_by("segment_id", "pk").values_list("kind", flat=True)
    assert list(kinds) == ["entered", "left"] * 2


def test_the_hashes_of_addresses_and_number_stay_behind(zenobie: Customer, member: User) -> None:
    email, phone = zenobie.email, zenobie.phone
    suppress("email", email, Suppression.Reason.UNSUBSCRIBE)
    erasure.erase(zenobie, by=member)
    assert set(Suppression.objects.values_list("channel", "address_hash", "reason")) == {
        ("email", address_hash(email), "erasure"),
        ("sms", address_hash(phone), "erasure"),
    }
    assert ErasedNumber.objects.count() == 2
    ((at, hashes),) = journal.read()
    assert ("email", address_hash(email)) in hashes
    assert len(hashes) == 4
    assert at.tzinfo is not None
    assert journal.path().stat().st_mode & 0o777 == 0o600


def test_a_file_imported_again_brings_nobody_back(
    zenobie: Customer, member: User, tmp_path: Path
) -> None:
    suppress("email", zenobie.email, Suppression.Reason.UNSUBSCRIBE)
    erasure.erase(zenobie, by=member)
    text = (
        "numero client;email;telephone;prenom\n"
        "1;zenobie.quatremarre@exemple.fr;;Zénobie\n"
        "2;;06 98 76 54 32;Zénobie\n"
        "QX-90417;;;Zénobie\n"
        "4;anne@exemple.fr;;Anne\n"
    )
    report = import_text(tmp_path, text)
    assert [person.first_name for person in Customer.objects.all()] == ["Anne"]
    assert report.rejected == 3


def test_the_request_is_closed_with_what_was_done_and_names_nobody(
    zenobie: Customer, member: User
) -> None:
    request = RightsRequest.objects.create(
        customer=zenobie, kind="erase", due_on=dt.date(2026, 12, 1), note="Zénobie called"
    )
    other = RightsRequest.objects.create(
        customer=zenobie, kind="access", due_on=dt.date(2026, 12, 1), note="Zénobie wrote"
    )
    erasure.erase(zenobie, by=member, request=request)
    for each in (request, other):
        each.refresh_from_db()
        assert (each.customer, each.note) == (None, "")
    assert (request.state, request.closed_by) == ("done", member)
    assert request.report["orders_kept"] == 2
    entry = AuditEntry.objects.get(action="customer.erased")
    assert entry.facts["customer"] == zenobie.pk


def test_kept_files_and_reports_lose_their_lines_only(zenobie: Customer, member: User) -> None:
    erasure.erase(zenobie, by=member)
    done = ImportJob.objects.get(state="done")
    path = Path(settings.MEDIA_ROOT) / str(done.rejected_file)
    refused = path.read_text("utf-8-sig")
    assert [line.split(";")[0] for line in refused.splitlines()] == ["Numéro", "78"]
    assert done.rejected_bytes == path.stat().st_size
    assert done.report["errors"] == []
    assert [change["who"] for change in done.report["changes"]] == ["Anne Li"]
    waiting = ImportJob.objects.exclude(pk=done.pk).get()
    assert (waiting.state, waiting.file.name) == ("failed", "")
    assert "effacées" in waiting.error


def test_an_import_under_way_is_cleaned_once_it_has_ended(zenobie: Customer, member: User) -> None:
    jobs = ImportJob.objects.filter(file__gt="")
    jobs.update(state="running")
    request = erasure.erase(zenobie, by=member)
    assert request.report[erasure.LEFT] == 1
    assert erasure.look_again() == 0

    jobs.update(state="failed")
    assert erasure.look_again() == 1
    assert not jobs.exists()
    request.refresh_from_db()
    assert erasure.LEFT not in request.report


def test_in_the_request_the_person_goes_at_once_and_the_files_after_it(
    zenobie: Customer,
    member: User,
    marketer: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    done: list[int] = []
    monkeypatch.setattr(tasks.clean_files, "delay", done.append)
    job = ImportJob.objects.filter(rejected_file__gt="").earliest("pk")
    rejected = reverse("customers:import_rejected", args=[job.pk])
    assert marketer.get(rejected).status_code == 200
    request = requests.write_down(
        zenobie, "erase", received_on=timezone.localdate(), note="", by=member
    )
    page = reverse("customers:rights_request", args=[request.pk])
    with django_capture_on_commit_callbacks(execute=True):
        marketer.post(page)
    assert done == [request.pk]
    assert not Customer.objects.exists()
    request.refresh_from_db()
    assert (request.state, request.customer) == ("done", None)
    for shown in (page, reverse("customers:imports"), reverse("customers:rights")):
        assert "Quatremarre" not in marketer.get(shown).content.decode()
    assert marketer.get(page).context["cleaning"]
    assert marketer.get(rejected)["Location"] == reverse("customers:imports")

    # The broker lost it: the tick finds it in the table.
    tasks.follow_rights()
    assert done == [request.pk, request.pk]
    erasure.clean_files(request.pk)
    erasure.clean_files(request.pk)
    fragment = marketer.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "tm-note good" in fragment
    assert "every 2s" not in fragment
    request.refresh_from_db()
    assert erasure.TRACES not in request.report


def test_someone_erased_meanwhile_is_not_erased_twice(zenobie: Customer, member: User) -> None:
    same = Customer.objects.get(pk=zenobie.pk)
    erasure.erase(zenobie, by=member)
    with pytest.raises(Customer.DoesNotExist):
        erasure.erase(same, by=member)
    assert RightsRequest.objects.count() == 1


def test_a_fault_in_the_middle_leaves_the_person_whole(
    zenobie: Customer, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("customers.rights.journal.os.fsync", fail)
    with pytest.raises(OSError, match="no space"):
        erasure.erase(zenobie, by=member)
    assert Customer.objects.get().email == "zenobie.quatremarre@exemple.fr"
    assert ConsentRecord.objects.exists()
    assert not Suppression.objects.exists()


def test_deleting_at_their_request_erases_and_a_mistake_is_deleted_whole(
    zenobie: Customer, marketer: Client
) -> None:
    mistake = Customer.objects.create(first_name="Test")
    marketer.post(reverse("customers:delete", args=[mistake.pk]))
    marketer.post(reverse("customers:delete", args=[zenobie.pk]), {"at_their_request": "1"})
    assert [row.pk for row in Customer.all_records.all()] == [zenobie.pk]
    assert suppressed_hashes("email", [address_hash("zenobie.quatremarre@exemple.fr")])
    assert RightsRequest.objects.get().state == "done"
