"""Recipes about what people buy: how much, how often, what, and at which price."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from segmentation.gallery.recipe import (
    BUYERS,
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


def _bought(category: str, **more: object) -> Node:
    return {"items": {"where": [field("category", "is", category)], **more}}


def _fans(shop: Shop) -> Node:
    if not shop.category():
        raise Missing(_("Orders with their products and categories."))
    return every(
        _bought(shop.category(), measure="days", op=">=", value=2, when={"last": [6, "month"]})
    )


def _cross_selling(shop: Shop) -> Node:
    if not shop.category(1):
        raise Missing(_("Orders in two categories at least."))
    return every(_bought(shop.category()), {"not": _bought(shop.category(1))})


RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe(
        "best",
        Theme.PURCHASES,
        "star",
        _("Best customers: the top 20%"),
        _("The 20% who spent most, active or not."),
        one_field("total_spent", "top_percent", 20),
        Advice(
            _("Recognition first: they already know what you sell."),
            Channel.BOTH,
            _("At each launch"),
            _("An exclusive benefit"),
        ),
    ),
    Recipe(
        "super_buyers",
        Theme.PURCHASES,
        "shopping-cart",
        _("Super buyers"),
        _("Many orders and a high basket: the customers everything rests on."),
        lambda shop: every(
            field("orders_count", ">", shop.frequent),
            field("average_basket", ">", shop.high),
        ),
        Advice(
            _("Ask them what they would like you to offer; act on it and tell them."),
            Channel.EMAIL,
            _("Once a quarter"),
        ),
        lambda shop: {
            _("number of orders"): shop.frequent,
            _("average basket"): Decimal(shop.high),
        },
    ),
    Recipe(
        "high_basket",
        Theme.PURCHASES,
        "arrow-up",
        _("High basket"),
        _("Their average order is among the highest quarter."),
        lambda shop: every(field("average_basket", ">=", shop.high)),
        Advice(
            _("Your premium range, rather than your promotions."),
            Channel.EMAIL,
            _("At each new range"),
        ),
        lambda shop: {_("average basket"): Decimal(shop.high)},
    ),
    Recipe(
        "premium_return",
        Theme.PURCHASES,
        "arrow-back-up",
        _("High basket, long inactive"),
        _("They spent a lot and stopped: win them back, but with a premium offer."),
        lambda shop: every(
            field("average_basket", ">=", shop.high),
            field("last_order_at", "more_than_ago", [shop.at_risk_days, "day"]),
        ),
        Advice(
            _("A personal return offer that matches what they used to buy."),
            Channel.BOTH,
            _("Once, on a weekday"),
            _("A service or a gift rather than a percentage"),
        ),
        lambda shop: {
            _("average basket"): Decimal(shop.high),
            _("days without an order"): shop.at_risk_days,
        },
    ),
    Recipe(
        "small_baskets",
        Theme.PURCHASES,
        "arrow-down",
        _("Frequent, small baskets"),
        _("They come often and buy little each time: the basket can grow."),
        lambda shop: every(
            field("orders_count", ">=", shop.frequent),
            field("average_basket", "<=", shop.low),
        ),
        Advice(
            _("Sets and complements of what they buy."),
            Channel.EMAIL,
            _("With the next new products"),
            _("Free delivery above an amount a little over their usual basket"),
        ),
        lambda shop: {_("number of orders"): shop.frequent, _("average basket"): Decimal(shop.low)},
    ),
    Recipe(
        "rhythm",
        Theme.PURCHASES,
        "refresh",
        _("Weekly and monthly buyers"),
        _("They buy by habit: make the habit easier."),
        one_field("purchase_rhythm", "in", ["weekly", "monthly"]),
        Advice(
            _("Ordering again in one step, a subscription, stock before it runs out."),
            Channel.SMS,
            _("A few days before the expected order"),
        ),
    ),
    Recipe(
        "slowing",
        Theme.PURCHASES,
        "chart-bar",
        _("Buying half as often"),
        _("Half as many orders in 90 days as in the 90 before: the earliest sign of leaving."),
        lambda shop: every(
            {"trend": {"of": "orders", "last": [90, "day"], "op": "down_by", "value": 50}}
        ),
        Advice(
            _("Ask what could be better; answer in person where you can."),
            Channel.EMAIL,
            _("As soon as they enter"),
        ),
    ),
    Recipe(
        "dormant",
        Theme.PURCHASES,
        "player-pause",
        _("Dormant buyers"),
        _("They have bought, but not for over six months."),
        one_field("purchase_rhythm", "is", "dormant"),
        Advice(
            _("The best of what they missed, in their favourite category."),
            Channel.EMAIL,
            _("Twice, three weeks apart"),
            _("A strong incentive with an end date"),
        ),
    ),
    Recipe(
        "bargains",
        Theme.PURCHASES,
        "tag",
        _("Bargain hunters"),
        _("At least half of their orders had a discount."),
        lambda shop: every(field("orders_count", ">=", 2), field("discount_share", ">=", 0.5)),
        Advice(
            _("Sales and last items, before anybody else."),
            Channel.SMS,
            _("On the first morning of a sale"),
            _("The promotion itself"),
        ),
    ),
    Recipe(
        "full_price",
        Theme.PURCHASES,
        "ban",
        _("Buyers at full price"),
        _("Several orders, none with a discount: a promotion would only cost you margin."),
        lambda shop: every(field("orders_count", ">=", 2), field("discount_share", "=", 0)),
        Advice(
            _("New products, quality, service; leave them out of promotions."),
            Channel.EMAIL,
            _("At each new product"),
        ),
    ),
    Recipe(
        "category_fans",
        Theme.PURCHASES,
        "heart",
        _("Fans of your first category"),
        _("They bought in your best-selling category on two days or more within 6 months."),
        _fans,
        Advice(
            _("What is new in this category, and nothing else."),
            Channel.EMAIL,
            _("At each new product of the category"),
        ),
        lambda shop: {_("category"): shop.category()},
    ),
    Recipe(
        "cross_selling",
        Theme.PURCHASES,
        "plus",
        _("A second category to discover"),
        _("They buy in your first category and never in the second."),
        _cross_selling,
        Advice(
            _("“Those who like this also like that”, with one product of each."),
            Channel.EMAIL,
            _("Two weeks after an order"),
            _("A sample with the next order"),
        ),
        lambda shop: {_("buy in"): shop.category(), _("never in"): shop.category(1)},
    ),
    Recipe(
        "large",
        Theme.PURCHASES,
        "database",
        _("Large customers (PMG)"),
        _("The few who together make 80% of your revenue."),
        one_field("pmg", "is", "large"),
        Advice(
            _("A person in charge, a call rather than a campaign."),
            Channel.OTHER,
            _("Once a quarter"),
        ),
    ),
    Recipe(
        "medium",
        Theme.PURCHASES,
        "users-group",
        _("Medium customers (PMG)"),
        _("The next 15% of revenue: where selling more is easiest."),
        one_field("pmg", "is", "medium"),
        Advice(
            _("What completes what they already buy."),
            Channel.EMAIL,
            _("Once a month"),
            _("A set at a good price"),
        ),
    ),
    Recipe(
        "not_to_be_lost",
        Theme.PURCHASES,
        "alert-circle",
        _("Not to be lost (RFM)"),
        _("Among the best by frequency and amount, but their last order is getting old."),
        lambda shop: every(BUYERS, field("rfm_group", "is", "cannot_lose")),
        Advice(
            _("A call or a personal message: find out what happened."),
            Channel.OTHER,
            _("This week"),
        ),
    ),
)
