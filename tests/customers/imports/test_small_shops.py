"""What the columns of small shops' own files become: names for clients, two fields in a column."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers.fieldtypes import CleaningError, Reading
from customers.spreadsheets.localities import clean_locality
from tests.customers.imports.test_guesses import guessed

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("20200 BASTIA", {"postal_code": "20200", "city": "BASTIA"}),
        ("4000 Digne-les-Bains", {"postal_code": "04000", "city": "Digne-les-Bains"}),
        ("Bastia (20200)", {"postal_code": "20200", "city": "Bastia"}),
        ("75011", {"postal_code": "75011"}),
        ("Paris", {"city": "Paris"}),
        ("", None),
    ],
)
def test_postcode_and_city_are_taken_apart(cell: str, told: dict[str, str] | None) -> None:
    assert clean_locality(cell, Reading()) == told


def test_a_postcode_and_city_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(CleaningError, match="not_a_locality"):
        clean_locality("SW1A 1AA London", Reading())


SMALL_SHOP: list[tuple[list[str], dict[str, str]]] = [
    (
        ["N° fiche;Nom / Prénom;CP / Ville;SMS ?", "12;Morel Anne;20200 BASTIA;O"],
        {
            "N° fiche": "external_id", "Nom / Prénom": "full_name", "CP / Ville": "locality",
            "SMS ?": "sms_consent",
        },
    ),
    (
        ["Réf. contact;Email;SMS", "C-1;a@b.fr;0612345678"],
        {"Réf. contact": "external_id", "Email": "email", "SMS": "phone"},
    ),
    # A name is nobody's number: two people may have the same.
    (
        ["Client;E-mail", "Anna Paoli;a@b.fr", "Luc Ferri;l@b.fr"],
        {"Client": "full_name", "E-mail": "email"},
    ),
    (["Client;E-mail", "C1;a@b.fr"], {"Client": "external_id", "E-mail": "email"}),
    (
        ["Téléphone;Portable;E-mail", "0495311222;0612345678;a@b.fr", ";0612345679;l@b.fr"],
        {"Portable": "phone", "E-mail": "email"},
    ),
    (
        ["Customer ID,Zip/Postcode,City", "E1,13001,Marseille"],
        {"Customer ID": "external_id", "Zip/Postcode": "postal_code", "City": "city"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), SMALL_SHOP)
def test_the_columns_of_small_shops_are_known(
    tmp_path: Path, lines: list[str], expected: dict[str, str]
) -> None:
    assert guessed(tmp_path, "customers", *lines) == expected


def test_a_list_without_a_header_may_mix_addresses(tmp_path: Path) -> None:
    lines = ["a@b.fr", "0612345678", "+33612345679"]
    assert guessed(tmp_path, "suppressed", *lines) == {"Colonne 1": "contact"}
