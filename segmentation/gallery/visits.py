"""Recipes about visits and carts: an interest shown, and no order yet."""

from __future__ import annotations

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
)
from segmentation.gallery.shop import Shop


def _viewed(shop: Shop) -> Node:
    if not shop.view:
        raise Missing(_("Page views, from the snippet of your site or the API."))
    return field("name", "is", shop.view)


def _left_cart(shop: Shop, span: list[int | str]) -> Node:
    if not shop.cart:
        raise Missing(_("Carts, from your shop’s connection or the API."))
    where = [field("name", "is", shop.cart)]
    first = {"events": {"where": where, "when": {"ago": span}}}
    return every({"sequence": {"first": first, "then_not": {"orders": {}}}})


def _visitors(shop: Shop) -> Node:
    visits = {
        "where": [_viewed(shop)],
        "measure": "days",
        "op": ">=",
        "value": 3,
        "when": {"last": [30, "day"]},
    }
    return every({"events": visits}, field("orders_count", "=", 0))


def _without_buying(shop: Shop, value: str, days: int) -> Node:
    viewed = {
        "where": [_viewed(shop)],
        "op": ">=",
        "value": 2,
        "when": {"last": [days, "day"]},
        "per": value,
        "without": {"items": {"when": {"last": [days, "day"]}}},
    }
    return every({"events": viewed})


def _coming_back(shop: Shop) -> Node:
    recent = {"where": [_viewed(shop)], "when": {"last": [7, "day"]}}
    return every(
        {"events": recent},
        field("last_order_at", "more_than_ago", [shop.at_risk_days, "day"]),
    )


RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe(
        "visitors",
        Theme.VISITS,
        "eye",
        _("Visitors who never ordered"),
        _("They came on 3 different days in the last 30, and have no order."),
        _visitors,
        Advice(
            _("Answers to the usual doubts: delivery, returns, payment, other customers’ views."),
            Channel.EMAIL,
            _("The day after the third visit"),
            _("A welcome offer"),
        ),
    ),
    Recipe(
        "hesitating",
        Theme.VISITS,
        "search",
        _("Looked twice at a product, did not buy it"),
        _("The same product seen twice or more in 7 days, without buying that one."),
        lambda shop: _without_buying(shop, "product", 7),
        Advice(
            _("That product, with what others say of it."),
            Channel.SMS,
            _("Within 2 days"),
            _("A small reduction on that product, for a short time"),
        ),
    ),
    Recipe(
        "curious",
        Theme.VISITS,
        "filter",
        _("Interested in a category they have not bought"),
        _("A category looked at several times in 30 days, without an order in it."),
        lambda shop: _without_buying(shop, "category", 30),
        Advice(
            _("The best sellers of that category, and how to choose."),
            Channel.EMAIL,
            _("Once a week at most"),
        ),
    ),
    Recipe(
        "cart_hours",
        Theme.VISITS,
        "shopping-cart",
        _("Cart left 2 to 4 hours ago"),
        _("Nothing ordered since: the reminder that brings back most."),
        lambda shop: _left_cart(shop, [2, 4, "hour"]),
        Advice(
            _("What is in the cart, and one step to finish."),
            Channel.SMS,
            _("At once, between 8 am and 8 pm"),
            _("Free delivery, or 5%"),
        ),
    ),
    Recipe(
        "cart_days",
        Theme.VISITS,
        "clock",
        _("Cart left 1 to 3 days ago"),
        _("Nothing ordered since: a second reminder, by e-mail."),
        lambda shop: _left_cart(shop, [1, 3, "day"]),
        Advice(
            _("What is in the cart, and an answer to what may have stopped them."),
            Channel.EMAIL,
            _("In the morning"),
        ),
    ),
    Recipe(
        "coming_back",
        Theme.VISITS,
        "arrow-back-up",
        _("Back on the site after a long absence"),
        _("Inactive buyers who came to look this week: they are thinking of you."),
        _coming_back,
        Advice(
            _("What is new since their last order."),
            Channel.SMS,
            _("The day after the visit"),
            _("A limited return offer"),
        ),
        lambda shop: {_("days without an order"): shop.at_risk_days},
    ),
)
