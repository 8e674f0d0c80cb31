"""Files that are not of customers: events, tags, members of a fixed segment, suppression lists."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from customers.consent import record_consent, suppressions_of
from customers.fields import address_hash
from customers.models import (
    Channel,
    ConsentState,
    Customer,
    CustomerTag,
    Event,
    ImportChange,
    ImportJob,
    Suppression,
)
from segmentation.models import Membership, Segment

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Import a text as a file of some kind and give the command's report, or its refusal."""

    def run(kind: str, text: str, *options: str) -> dict[str, Any]:
        path = tmp_path / "fichier.csv"
        path.write_text(text, encoding="utf-8")
        out = io.StringIO()
        # A refused file ends the command; what it printed says why.
        with contextlib.suppress(SystemExit):
            call_command("import_spreadsheet", kind, str(path), "--json", *options, stdout=out)
        told: dict[str, Any] = json.loads(out.getvalue())
        return told

    return run


@pytest.fixture
def anne() -> Customer:
    return Customer.objects.create(
        external_id="C1", email="anne@b.fr", phone="+33612345678", first_name="Anne"
    )


def codes(report: dict[str, Any]) -> list[str]:
    return [error["code"] for error in report["errors"]]


EVENTS = (
    "Client;Événement;Date;Produit;Page;Valeur\n"
    "C1;panier;12/03/2024 10:00;Théière;https://boutique.fr/panier?id=7;12,50\n"
    "C1;visite;13/03/2024;;;\n"
    "C1;visite;13/03/2024;;;\n"
)


def test_events_are_added_once_however_often_the_file_comes(run: Run, anne: Customer) -> None:
    first = run("events", EVENTS)
    assert (first["created"], first["rejected"]) == (3, 0)
    again = run("events", EVENTS)
    assert (again["created"], again["unchanged"]) == (0, 3)
    assert Event.objects.count() == 3
    cart = Event.objects.get(name="panier")
    assert (cart.customer, cart.page, cart.value) == (anne, "/panier", Decimal("12.50"))
    assert cart.product is not None
    assert cart.product.name == "Théière"
    assert cart.occurred_at == dt.datetime(2024, 3, 12, 9, tzinfo=dt.UTC)


def test_checking_events_counts_the_same_and_writes_nothing(run: Run, anne: Customer) -> None:
    checked = run("events", EVENTS, "--dry-run")
    assert (checked["rows"], checked["created"]) == (3, 3)
    assert not Event.objects.exists()
    done = run("events", EVENTS)
    assert {k: done[k] for k in ("created", "unchanged", "rejected")} == {
        k: checked[k] for k in ("created", "unchanged", "rejected")
    }


def test_an_event_makes_a_customer_of_an_address_but_not_of_a_number(run: Run) -> None:
    text = "Client;Événement;Date\nnew@b.fr;visite;13/03/2024\nC999;visite;13/03/2024\n"
    report = run("events", text)
    assert (report["created"], report["customers_created"]) == (1, 1)
    assert codes(report) == ["unknown_customer"]
    assert Customer.objects.get().email == "new@b.fr"


def test_an_event_says_who_what_and_when(run: Run, anne: Customer) -> None:
    report = run(
        "events", "Client;Événement;Date\nC1;;13/03/2024\nC1;visite;\n;visite;13/03/2024\n"
    )
    assert codes(report) == ["no_name", "no_date", "no_customer"]
    refused = run("events", "Client;Date\nC1;13/03/2024\n")
    assert [error["code"] for error in refused["errors"]] == ["no_usable_column"]


def tags_of(person: Customer) -> set[str]:
    return set(CustomerTag.objects.filter(customer=person).values_list("tag__name", flat=True))


def test_tags_come_from_columns_and_only_to_known_people(run: Run, anne: Customer) -> None:
    report = run("tags", "Client;Tags\nC1;VIP, bio\nanne@b.fr;bio\ninconnu@b.fr;VIP\n")
    assert (report["updated"], report["unchanged"], report["rejected"]) == (1, 1, 1)
    assert codes(report) == ["unknown_customer"]
    assert tags_of(anne) == {"VIP", "bio"}
    assert Customer.objects.count() == 1


def test_one_tag_is_put_on_everyone_in_the_file(run: Run, anne: Customer) -> None:
    checked = run("tags", "E-mail\nanne@b.fr\nanne@b.fr\n", "--tag", "Salon", "--dry-run")
    assert (checked["updated"], checked["unchanged"]) == (1, 1)
    assert not CustomerTag.objects.exists()
    run("tags", "E-mail\nanne@b.fr\n", "--tag", "Salon")
    assert tags_of(anne) == {"Salon"}
    again = run("tags", "E-mail\nanne@b.fr\n", "--tag", "salon")
    assert (again["updated"], again["unchanged"]) == (0, 1)


def test_without_a_tag_nothing_is_put(run: Run, anne: Customer) -> None:
    refused = run("tags", "E-mail\nanne@b.fr\n")
    assert refused["errors"][0]["code"] == "no_tag"


def test_a_yes_or_no_column_gives_a_tag(run: Run, anne: Customer, tmp_path: Path) -> None:
    Customer.objects.create(external_id="C2")
    mapping = tmp_path / "m.json"
    mapping.write_text(json.dumps({"columns": {"Client": "customer", "VIP": "tag:VIP"}}))
    run("tags", "Client;VIP\nC1;oui\nC2;non\n", "--mapping", str(mapping))
    assert tags_of(anne) == {"VIP"}
    assert CustomerTag.objects.count() == 1


