"""What importing customers changes, and what it never does."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from customers.consent import suppress, withdraw
from customers.fields import address_hash, computed_names
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    Suppression,
    Tag,
)
from tests.customers.imports.making import (
    check_file,
    csv_file,
    figures,
    import_file,
    import_text,
)

pytestmark = pytest.mark.django_db

FILE = """N° client;Nom;Prénom;E-mail;Portable;Date de naissance;CP;Tags;Centres d'intérêt
1;Morel;Anne;Anne@b.fr;612345678;12/03/1988;1000;VIP, bio;sport, lecture
2;Petit;Bob;bob@b.fr;0692123456;;97400;vip;
3;Durand;;;;;;;
"""


def given(**consent: Any) -> dict[str, Any]:
    """A mapping that says everyone agreed to e-mails."""
    told = {"state": "given", "source": "till", "collected_at": "2024-01-02"} | consent
    return {
        "columns": {"id": "external_id", "mail": "email", "nom": "last_name"},
        "options": {"consent": {"email": told}},
    }


def test_people_are_created_clean(tmp_path: Path) -> None:
    report = import_text(tmp_path, FILE)
    assert figures(report) == (3, 0, 0, 0, 0)
    anne = Customer.objects.get(external_id="1")
    assert (anne.email, anne.phone, anne.postal_code) == ("anne@b.fr", "+33612345678", "01000")
    assert anne.birth_date == dt.date(1988, 3, 12)
    assert anne.interests == ["sport", "lecture"]
    assert anne.email_hash == address_hash("anne@b.fr")
    assert anne.phone_hash == address_hash("+33612345678")
    assert "morel anne" in anne.search_text
    assert sorted(anne.tags.values_list("name", flat=True)) == ["VIP", "bio"]
    assert Tag.objects.count() == 2
    assert not ConsentRecord.objects.exists()


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    import_text(tmp_path, FILE)
    before = list(Customer.objects.order_by("pk").values())
    report = import_text(tmp_path, FILE)
    assert figures(report) == (0, 0, 3, 0, 0)
    assert list(Customer.objects.order_by("pk").values()) == before


def test_an_update_changes_what_the_file_says_and_its_hashes(tmp_path: Path) -> None:
    import_text(tmp_path, FILE)
    report = import_text(tmp_path, "N° client;E-mail;Nom;Ville\n1;new@b.fr;;Lyon\n2;;;\n")
    assert figures(report) == (0, 1, 1, 0, 0)
    anne = Customer.objects.get(external_id="1")
    assert (anne.email, anne.city, anne.last_name) == ("new@b.fr", "Lyon", "Morel")
    assert anne.email_hash == address_hash("new@b.fr")
    assert "new@b.fr" in anne.search_text
    assert anne.city_folded == "lyon"


@pytest.mark.parametrize(
    ("mode", "expected", "counts"),
    [
        ("update", ("new@b.fr", "Lyon"), (0, 1, 0, 0, 0)),
        ("fill", ("anne@b.fr", "Lyon"), (0, 1, 0, 0, 0)),
        ("skip", ("anne@b.fr", ""), (0, 0, 1, 0, 0)),
    ],
)
def test_what_is_known_is_replaced_filled_or_left(
    tmp_path: Path, mode: str, expected: tuple[str, str], counts: tuple[int, ...]
) -> None:
    Customer.objects.create(external_id="1", email="anne@b.fr")
    told = {
        "columns": {"id": "external_id", "mail": "email", "ville": "city"},
        "options": {"on_existing": mode},
    }
    report = import_text(tmp_path, "id;mail;ville\n1;new@b.fr;Lyon\n", told=told)
    anne = Customer.objects.get()
    assert ((anne.email, anne.city), figures(report)) == (expected, counts)


def test_people_are_recognised_by_number_then_email_then_phone(tmp_path: Path) -> None:
    one = Customer.objects.create(external_id="1")
    two = Customer.objects.create(email="b@b.fr")
    three = Customer.objects.create(phone="+33612345678")
    report = import_text(
        tmp_path, "N° client;E-mail;Portable;Nom\n1;;;A\n;B@b.fr;;B\n;;0612345678;C\n"
    )
    assert figures(report) == (0, 3, 0, 0, 0)
    names = [Customer.objects.get(pk=each.pk).last_name for each in (one, two, three)]
    assert names == ["A", "B", "C"]


@pytest.mark.parametrize(
    "line", ["1;b@b.fr;;X", ";b@b.fr;0612345678;X", "1;;0612345678;X", ";shared@b.fr;;X"]
)
def test_a_line_that_would_match_two_people_is_rejected_and_names_both(
    tmp_path: Path, line: str
) -> None:
    Customer.objects.create(external_id="1", first_name="Anne", email="shared@b.fr")
    Customer.objects.create(email="b@b.fr", first_name="Bob")
    Customer.objects.create(phone="+33612345678", first_name="Chloé")
    Customer.objects.create(email="shared@b.fr", first_name="Denis", external_id="4")
    before = list(Customer.objects.order_by("pk").values())
    report = import_text(tmp_path, f"N° client;E-mail;Portable;Nom\n{line}\n")
    assert figures(report) == (0, 0, 0, 1, 0)
    error = report.errors[0]
    assert (error["code"], error["row"]) == ("two_people", 2)
    assert sum(name in error["message"] for name in ("Anne", "Bob", "Chloé", "Denis")) == 2
    assert list(Customer.objects.order_by("pk").values()) == before


def test_two_people_of_one_family_share_an_address_and_keep_their_numbers(tmp_path: Path) -> None:
    text = "N° client;E-mail;Prénom\n1;famille@b.fr;Anne\n2;famille@b.fr;Bob\n"
    assert figures(import_text(tmp_path, text)) == (2, 0, 0, 0, 0)
    assert figures(import_text(tmp_path, text)) == (0, 0, 2, 0, 0)


def test_a_shared_address_is_told_apart_by_name(tmp_path: Path) -> None:
    Customer.objects.create(email="f@b.fr", first_name="Anne", last_name="Morel")
    bob = Customer.objects.create(email="f@b.fr", first_name="Bob", last_name="Morel")
    report = import_text(tmp_path, "E-mail;Prénom;Nom;Ville\nf@b.fr;BOB;morel;Lyon\n")
    assert figures(report) == (0, 1, 0, 0, 0)
    bob.refresh_from_db()
    assert bob.city == "Lyon"


def test_lines_about_one_person_are_merged_the_first_one_deciding(tmp_path: Path) -> None:
    text = "N° client;E-mail;Nom;Ville\n1;a@b.fr;Premier;\n1;;Second;Lyon\n;A@b.fr;Troisième;Nice\n"
    assert figures(import_text(tmp_path, text)) == (1, 0, 0, 0, 2)
    person = Customer.objects.get()
    assert (person.last_name, person.city) == ("Premier", "Lyon")
    assert figures(import_text(tmp_path, text)) == (0, 0, 1, 0, 2)


def test_a_line_with_anything_wrong_is_rejected_whole_and_told_by_its_number(
    tmp_path: Path,
) -> None:
    text = "N° client;E-mail;Portable;Nom\n1;pas-une-adresse;12;A\n2;b@b.fr;;B\n\n;;;C\n4;a;b;c;d\n"
    report = import_text(tmp_path, text)
    assert figures(report) == (1, 0, 0, 3, 0)
    told = [(error["row"], error.get("column"), error["code"]) for error in report.errors]
    assert told == [
        (2, "E-mail", "not_an_email"),
        (2, "Portable", "not_a_phone"),
        (5, None, "no_identity"),
        (6, "E-mail", "not_an_email"),
        (6, "Portable", "not_a_phone"),
        (6, None, "too_many_cells"),
    ]
    assert report.reasons["not_an_email"] == 2
    assert Customer.objects.get().external_id == "2"


def test_consent_is_written_with_its_proof_once(tmp_path: Path) -> None:
    text = "id;mail;nom\n1;a@b.fr;A\n2;;B\n"
    report = import_text(tmp_path, text, told=given(wording="J’accepte"))
    assert (report.consent_recorded, report.consent_refused) == (1, 0)
    record = ConsentRecord.objects.get()
    assert (record.customer.external_id, record.subject, record.state) == ("1", "email", "given")
    assert (record.source, record.wording) == ("till", "J’accepte")
    assert record.occurred_at == dt.datetime(2024, 1, 1, 23, tzinfo=dt.UTC)
    assert "2" in record.proof
    again = import_text(tmp_path, text, told=given())
    assert (again.consent_recorded, figures(again)) == (0, (0, 0, 2, 0, 0))


def test_an_import_never_turns_a_refusal_into_consent(tmp_path: Path) -> None:
    withdrawn = Customer.objects.create(external_id="1", email="a@b.fr")
    withdraw(withdrawn, "email", source="phone call")
    stopped = Customer.objects.create(external_id="2", email="b@b.fr")
    withdraw(stopped, "email", source="link", reason=Suppression.Reason.UNSUBSCRIBE)
    suppress("email", "new@b.fr", Suppression.Reason.COMPLAINT)
    fine = Customer.objects.create(external_id="4", email="d@b.fr")
    text = "id;mail;nom\n1;a@b.fr;A\n2;b@b.fr;B\n3;new@b.fr;C\n4;d@b.fr;D\n"
    checked = check_file(csv_file(tmp_path, text), "customers", given())
    report = import_text(tmp_path, text, told=given())
    assert (report.consent_recorded, report.consent_refused) == (1, 3)
    assert (checked.consent_recorded, checked.consent_refused) == (1, 3)
    assert list(ConsentRecord.objects.filter(state="given").values_list("customer", flat=True)) == [
        fine.pk
    ]
    assert Suppression.objects.count() == 2


def test_a_person_moved_to_a_suppressed_address_is_not_made_reachable(tmp_path: Path) -> None:
    Customer.objects.create(external_id="1", email="old@b.fr")
    suppress("email", "gone@b.fr", Suppression.Reason.STOP)
    report = import_text(tmp_path, "id;mail;nom\n1;gone@b.fr;A\n", told=given())
    assert (report.consent_recorded, report.consent_refused) == (0, 1)


BY_COLUMN = "N° client;E-mail;Newsletter\n1;a@b.fr;oui\n2;b@b.fr;non\n3;c@b.fr;\n"


def by_column() -> dict[str, Any]:
    """A mapping whose third column says who agreed."""
    told = given()
    told["columns"] = {
        "N° client": "external_id", "E-mail": "email", "Newsletter": "email_consent"
    }  # fmt: skip
    return told


def test_a_column_says_who_agreed_and_who_did_not(tmp_path: Path) -> None:
    report = import_text(tmp_path, BY_COLUMN, told=by_column())
    assert report.consents == {"email": {"given": 1, "withdrawn": 1}}
    states = dict(ConsentRecord.objects.values_list("customer__external_id", "state"))
    assert states == {"1": "given", "2": "withdrawn"}
    assert figures(import_text(tmp_path, BY_COLUMN, told=by_column())) == (0, 0, 3, 0, 0)


def test_a_column_of_consents_nobody_vouches_for_only_tells_who_refuses(tmp_path: Path) -> None:
    report = import_text(tmp_path, BY_COLUMN)
    assert report.refusals == {"email": {"no_source": 1}}
    assert list(ConsentRecord.objects.values_list("state", flat=True)) == ["withdrawn"]


def test_a_column_says_when_each_consent_was_given(tmp_path: Path) -> None:
    text = (
        "N° client;E-mail;Newsletter;Date optin\n1;a@b.fr;oui;05/03/2020\n2;b@b.fr;non;06/03/2020\n"
        "3;c@b.fr;oui;jamais\n4;d@b.fr;oui;\n5;e@b.fr;oui;01/01/2099\n"
    )
    told = by_column()
    told["columns"]["Date optin"] = "email_consent_date"
    del told["options"]["consent"]["email"]["collected_at"]
    began = timezone.now()
    report = import_text(tmp_path, text, told=told)
    assert figures(report) == (5, 0, 0, 0, 0)
    assert report.consents == {"email": {"given": 1, "withdrawn": 1}}
    assert report.refusals == {"email": {"no_date": 3}}
    warned = [(each["row"], each["column"], each["code"]) for each in report.warnings]
    codes = ("not_a_date", "no_consent_date", "in_the_future")
    assert warned == [(row, "Date optin", code) for row, code in enumerate(codes, start=4)]
    said = dict(ConsentRecord.objects.values_list("state", "occurred_at"))
    assert said["given"].date() == dt.date(2020, 3, 4)  # midnight in Paris
    # A refusal holds from now on, whatever its date: an older consent must not win.
    assert said["withdrawn"] >= began
    # The date stated for all of the file stands in for one that is missing, never for a bad one.
    told["options"]["consent"]["email"]["collected_at"] = "2024-01-02"
    assert import_text(tmp_path, text, told=told).consents == {"email": {"given": 1}}
    assert ConsentRecord.objects.latest("pk").customer.external_id == "4"


def test_whoever_asked_to_be_erased_is_not_brought_back(tmp_path: Path) -> None:
    suppress("email", "gone@b.fr", Suppression.Reason.ERASURE)
    report = import_text(tmp_path, "E-mail;Nom\nGone@b.fr;X\nhere@b.fr;Y\n")
    assert figures(report) == (1, 0, 0, 1, 0)
    assert report.errors[0]["code"] == "erased"
    assert not Customer.objects.filter(email="gone@b.fr").exists()


def test_an_unknown_column_becomes_a_custom_attribute(tmp_path: Path) -> None:
    told = {
        "columns": {"id": "external_id", "Pointure": "attr:pointure", "Carte": "attr:carte"},
        "attributes": {
            "pointure": {"label": "Pointure", "type": "number"},
            "carte": {"label": "Carte", "type": "boolean"},
        },
    }
    text = "id;Pointure;Carte\n1;37,50;oui\n2;beaucoup;non\n3;;\n"
    assert figures(import_text(tmp_path, text, told=told)) == (3, 0, 0, 0, 0)
    assert CustomAttribute.objects.get(key="pointure").type == "number"
    values = dict(Customer.objects.values_list("external_id", "attributes"))
    assert values == {"1": {"pointure": "37.5", "carte": True}, "2": {"carte": False}, "3": {}}
    assert figures(import_text(tmp_path, text, told=told)) == (0, 0, 3, 0, 0)


def test_a_choice_outside_the_list_of_an_attribute_is_left_out(tmp_path: Path) -> None:
    CustomAttribute.objects.create(key="size", label="Taille", type="choice", choices=["Petite"])
    told = {"columns": {"id": "external_id", "t": "attr:size"}}
    report = import_text(tmp_path, "id;t\n1;petite\n2;Énorme\n", told=told)
    assert (report.created, report.warned, report.warning_reasons) == (2, 1, {"not_a_choice": 1})
    values = dict(Customer.objects.values_list("external_id", "attributes"))
    assert values == {"1": {"size": "Petite"}, "2": {}}


def test_several_columns_of_tags_add_up_and_never_take_off(tmp_path: Path) -> None:
    person = Customer.objects.create(external_id="1")
    person.tags.add(Tag.objects.create(name="Ancien", folded="ancien"))
    told = {"columns": {"id": "external_id", "t1": "tags", "t2": "tags"}}
    report = import_text(tmp_path, "id;t1;t2\n1;Bio;vip|bio\n", told=told)
    assert figures(report) == (0, 1, 0, 0, 0)
    assert sorted(person.tags.values_list("folded", flat=True)) == ["ancien", "bio", "vip"]


def test_the_check_finds_the_same_figures_and_writes_nothing(tmp_path: Path) -> None:
    Customer.objects.create(external_id="1", last_name="Ancien", email="x@b.fr")
    Customer.objects.create(email="famille@b.fr")
    lines = ["N° client;E-mail;Nom;Portable;Tags"]
    lines += [f"{n % 1700};;Nom{n % 1700};;t{n % 3}" for n in range(2500)]
    lines += [";famille@b.fr;Sans;;", "9;famille@b.fr;Deux;;", ";x@b.fr;;0612345678;", "z;z;z;z;"]
    path = csv_file(tmp_path, "\n".join(lines) + "\n")
    checked = check_file(path, "customers")
    assert Customer.objects.count() == 2
    assert not Tag.objects.exists()
    done = import_file(path, "customers")
    assert figures(checked) == figures(done)
    assert checked.errors == done.errors
    assert checked.changes == done.changes
    assert {"old": "Ancien", "new": "Nom1"}.items() <= checked.changes[0].items()


def test_the_number_of_queries_does_not_grow_with_the_lines(
    tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    lines = "\n".join(f"{n};c{n}@b.fr;Nom;vip" for n in range(900))
    path = csv_file(tmp_path, f"N° client;E-mail;Nom;Tags\n{lines}\n")
    with django_assert_max_num_queries(45):
        import_file(path, "customers")
    with django_assert_max_num_queries(35):
        import_file(path, "customers")


def test_the_line_of_totals_is_nobody(tmp_path: Path) -> None:
    report = import_text(
        tmp_path, "N° client;Nom;Points\n1;Morel;5\nTOTAL;;5\nTotal : 1 client;;5\nTotal : 1;;5\n"
    )
    assert (report.created, report.reasons) == (1, {"no_identity": 3})


def test_what_is_filled_from_other_fields_follows_them(tmp_path: Path) -> None:
    header = "N° client;E-mail;Portable;Prénom;Nom;Ville\n"
    import_text(tmp_path, header + "1;a@b.fr;0612345678;Anne;Morel;Lyon\n")
    import_text(tmp_path, header + "1;c@b.fr;0612345679;Zoé;Durand;Nîmes\n")
    stored = Customer.objects.get()
    told = {name: getattr(stored, name) for name in computed_names(Customer)}
    stored.save()
    assert told == {name: getattr(stored, name) for name in computed_names(Customer)}
    assert told["name_key"] == "durand zoe"
