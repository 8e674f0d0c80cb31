"""What a ready-made segment is: a question, why it is asked, and what to do with the answer.

Invariant: a recipe's rule is made of the shop's own figures and words, and of nothing a shop lacks:
where its data cannot answer, the recipe says what is missing instead of a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segmentation.gallery.shop import Shop
from segmentation.models import ActionPlan

Text = str | Promise
Node = dict[str, Any]
Channel = ActionPlan.Channel


class Theme(models.TextChoices):
    """Where a recipe is found on the page, in the order of a customer's story."""

    LIFE = "life", _("Life cycle")
    PURCHASES = "purchases", _("What they buy")
    VISITS = "visits", _("Visits and carts")
    MESSAGES = "messages", _("Reactions to messages")
    PROFILE = "profile", _("Who they are, where they live")


class Missing(Exception):
    """The shop's data cannot answer; the text says what would be needed."""

    def __init__(self, needed: Text) -> None:
        super().__init__(str(needed))
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Advice:
    """What to send to a segment: the first version of its action plan."""

    message: Text
    channel: str
    timing: Text
    offer: Text = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A segment to start from.

    `build` makes the rule's node from the shop; it raises Missing. `thresholds` names the figures
    of the shop that it used, as shown on the card; amounts of money are Decimal.
    """

    key: str
    theme: Theme
    icon: str
    name: Text
    purpose: Text
    build: Callable[[Shop], Node]
    advice: Advice
    thresholds: Callable[[Shop], Mapping[Text, str | int | Decimal]] = lambda shop: {}

    def rule(self, shop: Shop) -> dict[str, Any]:
        """The rule as it is stored. Raises Missing."""
        return {"version": 1, "rule": self.build(shop)}


def field(name: str, op: str, value: Any) -> Node:
    """A condition on a person, or on a row."""
    return {"field": name, "op": op, "value": value}


def every(*nodes: Node) -> Node:
    """All of them."""
    return {"all": list(nodes)}


def one_field(name: str, op: str, value: Any) -> Callable[[Shop], Node]:
    """A recipe of one condition, the same in every shop."""
    return lambda shop: every(field(name, op, value))


BUYERS: Final[Node] = field("orders_count", ">=", 1)
