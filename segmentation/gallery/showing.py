"""The gallery as it is shown: each recipe with its rule in words and how many it means, now.

Invariant: all the numbers of the page come from one scan of the snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.templatetags.figures import money, number
from segmentation import engine, snapshot
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.describe import describe
from segmentation.gallery import RECIPES
from segmentation.gallery.recipe import Missing, Recipe, Text, Theme
from segmentation.gallery.shop import Shop, look
from segmentation.models import Segment
from segmentation.rules import Node, RuleError, parse


@dataclass(slots=True)
class Card:
    """A recipe for this shop. `needed` says what it lacks to answer, and then there is no rule.

    `count` is None until it was counted; `made` is the segment in use that came from it.
    """

    recipe: Recipe
    sentence: str = ""
    needed: Text = ""
    thresholds: Mapping[Text, str] = field(default_factory=dict)
    count: int | None = None
    share: float | None = None
    made: Segment | None = None


def cards(now: dt.datetime, *, counted: bool) -> dict[Theme, list[Card]]:
    """Every recipe by theme, in their order; with `counted`, how many each means at `now`.

    Where there is no snapshot yet, nothing is counted.
    """
    shop, catalogue = look(), load_catalogue()
    made = {
        each.recipe: each for each in Segment.objects.filter(archived_at=None).exclude(recipe="")
    }
    shown: dict[Theme, list[Card]] = {theme: [] for theme in Theme}
    nodes: dict[str, Node] = {}
    by_key: dict[str, Card] = {}
    for recipe in RECIPES:
        card = Card(recipe, made=made.get(recipe.key))
        _read(card, shop, catalogue, nodes)
        by_key[recipe.key] = card
        shown[recipe.theme].append(card)
    if counted:
        _count(by_key, nodes, now, catalogue)
    return shown


def _read(card: Card, shop: Shop, catalogue: Catalogue, nodes: dict[str, Node]) -> None:
    try:
        rule = parse(card.recipe.rule(shop), catalogue)
    except Missing as lacking:
        card.needed = lacking.needed
        return
    names = (
        {}
        if shop.loyal is None
        else dict(Segment.objects.filter(pk=shop.loyal).values_list("pk", "name"))
    )
    card.sentence = describe(rule, catalogue, names)
    card.thresholds = {label: _told(value) for label, value in card.recipe.thresholds(shop).items()}
    nodes[card.recipe.key] = rule.node


def _told(value: str | int | Decimal) -> str:
    """A figure as it is written; a Decimal is an amount of money."""
    if isinstance(value, str):
        return value
    return money(value, 0) if isinstance(value, Decimal) else number(value)


def _count(
    by_key: dict[str, Card], nodes: dict[str, Node], now: dt.datetime, catalogue: Catalogue
) -> None:
    try:
        base = snapshot.meta().customers
        told = engine.counts(nodes, now, catalogue)
    except (snapshot.NoSnapshot, RuleError):
        return
    for key, count in told.items():
        by_key[key].count = count
        by_key[key].share = count / base if base else 0.0
