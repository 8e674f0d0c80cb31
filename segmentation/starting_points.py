"""Rules to start from: the questions marketers ask first, ready to be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """A rule with a name, offered when a segment is created."""

    key: str
    icon: str
    name: str | Promise
    text: str | Promise
    node: dict[str, Any]

    @property
    def rule(self) -> dict[str, Any]:
        """The rule as it is stored."""
        return {"version": 1, "rule": self.node}


STARTING_POINTS: Final = (
    StartingPoint(
        "inactive",
        "history",
        _("Inactive for 3 months"),
        _("They have ordered before, and not in the last 3 months."),
        {
            "all": [
                {"field": "orders_count", "op": ">=", "value": 1},
                {"orders": {"op": "=", "value": 0, "when": {"last": [3, "month"]}}},
            ]
        },
    ),
    StartingPoint(
        "new",
        "sparkles",
        _("New customers"),
        _("Their first order is less than 30 days old."),
        {"all": [{"field": "first_order_at", "op": "in_last", "value": [30, "day"]}]},
    ),
    StartingPoint(
        "best",
        "star",
        _("Best customers"),
        _("The 20% who have spent the most."),
        {"all": [{"field": "total_spent", "op": "top_percent", "value": 20}]},
    ),
    StartingPoint(
        "loyal",
        "heart",
        _("Loyal with a high basket"),
        _("More than 5 orders, and an average basket over 100."),
        {
            "all": [
                {"field": "orders_count", "op": ">", "value": 5},
                {"field": "average_basket", "op": ">", "value": 100},
            ]
        },
    ),
    StartingPoint(
        "visitors",
        "eye",
        _("Visitors who never ordered"),
        _("They came on 3 different days in the last 30, and have no order."),
        {
            "all": [
                {
                    "events": {
                        "measure": "days",
                        "op": ">=",
                        "value": 3,
                        "when": {"last": [30, "day"]},
                    }
                },
                {"field": "orders_count", "op": "=", "value": 0},
            ]
        },
    ),
    StartingPoint(
        "birthday",
        "cake",
        _("Birthday this week"),
        _("Their birthday falls within the next 7 days."),
        {"all": [{"field": "birth_date", "op": "anniversary_in_next", "value": [7, "day"]}]},
    ),
    StartingPoint(
        "one_order",
        "shopping-bag",
        _("Ordered only once"),
        _("One order, more than 30 days ago: worth a second chance."),
        {
            "all": [
                {"field": "orders_count", "op": "=", "value": 1},
                {"field": "last_order_at", "op": "more_than_ago", "value": [30, "day"]},
            ]
        },
    ),
    StartingPoint(
        "clickers",
        "click",
        _("Clicked, did not buy"),
        _("They clicked in a message in the last 30 days, and have not ordered in that time."),
        {
            "all": [
                {
                    "engagements": {
                        "where": [{"field": "kind", "op": "is", "value": "click"}],
                        "when": {"last": [30, "day"]},
                    }
                },
                {"orders": {"op": "=", "value": 0, "when": {"last": [30, "day"]}}},
            ]
        },
    ),
)


def by_key(key: str) -> StartingPoint | None:
    """The starting point of that key."""
    return next((point for point in STARTING_POINTS if point.key == key), None)
