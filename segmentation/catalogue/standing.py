"""The fields about what a person's purchases say about them, compared with all other buyers."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segmentation.catalogue.entries import Choice, Field, Group, Label, Sql, Widget
from segmentation.catalogue.expressions import profile
from segmentation.catalogue.standing_sql import (
    DEFAULT,
    Thresholds,
    engagement_level,
    engagement_trend,
    lifecycle_stage,
    revenue_rank_percent,
    rfm_group,
)
from segmentation.rules.operators import Kind

STAGES = (
    Choice(
        "prospect",
        pgettext_lazy("stage", "Prospect: no order yet"),
        pgettext_lazy("stage", "Prospect"),
    ),
    Choice(
        "new",
        pgettext_lazy("stage", "New: first order in the last 30 days"),
        pgettext_lazy("stage", "New"),
    ),
    Choice("active", pgettext_lazy("stage", "Active")),
    Choice(
        "loyal", pgettext_lazy("stage", "Loyal: 5 orders or more"), pgettext_lazy("stage", "Loyal")
    ),
    Choice(
        "vip",
        pgettext_lazy("stage", "VIP: among the 20 % who spent most"),
        pgettext_lazy("stage", "VIP"),
    ),
    Choice("at_risk", pgettext_lazy("stage", "At risk")),
    Choice("lost", pgettext_lazy("stage", "Lost")),
)
SIZES = (
    Choice(
        "large",
        pgettext_lazy("customer", "Large: those who make 80 % of revenue"),
        pgettext_lazy("customer", "Large"),
    ),
    Choice(
        "medium",
        pgettext_lazy("customer", "Medium: the next 15 %"),
        pgettext_lazy("customer", "Medium"),
    ),
    Choice(
        "small",
        pgettext_lazy("customer", "Small: the last 5 %"),
        pgettext_lazy("customer", "Small"),
    ),
)
GROUPS = (
    Choice("champion", pgettext_lazy("RFM group", "Champions")),
    Choice("loyal", pgettext_lazy("RFM group", "Loyal")),
    Choice("potential", pgettext_lazy("RFM group", "Loyal in the making")),
    Choice("new", pgettext_lazy("RFM group", "New")),
    Choice("promising", pgettext_lazy("RFM group", "Promising")),
    Choice("attention", pgettext_lazy("RFM group", "Need attention")),
    Choice("about_to_sleep", pgettext_lazy("RFM group", "About to fall asleep")),
    Choice("at_risk", pgettext_lazy("RFM group", "At risk")),
    Choice("cannot_lose", pgettext_lazy("RFM group", "Not to be lost")),
    Choice("hibernating", pgettext_lazy("RFM group", "Asleep")),
    Choice("lost", pgettext_lazy("RFM group", "Lost")),
)
LEVELS = (
    Choice(
        "high",
        pgettext_lazy("engagement", "High: 6 days or more in 90"),
        pgettext_lazy("engagement", "High"),
    ),
    Choice(
        "medium",
        pgettext_lazy("engagement", "Medium: 2 to 5 days in 90"),
        pgettext_lazy("engagement", "Medium"),
    ),
    Choice(
        "low", pgettext_lazy("engagement", "Low: one day in 90"), pgettext_lazy("engagement", "Low")
    ),
    Choice("none", pgettext_lazy("engagement", "None")),
)
TRENDS = (
    Choice(
        "rising",
        pgettext_lazy("engagement", "Rising by half or more"),
        pgettext_lazy("engagement", "Rising"),
    ),
    Choice("steady", pgettext_lazy("engagement", "Steady")),
    Choice(
        "falling",
        pgettext_lazy("engagement", "Falling by half or more"),
        pgettext_lazy("engagement", "Falling"),
    ),
)


def _number(key: str, label: Label, noun: Label, sql: Sql | None = None) -> Field:
    made = sql or profile(key)
    return Field(key, Kind.NUMBER, label, noun, made, Group.STANDING, widget=Widget.NUMBER)


def _choice(key: str, label: Label, noun: Label, sql: Sql, choices: tuple[Choice, ...]) -> Field:
    return Field(
        key,
        Kind.CHOICE,
        label,
        noun,
        sql,
        Group.STANDING,
        choices=choices,
        closed=True,
        widget=Widget.SELECT,
    )


def standing(thresholds: Thresholds) -> tuple[Field, ...]:
    """The fields, with the stages drawn at a shop's own thresholds."""
    return (
        _choice(
            "lifecycle_stage",
            _("Stage of the life cycle"),
            pgettext_lazy("whose", "stage of the life cycle"),
            lifecycle_stage(thresholds),
            STAGES,
        ),
        _choice(
            "rfm_group", _("RFM group"), pgettext_lazy("whose", "RFM group"), rfm_group, GROUPS
        ),
        _choice(
            "pmg",
            _("Small, medium or large customer"),
            pgettext_lazy("whose", "customer size"),
            profile("pmg"),
            SIZES,
        ),
        _choice(
            "engagement_level",
            _("Engagement"),
            pgettext_lazy("whose", "engagement"),
            engagement_level,
            LEVELS,
        ),
        _choice(
            "engagement_trend",
            _("Trend of engagement"),
            pgettext_lazy("whose", "engagement trend"),
            engagement_trend,
            TRENDS,
        ),
        replace(
            _number(
                "revenue_rank_percent",
                _("Rank by revenue, in %"),
                pgettext_lazy("whose", "rank by revenue"),
                revenue_rank_percent,
            ),
            unit=_("%(n)s %%"),
        ),
        _number(
            "recency_score",
            _("Recency score (1 to 5)"),
            pgettext_lazy("whose", "recency score"),
        ),
        _number(
            "frequency_score",
            _("Frequency score (1 to 5)"),
            pgettext_lazy("whose", "frequency score"),
        ),
        _number(
            "monetary_score",
            _("Monetary score (1 to 5)"),
            pgettext_lazy("whose", "monetary score"),
        ),
    )


STANDING: tuple[Field, ...] = standing(DEFAULT)