def test_members_join_a_fixed_segment_that_is_made_where_it_is_new(
    run: Run, anne: Customer
) -> None:
    text = "E-mail\nanne@b.fr\nqui@b.fr\n"
    checked = run("members", text, "--segment", "Salon de mars", "--dry-run")
    assert (checked["created"], checked["rejected"]) == (1, 1)
    assert not Segment.objects.exists()
    report = run("members", text, "--segment", "Salon de mars")
    assert (report["created"], codes(report)) == (1, ["unknown_customer"])
    segment = Segment.objects.get(name="Salon de mars")
    assert segment.kind == Segment.Kind.STATIC
    assert segment.due_at is not None
    assert list(Membership.objects.values_list("segment", "customer")) == [(segment.pk, anne.pk)]
    again = run("members", text, "--segment", str(segment.pk))
    assert (again["created"], again["unchanged"]) == (0, 1)


def test_members_never_join_a_segment_of_a_rule(run: Run, anne: Customer) -> None:
    Segment.objects.create(name="Fidèles", rule={})
    refused = run("members", "E-mail\nanne@b.fr\n", "--segment", "Fidèles")
    assert refused["errors"][0]["code"] == "no_segment"
    assert not Membership.objects.exists()


def test_a_suppression_list_puts_known_and_unknown_addresses_out_of_reach(
    run: Run, anne: Customer
) -> None:
    record_consent(anne, Channel.EMAIL, ConsentState.GIVEN, source="till")
    text = "E-mail;Téléphone\nANNE@b.fr;06 12 34 56 78\nautre@b.fr;\n;\nrien;\n"
    checked = run("suppressions", text, "--dry-run")
    assert not Suppression.objects.exists()
    report = run("suppressions", text)
    for told in (checked, report):
        assert (told["created"], told["rejected"], told["unreachable"]) == (2, 1, 1)
    assert Suppression.objects.filter(reason=Suppression.Reason.LISTED).count() == 3
    assert set(suppressions_of(anne)) == {"email", "sms"}
    assert anne.consents.order_by("-pk").first().state == ConsentState.WITHDRAWN  # type: ignore[union-attr]
    assert Customer.objects.count() == 1
    again = run("suppressions", text)
    assert (again["created"], again["unchanged"]) == (0, 2)
    assert Suppression.objects.count() == 3


def test_one_column_may_hold_e_mails_and_phones(run: Run, anne: Customer) -> None:
    report = run(
        "suppressions", "Adresse;Statut\nanne@b.fr;\n0612345678;Bloqué\nc@b.fr;Actif\nx;\n"
    )
    assert (report["created"], report["unchanged"], report["rejected"]) == (2, 1, 1)
    assert set(suppressions_of(anne)) == {"email", "sms"}


def test_a_list_on_one_line_puts_all_of_it_out_of_reach(run: Run, anne: Customer) -> None:
    text = "anne@b.fr; b@b.fr; 06 12 34 56 78\n"
    for told in (run("suppressions", text, "--dry-run"), run("suppressions", text)):
        assert (told["rows"], told["created"], told["unreachable"]) == (1, 1, 1)
    listed = {(Channel.EMAIL, address_hash(a)) for a in ("anne@b.fr", "b@b.fr")}
    listed.add((Channel.SMS, address_hash("+33612345678")))
    assert set(Suppression.objects.values_list("channel", "address_hash")) == listed
    wrong = run("suppressions", "c@b.fr; rien@; d@b.fr\n")
    assert (wrong["created"], wrong["rejected"]) == (0, 1)


def test_only_those_a_program_says_are_unsubscribed_are_suppressed(run: Run) -> None:
    listmonk = (
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        "u1,a@b.fr,A,{},enabled,2024-01-05,2024-01-05\n"
        "u2,c@b.fr,C,{},blocklisted,2024-01-05,2024-01-05\n"
    )
    report = run("suppressions", listmonk)
    assert (report["created"], report["unchanged"]) == (1, 1)


def test_no_list_lifts_an_earlier_reason(run: Run, anne: Customer) -> None:
    run("suppressions", "E-mail\nanne@b.fr\n")
    report = run("customers", "E-mail;Newsletter\nanne@b.fr;oui\n")
    assert report["consent_refused"] == 1


@pytest.mark.parametrize(
    ("kind", "text", "options", "records"),
    [
        ("events", EVENTS, (), {"product": 1, "event": 3}),
        ("tags", "Client;Tags\nC1;VIP\n", (), {"tag": 1}),
        ("members", "Client\nC1\n", ("--segment", "Salon"), {"member": 1}),
        ("suppressions", "E-mail\nanne@b.fr\n", (), {"consent": 1, "suppressed": 1}),
        (
            "orders",
            "Client;N° commande;Date;Produit;Montant\nC1;10;12/03/2024;Théière;12\n",
            (),
            {"order": 1, "line": 1, "product": 1},
        ),
    ],
)
def test_each_kind_notes_what_it_made(
    run: Run,
    anne: Customer,
    kind: str,
    text: str,
    options: tuple[str, ...],
    records: dict[str, int],
) -> None:
    run(kind, text, *options)
    changes = ImportChange.objects.filter(job=ImportJob.objects.get(), created=True)
    found: dict[str, int] = {}
    for record in changes.values_list("record", flat=True):
        found[record] = found.get(record, 0) + 1
    assert found == records
