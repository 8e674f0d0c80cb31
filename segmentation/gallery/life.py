"""Recipes along the life cycle: from the prospect to the customer to be won back."""

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
    one_field,
)
from segmentation.gallery.shop import Shop


def _second_order(shop: Shop) -> Node:
    return every(
        field("orders_count", "=", 1),
        field("last_order_at", "more_than_ago", [min(shop.gap, shop.at_risk_days), "day"]),
        field("last_order_at", "in_last", [shop.lost_days, "day"]),
    )


def _became_loyal(shop: Shop) -> Node:
    if shop.loyal is None:
        raise Missing(_("First make a segment from “Loyal customers”."))
    return every({"segment": shop.loyal, "entered": {"last": [7, "day"]}})


def _late(shop: Shop) -> Node:
    return every(
        field("expected_next_order_at", "more_than_ago", [15, "day"]),
        field("last_order_at", "in_last", [shop.lost_days, "day"]),
    )


RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe(
        "prospects",
        Theme.LIFE,
        "user-plus",
        _("Prospects"),
        _("They left an address and never ordered: the first order is to be won."),
        one_field("lifecycle_stage", "is", "prospect"),
        Advice(
            _("What sets you apart, and reassurance: delivery, returns, other customers’ views."),
            Channel.EMAIL,
            _("Within a week of the sign-up, then once a month"),
            _("A welcome offer on the first order"),
        ),
    ),
    Recipe(
        "new",
        Theme.LIFE,
        "sparkles",
        _("New customers"),
        _("Their first order is less than 30 days old: this is when a habit begins, or does not."),
        one_field("first_order_at", "in_last", [30, "day"]),
        Advice(
            _("Advice for using what they bought, then a request for their view."),
            Channel.EMAIL,
            _("3 days, 10 days and 30 days after the first order"),
        ),
    ),
    Recipe(
        "second_order",
        Theme.LIFE,
        "shopping-bag",
        _("A second order to win"),
        _("One order only, and longer ago than your customers usually wait."),
        _second_order,
        Advice(
            _("What goes with their first purchase."),
            Channel.EMAIL,
            _("As soon as they enter the segment"),
            _("Free delivery on the second order"),
        ),
        lambda shop: {_("usual days between two orders"): shop.gap},
    ),
    Recipe(
        "regular",
        Theme.LIFE,
        "users",
        _("Regular customers"),
        _("2 to 4 orders, not at risk: the next ones make them loyal."),
        lambda shop: every(
            field("orders_count", "between", [2, 4]),
            field("last_order_at", "in_last", [shop.at_risk_days, "day"]),
        ),
        Advice(
            _("New products in the categories they buy, and what loyalty brings them."),
            Channel.BOTH,
            _("Twice a month"),
        ),
        lambda shop: {_("days before a customer is at risk"): shop.at_risk_days},
    ),
    Recipe(
        "loyal",
        Theme.LIFE,
        "heart",
        _("Loyal customers"),
        _("5 orders or more and still active: they deserve to be told so."),
        lambda shop: every(
            field("orders_count", ">=", 5),
            field("last_order_at", "in_last", [shop.at_risk_days, "day"]),
        ),
        Advice(
            _("Thanks, news before everybody else, an invitation to recommend you."),
            Channel.BOTH,
            _("Once a month"),
            _("Early access"),
        ),
        lambda shop: {_("days before a customer is at risk"): shop.at_risk_days},
    ),
    Recipe(
        "became_loyal",
        Theme.LIFE,
        "arrow-up",
        _("Loyal since this week"),
        _("They entered your loyal customers in the last 7 days: the moment to thank them."),
        _became_loyal,
        Advice(
            _("A personal thank-you, signed by a person."),
            Channel.SMS,
            _("The day they enter"),
            _("A small gift with the next order"),
        ),
    ),
    Recipe(
        "vip",
        Theme.LIFE,
        "star",
        _("VIP"),
        _("Those who spend most and still come: a fifth of the base, most of the revenue."),
        one_field("lifecycle_stage", "is", "vip"),
        Advice(
            _("Private events, products before they are out, a person to talk to."),
            Channel.BOTH,
            _("At each launch, and never for a general promotion"),
            _("Privileges rather than discounts"),
        ),
    ),
    Recipe(
        "due_soon",
        Theme.LIFE,
        "calendar",
        _("Next order expected soon"),
        _("By their own rhythm, they should order within 7 days."),
        one_field("expected_next_order_at", "in_next", [7, "day"]),
        Advice(
            _("A reminder of what they usually buy, ready to be ordered again."),
            Channel.SMS,
            _("The day they enter"),
        ),
    ),
    Recipe(
        "late",
        Theme.LIFE,
        "clock",
        _("Late by their own rhythm"),
        _("They were expected over 15 days ago: a sign that comes before any threshold."),
        _late,
        Advice(
            _("“Is anything missing?”: ask before offering."),
            Channel.EMAIL,
            _("The week they enter"),
        ),
    ),
    Recipe(
        "at_risk",
        Theme.LIFE,
        "alert-triangle",
        _("At risk"),
        _("No order for longer than your trade’s first limit: still easy to bring back."),
        one_field("lifecycle_stage", "is", "at_risk"),
        Advice(
            _("What is new since their last order, and a question about their experience."),
            Channel.EMAIL,
            _("As soon as they enter, once more after 15 days"),
            _("A limited offer on their favourite category"),
        ),
        lambda shop: {_("days before a customer is at risk"): shop.at_risk_days},
    ),
    Recipe(
        "inactive",
        Theme.LIFE,
        "history",
        _("Inactive for 3 months"),
        _("They have ordered before, and not in the last 3 months."),
        lambda shop: every(field("last_order_at", "more_than_ago", [3, "month"])),
        Advice(
            _("What is new since their last order."),
            Channel.EMAIL,
            _("Once, then again 3 weeks later to those who did not answer"),
            _("15% on the next order, until a given date"),
        ),
    ),
    Recipe(
        "lost",
        Theme.LIFE,
        "user-minus",
        _("Lost"),
        _("No order for so long that they have probably gone elsewhere: one try, then silence."),
        one_field("lifecycle_stage", "is", "lost"),
        Advice(
            _("Say that you noticed, show what they missed, make the return easy."),
            Channel.EMAIL,
            _("Once; then leave them in peace"),
            _("Your best offer of the year"),
        ),
        lambda shop: {_("days before a customer is lost"): shop.lost_days},
    ),
)
