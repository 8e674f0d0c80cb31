"""Recipes about who people are and where they live, and the sample for a test."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from segmentation.gallery.recipe import (
    Advice,
    Channel,
    Missing,
    Node,
    Recipe,
    Theme,
    every,
    field,
    one_field,
)
from segmentation.gallery.shop import Shop

# INSEE's code of Île-de-France.
_PARIS_REGION: Final = "11"


def _near(shop: Shop) -> Node:
    if not shop.places:
        raise Missing(_("At least one shop among your places, in the settings."))
    numbers = [number for number, _name in shop.places]
    return every(field("location", "within_km", {"places": numbers, "km": 10}))


def _town(shop: Shop) -> Node:
    if not shop.cities:
        raise Missing(_("The cities of your customers."))
    return every(field("city", "is", shop.cities[0]))


def _green_parisians(shop: Shop) -> Node:
    if not shop.category() or not shop.green:
        raise Missing(_("Orders with categories, and interests such as ecology."))
    often = {
        "where": [field("category", "is", shop.category())],
        "op": ">=",
        "value": 3,
        "when": {"last": [180, "day"]},
    }
    return every(
        field("gender", "is", "female"),
        field("age", "between", [25, 35]),
        field("region", "is", _PARIS_REGION),
        {"items": often},
        field("average_basket", ">=", shop.high),
        field("interests", "has_any", list(shop.green[:5])),
    )


RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe(
        "birthday",
        Theme.PROFILE,
        "cake",
        _("Birthday this week"),
        _("Their birthday is within the next 7 days."),
        one_field("birth_date", "anniversary_in_next", [7, "day"]),
        Advice(
            _("Happy birthday, and nothing to sell but a gift."),
            Channel.SMS,
            _("On the day, in the morning"),
            _("A gift valid for a month"),
        ),
    ),
    Recipe(
        "sign_up_anniversary",
        Theme.PROFILE,
        "calendar",
        _("A year together, or more"),
        _("The anniversary of their sign-up falls within the next 7 days."),
        one_field("signed_up_at", "anniversary_in_next", [7, "day"]),
        Advice(
            _("What you have done together, and thanks."),
            Channel.EMAIL,
            _("On the day"),
            _("A small thank-you"),
        ),
    ),
    Recipe(
        "near_shops",
        Theme.PROFILE,
        "building-store",
        _("Within 10 km of a shop"),
        _("Close enough to come: for an event, an arrival, a workshop."),
        _near,
        Advice(
            _("What happens in the shop, when, and how to get there."),
            Channel.SMS,
            _("3 days before, and the same morning"),
        ),
        lambda shop: {_("shops"): ", ".join(name for _number, name in shop.places[:3])},
    ),
    Recipe(
        "town",
        Theme.PROFILE,
        "map-pin",
        _("In your first city"),
        _("The city where most of your customers live."),
        _town,
        Advice(
            _("Something local: a market, a delivery, an address."),
            Channel.EMAIL,
            _("At the beginning of the week"),
            _("Free delivery in the city this week"),
        ),
        lambda shop: {_("city"): shop.cities[0] if shop.cities else ""},
    ),
    Recipe(
        "green_parisians",
        Theme.PROFILE,
        "users",
        _("Women of 25-35, Paris region, ecologists, high basket"),
        _("The guides’ example of crossing criteria: few people, and a message just for them."),
        _green_parisians,
        Advice(
            _("New organic brands, responsible events in a Paris shop."),
            Channel.BOTH,
            _("At each arrival"),
            _("Early access to limited editions"),
        ),
        lambda shop: {_("category"): shop.category(), _("average basket"): Decimal(shop.high)},
    ),
    Recipe(
        "parents",
        Theme.PROFILE,
        "users-group",
        _("Parents"),
        _("They have said that they have children."),
        one_field("children", ">=", 1),
        Advice(
            _("What saves time and what children like; school holidays and the new school year."),
            Channel.EMAIL,
            _("Two weeks before school holidays"),
        ),
    ),
    Recipe(
        "young",
        Theme.PROFILE,
        "user",
        _("18 to 25"),
        _("A lighter tone, trends and accessible prices."),
        one_field("age", "between", [18, 25]),
        Advice(
            _("What is in fashion, told simply."),
            Channel.SMS,
            _("In the evening, before 8 pm"),
        ),
    ),
    Recipe(
        "test_sample",
        Theme.PROFILE,
        "hash",
        _("A tenth of the base, for a test"),
        _("Always the same people, drawn once: try a message on them before everybody gets it."),
        lambda shop: {"all": [{"sample": {"from": 0, "to": 1000, "salt": "test-a"}}]},
        Advice(
            _("The message to be tried, alone."),
            Channel.EMAIL,
            _("A few days before the others"),
        ),
    ),
)
