"""The demo shop's segments, its past campaigns, and what came of them.

A past campaign is drawn after the ordinary life of the shop: it adds the orders it caused, so
that its results are found in the facts by the same queries as those of a real campaign.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from customers.models import Order


@dataclass(frozen=True)
class SegmentSpec:
    """A segment of the demo: its words, its rule, and who was in it at some past instant.

    `was_in` answers from the person's paid order dates and amounts, for the past campaigns.
    """

    name: str
    description: str
    rule: dict[str, Any]
    was_in: Callable[[list[tuple[dt.datetime, float]], dt.datetime], bool]


def _days_since_last(orders: list[tuple[dt.datetime, float]], at: dt.datetime) -> float | None:
    before = [placed for placed, _ in orders if placed <= at]
    return (at - max(before)).days if before else None


def _inactive(orders: list[tuple[dt.datetime, float]], at: dt.datetime) -> bool:
    days = _days_since_last(orders, at)
    return days is not None and days > 92


def _loyal(orders: list[tuple[dt.datetime, float]], at: dt.datetime) -> bool:
    return sum(placed <= at for placed, _ in orders) >= 5


def _new(orders: list[tuple[dt.datetime, float]], at: dt.datetime) -> bool:
    before = [placed for placed, _ in orders if placed <= at]
    return bool(before) and (at - min(before)).days < 30


def _big_basket(orders: list[tuple[dt.datetime, float]], at: dt.datetime) -> bool:
    spent = [amount for placed, amount in orders if placed <= at]
    return len(spent) > 1 and sum(spent) / len(spent) > 80


def _never_ordered(orders: list[tuple[dt.datetime, float]], at: dt.datetime) -> bool:
    return all(placed > at for placed, _ in orders)


def _paid_items(category: str, days: int, times: int) -> dict[str, Any]:
    return {
        "items": {
            "where": [{"field": "category", "op": "is", "value": category}],
            "measure": "count",
            "op": ">=",
            "value": times,
            "when": {"last": [days, "day"]},
        }
    }


SEGMENTS = (
    SegmentSpec(
        "Meilleurs clients",
        "Au moins 5 commandes et un panier moyen de plus de 60 €.",
        {
            "all": [
                {"field": "orders_count", "op": ">=", "value": 5},
                {"field": "average_basket", "op": ">", "value": 60},
            ]
        },
        lambda orders, at: _loyal(orders, at) and _big_basket(orders, at),
    ),
    SegmentSpec(
        "Fidèles",
        "Cinq commandes ou plus, dont une dans les six derniers mois.",
        {
            "all": [
                {"field": "orders_count", "op": ">=", "value": 5},
                {"field": "last_order_at", "op": "in_last", "value": [6, "month"]},
            ]
        },
        _loyal,
    ),
    SegmentSpec(
        "Nouveaux clients",
        "Première commande il y a moins de 30 jours.",
        {"field": "first_order_at", "op": "in_last", "value": [30, "day"]},
        _new,
    ),
    SegmentSpec(
        "Inactifs depuis 3 mois",
        "Ont déjà commandé, mais plus depuis trois mois.",
        {"field": "last_order_at", "op": "more_than_ago", "value": [3, "month"]},
        _inactive,
    ),
    SegmentSpec(
        "Panier élevé, longue absence",
        "Panier moyen de plus de 80 €, rien depuis six mois.",
        {
            "all": [
                {"field": "average_basket", "op": ">", "value": 80},
                {"field": "last_order_at", "op": "more_than_ago", "value": [6, "month"]},
            ]
        },
        lambda orders, at: _big_basket(orders, at) and _inactive(orders, at),
    ),
    SegmentSpec(
        "Franciliennes bio, 25-35 ans",
        "Femmes d’Île-de-France de 25 à 35 ans, acheteuses de cosmétiques bio ou écologistes.",
        {
            "all": [
                {"field": "gender", "op": "is", "value": "female"},
                {"field": "age", "op": "between", "value": [25, 35]},
                {
                    "field": "department",
                    "op": "in",
                    "value": ["75", "77", "78", "91", "92", "93", "94", "95"],
                },
                {
                    "any": [
                        _paid_items("Cosmétiques bio", 180, 2),
                        {"field": "interests", "op": "has_any", "value": ["Écologie"]},
                    ]
                },
            ]
        },
        _loyal,
    ),
    SegmentSpec(
        "Visiteurs qui n’ont jamais commandé",
        "Venus sur le site trois jours différents en 30 jours, sans aucune commande.",
        {
            "all": [
                {
                    "events": {
                        "where": [{"field": "name", "op": "is", "value": "page_view"}],
                        "measure": "days",
                        "op": ">=",
                        "value": 3,
                        "when": {"last": [30, "day"]},
                    }
                },
                {"field": "orders_count", "op": "=", "value": 0},
            ]
        },
        _never_ordered,
    ),
    SegmentSpec(
        "Paniers abandonnés il y a 2 à 4 heures",
        "Un panier rempli, pas de commande aujourd’hui.",
        {
            "all": [
                {
                    "events": {
                        "where": [{"field": "name", "op": "is", "value": "cart"}],
                        "when": {"ago": [2, 4, "hour"]},
                    }
                },
                {"not": {"orders": {"when": {"last": [4, "hour"]}}}},
            ]
        },
        _never_ordered,
    ),
)


@dataclass(frozen=True)
class CampaignSpec:
    """A campaign of the past: when, to whom, with which words and which success."""

    name: str
    channel: str
    days_ago: int
    segments: tuple[str, ...]
    subject: str
    body: str
    click_rate: float
    order_rate: float
    promo_code: str = ""


CAMPAIGNS = (
    CampaignSpec(
        "Soldes d’été en avant-première",
        "sms",
        150,
        ("Meilleurs clients", "Fidèles"),
        "",
        "Bonjour {{ first_name }}, les soldes commencent ce soir pour vous : "
        "https://maison-garance.example/soldes Code ETE15",
        0.17,
        0.055,
        "ETE15",
    ),
    CampaignSpec(
        "On vous a gardé une place",
        "email",
        110,
        ("Inactifs depuis 3 mois",),
        "{{ first_name }}, cela fait longtemps",
        "Bonjour {{ first_name }},\n\nVous nous manquez. Voici **10 %** sur votre prochaine "
        "commande avec le code MERCI10.\n\n"
        "[Voir les nouveautés](https://maison-garance.example/nouveautes)",
        0.075,
        0.021,
        "MERCI10",
    ),
    CampaignSpec(
        "Rentrée : les nouveautés maison",
        "email",
        78,
        ("Fidèles", "Nouveaux clients"),
        "La rentrée sent bon la figue",
        "Bonjour {{ first_name }},\n\nBougies, plaids et vases sont arrivés.\n\n"
        "[Découvrir la collection](https://maison-garance.example/maison)",
        0.12,
        0.034,
    ),
    CampaignSpec(
        "Relance panier élevé",
        "sms",
        41,
        ("Panier élevé, longue absence", "Inactifs depuis 3 mois"),
        "",
        "{{ first_name }}, -10 % jusqu'à dimanche avec MERCI10 : "
        "https://maison-garance.example/retour",
        0.09,
        0.026,
        "MERCI10",
    ),
    CampaignSpec(
        "Bienvenue chez Maison Garance",
        "email",
        20,
        ("Nouveaux clients",),
        "Merci pour votre première commande",
        "Bonjour {{ first_name }},\n\nMerci. Nos conseils pour bien utiliser vos produits :\n\n"
        "[Lire les conseils](https://maison-garance.example/conseils)",
        0.21,
        0.06,
    ),
)


def paid_orders(orders: list[Order]) -> dict[int, list[tuple[dt.datetime, float]]]:
    """The paid orders' dates and totals by customer."""
    found: dict[int, list[tuple[dt.datetime, float]]] = defaultdict(list)
    for order in orders:
        if order.status == Order.Status.PAID:
            found[order.customer_id].append((order.placed_at, float(order.total)))
    return found
