"""Recipes about how people answer to messages, and how many they get."""

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


def _sent(shop: Shop) -> None:
    if not shop.messages:
        raise Missing(_("A first campaign sent from here."))


def _clicked(shop: Shop) -> Node:
    _sent(shop)
    clicked = {"where": [field("kind", "is", "click")], "when": {"last": [30, "day"]}}
    return every(
        {"engagements": clicked},
        {"orders": {"op": "=", "value": 0, "when": {"last": [30, "day"]}}},
    )


def _silent(shop: Shop) -> Node:
    _sent(shop)
    return every(
        {"messages": {"op": ">=", "value": 5, "when": {"last": [90, "day"]}}},
        {"engagements": {"op": "=", "value": 0, "when": {"last": [90, "day"]}}},
        {"orders": {"op": "=", "value": 0, "when": {"last": [90, "day"]}}},
    )


def _rested(shop: Shop) -> Node:
    reachable = {"any": [field("reachable_email", "is", True), field("reachable_sms", "is", True)]}
    return every(reachable, field("messages_last_30_days", "=", 0))


def _best_unreachable(shop: Shop) -> Node:
    return every(
        field("total_spent", "top_percent", 20),
        field("reachable_email", "is", False),
        field("reachable_sms", "is", False),
    )


RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe(
        "engaged",
        Theme.MESSAGES,
        "heart",
        _("Very engaged"),
        _("A click, a visit or an order on 6 days or more in 90: future ambassadors."),
        one_field("engagement_level", "is", "high"),
        Advice(
            _("Tests of new offers, requests for reviews, sponsorship."),
            Channel.BOTH,
            _("More often than the others, without tiring them"),
        ),
    ),
    Recipe(
        "fading",
        Theme.MESSAGES,
        "chart-bar",
        _("Engagement falling"),
        _("Active on half as many days as in the 90 days before: act before they leave."),
        one_field("engagement_trend", "is", "falling"),
        Advice(
            _("Less often, and only what concerns them; ask which topics they want."),
            Channel.EMAIL,
            _("As soon as they enter"),
        ),
    ),
    Recipe(
        "clickers",
        Theme.MESSAGES,
        "click",
        _("Clicked, did not buy"),
        _("They clicked in a message in the last 30 days, and have not ordered in that time."),
        _clicked,
        Advice(
            _("What they clicked on, with an answer to what stopped them."),
            Channel.EMAIL,
            _("2 or 3 days after the click"),
        ),
    ),
    Recipe(
        "silent",
        Theme.MESSAGES,
        "bell",
        _("Never react"),
        _("5 messages or more in 90 days, no reaction and no order: writing more only harms you."),
        _silent,
        Advice(
            _("“Shall we go on writing to you?”, with the choice of topics and frequency."),
            Channel.EMAIL,
            _("Once, then stop"),
        ),
    ),
    Recipe(
        "rested",
        Theme.MESSAGES,
        "mail",
        _("Not written to for 30 days"),
        _("They can be reached, and have received nothing from you in 30 days."),
        _rested,
        Advice(
            _("Your news of the month."),
            Channel.EMAIL,
            _("This week"),
        ),
    ),
    Recipe(
        "best_unreachable",
        Theme.MESSAGES,
        "lock",
        _("Best customers you may not write to"),
        _("Among the 20% who spend most, without a usable consent: ask them where you meet."),
        _best_unreachable,
        Advice(
            _("Why it is worth hearing from you, asked in the shop, by phone or in the parcel."),
            Channel.OTHER,
            _("At the next visit or order"),
        ),
    ),
)
