"""Lines that are kept for what they say well: secondary values left out, addresses shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers.models import Customer
from tests.customers.imports.making import check_file, csv_file, import_text

pytestmark = pytest.mark.django_db


def test_a_line_is_kept_without_the_secondary_values_that_cannot_be_read(tmp_path: Path) -> None:
    text = (
        "id;email;CP;Né le;Sexe;Pays;Tél\n"
        "1;a@b.fr;2A004;31/02/1990;;;\n"
        # Its phone would be read as a French one, which is somebody's.
        "2;c@b.fr;1000;;;Belgik;0475 12 34 56\n"
        "3;d@b.fr;1000;;;Belgik;+32 475 12 34 56\n"
        "4;no address;2A004;;;;\n"
    )
    known = Customer.objects.create(external_id="1", postal_code="20000")
    report = check_file(csv_file(tmp_path, text), "customers")
    assert import_text(tmp_path, text).as_json() | {"seconds": 0} == report.as_json() | {
        "seconds": 0, "reachable": {}
    }  # fmt: skip
    assert (report.updated, report.created, report.rejected, report.warned) == (1, 1, 2, 2)
    assert report.warning_reasons == {"not_a_postcode": 1, "not_a_date": 1, "unknown_country": 1}
    assert report.reasons == {"unknown_country": 1, "not_an_email": 1, "not_a_postcode": 1}
    assert [(each["row"], each["column"]) for each in report.warnings] == [
        *((2, "CP"), (2, "Né le")),
        (4, "Pays"),
    ]
    known.refresh_from_db()
    assert (known.email, known.postal_code, known.birth_date) == ("a@b.fr", "20000", None)
    abroad = Customer.objects.get(external_id="3")
    assert (abroad.phone, abroad.postal_code, abroad.country) == ("+32475123456", "", "FR")


def test_people_who_share_an_address_under_two_numbers_are_counted_and_named(
    tmp_path: Path,
) -> None:
    Customer.objects.create(external_id="10", first_name="Ana", email="a@b.fr")
    text = "id;Prénom;email\n11;Zoé;a@b.fr\n12;Léa;c@b.fr\n13;Tom;c@b.fr\n10;Ana;a@b.fr\n"
    report = check_file(csv_file(tmp_path, text), "customers")
    assert (report.created, report.shared) == (3, 3)
    assert report.sharing == [
        {"row": 2, "who": "Ana", "number": "10"},
        {"row": 4, "who": "Léa", "number": "12"},
        {"row": 5, "who": "Zoé", "number": "11"},
    ]
    assert import_text(tmp_path, text).sharing == report.sharing


def test_a_tag_that_is_too_long_is_left_out_and_the_person_kept(tmp_path: Path) -> None:
    text = f"id;Tags\n1;VIP, {'x' * 61}\n2;{'y' * 61}\n3;{'z' * 60}\n"
    report = check_file(csv_file(tmp_path, text), "customers")
    assert import_text(tmp_path, text).as_json() | {"seconds": 0} == report.as_json() | {
        "seconds": 0, "reachable": {}
    }  # fmt: skip
    assert (report.created, report.rejected, report.warned) == (3, 0, 2)
    assert [(each["row"], each["code"]) for each in report.warnings] == [
        (2, "too_long"),
        (3, "too_long"),
    ]
    put = Customer.objects.order_by("external_id").values_list("external_id", "tags__name")
    assert list(put) == [("1", "VIP"), ("2", None), ("3", "z" * 60)]
