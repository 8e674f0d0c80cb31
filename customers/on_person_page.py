"""What the customers app itself adds to a person's page beside its own cards: where they live."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from customers import extensions, places
from customers.extensions import Panel
from customers.geography.divisions import DEPARTMENTS, REGIONS, Area
from customers.geography.france import Precision
from customers.models import Customer


def register() -> None:
    """Add the card to a person's page."""
    extensions.register_panel(Panel("home", "customers/home.html", _home, order=200))


def _home(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    home = places.home_of(customer)
    if home is None:
        return None
    return {
        "home": home,
        "department": DEPARTMENTS[home.department],
        "region": REGIONS[home.region],
        "area": Area(home.area).label,
        "at_the_department": home.precision == Precision.DEPARTMENT,
        "rough": home.precision != Precision.COMMUNE,
        "nearest": places.nearest_to(home),
    }
