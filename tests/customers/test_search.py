"""Search by any part of a name, an address or a number, the same on every database."""

from __future__ import annotations

import pytest

from customers.models import Customer
from customers.search import matching
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def anais(add_customer: AddCustomer) -> Customer:
    add_customer(
        first_name="Hugo", last_name="Petit", email="hugo@exemple.fr", phone="+33142000000"
    )
    return add_customer(
        first_name="Anaïs",
        last_name="Œuvrard",
        email="a.oeuvrard@exemple.fr",
        phone="+33612345678",
        external_id="CLI-0042",
    )


def found(query: str) -> list[str]:
    return sorted(matching(Customer.objects.all(), query).values_list("first_name", flat=True))


@pytest.mark.parametrize(
    "query",
    [
        *("ana", "ANAIS", "naï", "oeuv", "ŒUVRARD", "anais oeuvrard", "Œuvrard Anaïs", "aïs œuv"),
        *("a.oeuvrard@", "A.Oeuvrard@Exemple.FR", "cli-0042", "0042"),
        *("0612345678", "06 12 34 56 78", "06.12.34", "+33 6 12 34 56 78", "0033612345678"),
        *("+33 (0)6 12 34 56 78", "612 345", "5678"),
    ],
)
def test_any_part_in_any_spelling_finds_the_person(anais: Customer, query: str) -> None:
    assert found(query) == ["Anaïs"]


@pytest.mark.parametrize("query", ["zz", "anais petit", "06 99", "%%", "__", "\\\\", "' or 1=1"])
def test_what_nobody_has_finds_nobody(anais: Customer, query: str) -> None:
    assert found(query) == []


def test_one_character_is_not_searched_for(anais: Customer) -> None:
    assert found("z") == found(" ") == ["Anaïs", "Hugo"]


def test_people_written_in_bulk_are_found_too(db: None) -> None:
    Customer.objects.bulk_create([Customer(first_name="Zoé", phone="+262692123456")])
    assert found("zoe") == found("0692 12 34 56") == ["Zoé"]


def test_a_renamed_person_is_found_by_the_new_name_only(anais: Customer) -> None:
    anais.last_name = "Bensaïd"
    anais.save()
    assert found("bensaid") == ["Anaïs"]
    assert found("vrard anais") == ["Anaïs"]  # still in the e-mail address
    anais.email = None
    anais.save()
    assert found("vrard anais") == []
