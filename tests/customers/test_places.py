"""The shop's own places: kept in the settings, measured from on a person's page."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Order, Place

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
RENNES = {"name": "Rennes", "postal_code": "35000", "city": "Rennes", "country": "fr"}


@pytest.fixture
def rennes(administrator: Client) -> Place:
    administrator.post(reverse("customers:place_create"), RENNES)
    return Place.objects.get()


def test_a_place_without_coordinates_gets_those_of_its_commune(rennes: Place) -> None:
    assert rennes.approximate
    assert (rennes.latitude, rennes.longitude) == (Decimal("48.11110"), Decimal("-1.67430"))
    assert rennes.country == "FR"


def test_coordinates_typed_with_a_comma_are_kept_as_they_are(
    administrator: Client, rennes: Place
) -> None:
    url = reverse("customers:place_edit", args=[rennes.pk])
    typed = RENNES | {"latitude": "48,10500", "longitude": "-1,67000"}
    response = administrator.post(url, typed)
    assert response.status_code == 302
    rennes.refresh_from_db()
    assert rennes.latitude == Decimal("48.10500")
    assert not rennes.approximate


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "RENNES"}, "name"),
        ({"name": "Lille", "postal_code": "99999", "city": ""}, "postal_code"),
        ({"name": "Lille", "latitude": "95", "longitude": "3"}, "latitude"),
        ({"name": "Lille", "latitude": "50"}, "longitude"),
    ],
)
def test_a_place_nobody_can_find_is_refused_at_its_field(
    administrator: Client, rennes: Place, typed: dict[str, str], field: str
) -> None:
    response = administrator.post(reverse("customers:place_create"), RENNES | typed)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Place.objects.count() == 1


def test_shops_named_by_orders_are_offered_as_places(administrator: Client, rennes: Place) -> None:
    someone = Customer.objects.create(first_name="Léa")
    for store in ("rennes", "Vitré"):
        Order.objects.create(customer=someone, placed_at=timezone.now(), total=10, store=store)
    page = administrator.get(reverse("customers:places"))
    assert page.context["unknown"] == ["Vitré"]


def test_deleting_a_place_takes_it_off_the_list(administrator: Client, rennes: Place) -> None:
    url = reverse("customers:place_delete", args=[rennes.pk])
    assert administrator.get(url).status_code == 405
    assert administrator.post(url).status_code == 302
    assert not Place.objects.exists()


@pytest.mark.parametrize("name", ["places", "place_create"])
def test_only_those_who_manage_settings_see_the_places(marketer: Client, name: str) -> None:
    assert marketer.get(reverse(f"customers:{name}")).status_code == 403


def test_a_person_s_page_says_where_they_live_and_how_far(
    administrator: Client, rennes: Place
) -> None:
    someone = Customer.objects.create(postal_code="35500", city="Vitré")
    page = administrator.get(reverse("customers:detail", args=[someone.pk])).content.decode()
    assert "Ille-et-Vilaine" in page
    assert "Bretagne" in page
    assert "35 km" in page


def test_from_the_centre_of_a_department_no_distance_is_told(
    administrator: Client, rennes: Place
) -> None:
    someone = Customer.objects.create(postal_code="35999")
    page = administrator.get(reverse("customers:detail", args=[someone.pk])).content.decode()
    assert "Ille-et-Vilaine" in page
    assert " km<" not in page
