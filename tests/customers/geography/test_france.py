"""Where French addresses are, found offline."""

from __future__ import annotations

import pytest

from customers.geography.distances import distance_km
from customers.geography.divisions import REGIONS
from customers.geography.france import Precision, communes, department_of, locate
from customers.geography.making import Table
from customers.geography.names import commune_key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("St Étienne Cedex 2", "saint etienne"),
        ("PARIS 11", "paris"),
        ("Paris 11e Arrondissement", "paris"),
        ("Marseille 1er", "marseille"),
        ("L'Haÿ-les-Roses", "l hay les roses"),
        ("LE PRE ST GERVAIS", "le pre saint gervais"),
        ("Œuilly", "oeuilly"),
        ("", ""),
    ],
)
def test_the_many_spellings_of_a_commune_are_one(written: str, key: str) -> None:
    assert commune_key(written) == key


@pytest.mark.parametrize(
    ("postal_code", "city", "commune", "department", "region", "area"),
    [
        ("35000", "Rennes", "Rennes", "35", "53", "urban"),
        ("35 000", "RENNES CEDEX 7", "Rennes", "35", "53", "urban"),
        ("75011", "Paris", "Paris 11e Arrondissement", "75", "11", "urban"),
        ("20000", "Ajaccio", "Ajaccio", "2A", "94", "urban"),
        ("20200", "Bastia", "Bastia", "2B", "94", "urban"),
        ("97411", "St Paul", "Saint-Paul", "974", "04", "urban"),
        ("23000", "Guéret", "Guéret", "23", "75", "suburban"),
        ("01400", "Sulignat", "Sulignat", "01", "84", "rural"),
        ("98800", "Nouméa", "Nouméa", "988", "988", "urban"),
        ("", "Lyon", "Lyon", "69", "84", "urban"),
    ],
)
def test_an_address_has_its_commune_department_region_and_area(
    postal_code: str, city: str, commune: str, department: str, region: str, area: str
) -> None:
    found = locate(postal_code, city)
    assert found is not None
    assert (found.commune, found.department, found.region, found.area) == (
        commune,
        department,
        region,
        area,
    )


@pytest.mark.parametrize(
    ("postal_code", "city", "precision"),
    [
        ("35000", "Rennes", Precision.COMMUNE),
        # A special code of the post: the city's name in that department tells.
        ("75948", "PARIS CEDEX 19", Precision.COMMUNE),
        ("01400", "un hameau", Precision.POSTCODE),
        ("23999", "", Precision.DEPARTMENT),
    ],
)
def test_an_answer_says_how_precise_it_is(
    postal_code: str, city: str, precision: Precision
) -> None:
    found = locate(postal_code, city)
    assert found is not None
    assert found.precision == precision


@pytest.mark.parametrize(
    ("postal_code", "city", "country"),
    [
        ("1000", "Bruxelles", "BE"),
        ("99999", "", "FR"),
        ("abc", "", "FR"),
        ("", "", "FR"),
        # Two towns of that name are as well known as each other.
        ("", "Saint-Denis", "FR"),
    ],
)
def test_what_cannot_be_known_is_not_guessed(postal_code: str, city: str, country: str) -> None:
    assert locate(postal_code, city, country) is None


def test_distances_between_cities_are_those_of_a_map() -> None:
    paris, lyon = locate("75001", "Paris"), locate("69001", "Lyon")
    assert paris is not None
    assert lyon is not None
    away = distance_km((paris.latitude, paris.longitude), (lyon.latitude, lyon.longitude))
    assert away == pytest.approx(392, abs=3)


@pytest.mark.parametrize(
    ("postal_code", "department"),
    [("20167", "2A"), ("20290", "2B"), ("97150", "978"), ("06000", "06"), ("99000", None)],
)
def test_a_postcode_begins_with_its_department(postal_code: str, department: str | None) -> None:
    if postal_code == "97150":
        # Saint-Martin kept the postcode of Guadeloupe: only the table knows.
        found = locate(postal_code)
        assert found is not None
        assert found.department == department
    else:
        assert department_of(postal_code) == department


def test_every_commune_is_in_a_region_with_a_name_and_inside_its_territory() -> None:
    table = communes()
    assert len(table) > 37_000
    assert {each.region for each in table} == set(REGIONS)
    mainland = [each for each in table if len(each.department) == 2]
    assert all(41 < each.latitude < 51.2 for each in mainland)
    assert all(-5.3 < each.longitude < 9.7 for each in mainland)
    people = sum(each.population for each in table if each.precision == Precision.COMMUNE)
    assert people > 0.88 * sum(each.population for each in table)


def test_namesakes_are_told_apart_by_size_and_nearness() -> None:
    def commune(code: str, department: str, people: int, postcode: str, name: str) -> dict:
        return {
            "code": code, "nom": name, "departement": department, "region": "44",
            "type": "commune-actuelle", "population": people, "codesPostaux": [postcode],
        }  # fmt: skip

    def place(number: int, name: str, latitude: float, people: int) -> dict:
        return {
            "geonameid": number, "name": name, "alternatenames": [], "countrycode": "FR",
            "admin1code": "44", "latitude": latitude, "longitude": 5.0, "population": people,
        }  # fmt: skip

    table = Table(
        [
            commune("08001", "08", 9000, "08000", "Ville-Huit"),
            commune("67001", "67", 9000, "67000", "Ville-Soixante"),
            commune("08002", "08", 700, "08000", "Sainte-Marie"),
            commune("67002", "67", 6000, "67000", "Sainte-Marie"),
            commune("67003", "67", 40, "67000", "Hameau"),
        ],
        [],
    )
    table.locate(
        [
            place(1, "Ville-Huit", 49.0, 9000),
            place(2, "Ville-Soixante", 47.0, 9000),
            place(3, "Sainte-Marie", 48.9, 650),
            place(4, "Sainte-Marie", 47.1, 6100),
        ]
    )
    assert table.found["08002"] == (48.9, 5.0)
    assert table.found["67002"] == (47.1, 5.0)
    assert table.found["67003"] == pytest.approx((47.05, 5.0))
    assert table.precision["67003"] == "postcode"
