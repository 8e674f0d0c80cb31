"""Where people live in rules: regions, surroundings, distances from the shop's places."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from customers.models import Customer, Place
from segmentation import engine, snapshot
from segmentation.builder.reading import draft_of
from segmentation.builder.writing import write
from segmentation.catalogue import load_catalogue
from segmentation.describe import describe
from segmentation.rules import RuleError, parse

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.fixture
def rennes() -> Place:
    return Place.objects.create(
        name="Rennes", folded="rennes", latitude=Decimal("48.1111"), longitude=Decimal("-1.6743")
    )


@pytest.fixture
def homes(rennes: Place, tmp_path: Any, settings: Any) -> dict[str, int]:
    settings.SNAPSHOT_DIR = tmp_path / "snapshot"
    people = {
        "rennes": ("35000", "RENNES CEDEX"),
        "cesson": ("35510", "Cesson-Sévigné"),
        "ajaccio": ("20000", "Ajaccio"),
        "village": ("01400", "Sulignat"),
        "post box": ("35999", ""),
        "city alone": ("", "Lyon"),
        "nowhere": ("", ""),
    }
    made = {
        name: Customer.objects.create(postal_code=code, city=city).pk
        for name, (code, city) in people.items()
    }
    made["abroad"] = Customer.objects.create(postal_code="1000", city="Lyon", country="BE").pk
    snapshot.sync()
    return made


def found(homes: dict[str, int], node: Any) -> set[str]:
    rule = parse({"version": 1, "rule": node}, load_catalogue())
    ids = engine.ids(rule, timezone.now())
    return {name for name, pk in homes.items() if pk in ids}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"field": "region", "op": "is", "value": "53"}, {"rennes", "cesson", "post box"}),
        ({"field": "region", "op": "is", "value": "94"}, {"ajaccio"}),
        ({"field": "region", "op": "is_not_set"}, {"nowhere", "abroad"}),
        ({"field": "department", "op": "is", "value": "2A"}, {"ajaccio"}),
        ({"field": "department", "op": "is", "value": "69"}, {"city alone"}),
        ({"field": "area", "op": "is", "value": "rural"}, {"village"}),
        ({"field": "area", "op": "is_not_set"}, {"post box", "nowhere", "abroad"}),
        (
            {"field": "location", "op": "within_km", "value": {"lat": 48.12, "lon": -1.6, "km": 9}},
            {"rennes", "cesson"},
        ),
        # From the middle of a department nobody is near anything.
        ({"field": "location", "op": "is_not_set"}, {"post box", "nowhere", "abroad"}),
    ],
)
def test_homes_are_found_by_rule(homes: dict[str, int], node: Any, expected: set[str]) -> None:
    assert found(homes, node) == expected


def test_a_distance_is_measured_from_any_of_the_shop_s_places(
    homes: dict[str, int], rennes: Place
) -> None:
    lyon = Place.objects.create(
        name="Lyon", folded="lyon", latitude=Decimal("45.7491"), longitude=Decimal("4.8479")
    )
    near = {"places": [rennes.pk, lyon.pk], "km": 3}
    node = {"field": "location", "op": "within_km", "value": near}
    assert found(homes, node) == {"rennes", "city alone"}
    lyon.delete()
    with pytest.raises(RuleError) as caught:
        found(homes, node)
    assert [(p.path, p.code) for p in caught.value.problems] == [
        ("$.rule.value.places[1]", "unknown_place")
    ]


def test_a_distance_is_told_and_edited_in_words(rennes: Place) -> None:
    catalogue = load_catalogue()
    for value in ({"places": [rennes.pk], "km": 10}, {"lat": 48.11, "lon": -1.5, "km": 2.5}):
        written = {"version": 1, "rule": {"field": "location", "op": "within_km", "value": value}}
        rule = parse(written, catalogue)
        draft = draft_of(written, catalogue)
        assert not any(child.raw for child in draft.children)  # type: ignore[union-attr]
        assert write(draft, catalogue).rule == written
        with translation.override("en"):
            told = describe(rule, catalogue)
        assert told in (
            "Customers who live within 10 km of “Rennes”.",
            "Customers who live within 2.5 km of 48.11; -1.5.",
        )


def test_the_builder_offers_the_places_by_name(
    sign_in: Callable[[str], Client], rennes: Place
) -> None:
    marketer = sign_in("marketer")
    fields = {"r.mode": "all", "r.kids": "1", "r-0.about": "field:location", "r-0.op": "within_km"}
    page = marketer.post("/segments/creer/", {**fields, "do": "draw:r"})
    assert page.status_code == 200
    assert "Rennes" in page.content.decode()
