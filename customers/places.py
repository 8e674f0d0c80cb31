"""The shop's own places: where they are, who lives near, and which orders name one that is not.

A place keeps the coordinates it was given; where it was given none, those of its commune or
postcode, marked as approximate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts import audit
from customers.folding import fold
from customers.geography.distances import distance_km
from customers.geography.france import Location, Precision, locate
from customers.models import Customer, Order, Place
from customers.signals import facts_changed

_DIGITS: Final = Decimal("0.00001")
# Beyond, the nearest shop says nothing about a person, in km.
_NEAR: Final = 150.0
# Shops are named by recent orders soon enough; older ones are not read through.
_RECENT_ORDERS: Final = 5000


class PlaceTaken(ValueError):
    """Another place has this name, written alike."""


class NowhereKnown(ValueError):
    """Neither coordinates were given nor an address we can find."""


@dataclass(frozen=True)
class Nearest:
    """A place and how far from someone's home it is, in km; `rough` where either is a guess."""

    place: Place
    km: float
    rough: bool


def save(place: Place, coordinates: tuple[Decimal, Decimal] | None, *, by: Any) -> Place:
    """Keep a place at (latitude, longitude), by default those of its commune or postcode.

    Raises PlaceTaken, and NowhereKnown where there are none to be had.
    """
    place.folded = fold(place.name)
    if Place.objects.filter(folded=place.folded).exclude(pk=place.pk).exists():
        raise PlaceTaken(_("Another place already has this name."))
    place.approximate = coordinates is None
    if coordinates is None:
        found = locate(place.postal_code, place.city, place.country)
        if found is None or found.precision == Precision.DEPARTMENT:
            raise NowhereKnown(
                _("We do not know this postcode: give the latitude and the longitude.")
            )
        middle = (Decimal(found.latitude), Decimal(found.longitude))
        coordinates = (middle[0].quantize(_DIGITS), middle[1].quantize(_DIGITS))
    place.latitude, place.longitude = coordinates
    action = "place.edited" if place.pk else "place.added"
    place.save()
    audit.record(by, action, place=place.pk)
    facts_changed.send(sender=Place)
    return place


def delete(place: Place, *, by: Any) -> None:
    """Delete a place; orders keep its name."""
    pk = place.pk
    place.delete()
    audit.record(by, "place.deleted", place=pk)
    facts_changed.send(sender=Place)


def named_in_orders() -> list[str]:
    """Names of shops in recent orders that are no place yet, as they are written there."""
    recent = Order.objects.order_by("-id").values_list("store", flat=True)[:_RECENT_ORDERS]
    known = set(Place.objects.values_list("folded", flat=True))
    names = {fold(name): name for name in recent if name}
    return sorted(name for folded, name in names.items() if folded not in known)


def home_of(customer: Customer) -> Location | None:
    """Where someone lives, as far as their postcode and city tell."""
    return locate(customer.postal_code, customer.city, customer.country)


def nearest_to(home: Location) -> Nearest | None:
    """The place nearest to a home, None where there is none within reach."""
    if home.precision == Precision.DEPARTMENT:
        return None
    here = (home.latitude, home.longitude)
    by_distance = [
        (distance_km(here, (float(place.latitude), float(place.longitude))), place)
        for place in Place.objects.all()
    ]
    if not by_distance:
        return None
    km, place = min(by_distance, key=lambda pair: pair[0])
    if km > _NEAR:
        return None
    return Nearest(place, km, rough=place.approximate or home.precision != Precision.COMMUNE)
