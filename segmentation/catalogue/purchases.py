"""The fields about what a person buys, from the profiles computed as of the clock."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from segmentation.catalogue.entries import Choice, Field, Group, Label, Manner, Sql, Widget
from segmentation.catalogue.expressions import (
    average_basket,
    days_between_orders,
    discount_share,
    expected_next_order_at,
    profile,
    purchase_rhythm,
)
from segmentation.catalogue.standing_sql import among_the_best
from segmentation.rules.operators import Kind

RHYTHMS = (
    Choice("weekly", pgettext_lazy("purchase rhythm", "Weekly")),
    Choice("monthly", pgettext_lazy("purchase rhythm", "Monthly")),
    Choice("quarterly", pgettext_lazy("purchase rhythm", "Quarterly")),
    Choice("occasional", pgettext_lazy("purchase rhythm", "Occasional")),
    Choice("dormant", pgettext_lazy("purchase rhythm", "Dormant")),
)


def _figure(key: str, label: Label, noun: Label, sql: Sql, widget: Widget) -> Field:
    return Field(key, Kind.NUMBER, label, noun, sql, Group.PURCHASES, widget=widget)


def _order_date(key: str, label: Label, noun: Label, sql: Sql) -> Field:
    return Field(
        key,
        Kind.INSTANT,
        label,
        noun,
        sql,
        Group.PURCHASES,
        widget=Widget.DATE,
        manner=Manner.EVENT,
        sentences={
            "is_set": _("who have ordered at least once"),
            "is_not_set": _("who have never ordered"),
        },
    )


PURCHASES: tuple[Field, ...] = (
    _figure(
        "orders_count",
        _("Number of orders"),
        pgettext_lazy("whose", "number of orders"),
        profile("orders_count"),
        Widget.NUMBER,
    ),
    replace(
        _figure(
            "total_spent",
            _("Total spent"),
            pgettext_lazy("whose", "total spent"),
            profile("total_spent"),
            Widget.MONEY,
        ),
        best=among_the_best,
    ),
    _figure(
        "average_basket",
        _("Average basket"),
        pgettext_lazy("whose", "average basket"),
        average_basket,
        Widget.MONEY,
    ),
    _figure(
        "discount_share",
        _("Share of orders with a discount"),
        pgettext_lazy("whose", "share of orders with a discount"),
        discount_share,
        Widget.RATIO,
    ),
    replace(
        _figure(
            "days_between_orders",
            _("Days between orders"),
            pgettext_lazy("whose", "time between two orders"),
            days_between_orders,
            Widget.NUMBER,
        ),
        unit=ngettext_lazy("%(n)s day", "%(n)s days", "number"),
    ),
    _order_date(
        "first_order_at",
        _("First order"),
        pgettext_lazy("whose", "first order"),
        profile("first_order_at"),
    ),
    _order_date(
        "last_order_at",
        _("Last order"),
        pgettext_lazy("whose", "last order"),
        profile("last_order_at"),
    ),
    Field(
        "expected_next_order_at",
        Kind.INSTANT,
        _("Next order expected"),
        pgettext_lazy("whose", "next order"),
        expected_next_order_at,
        Group.PURCHASES,
        widget=Widget.DATE,
        manner=Manner.EXPECTED,
    ),
    Field(
        "favourite_category",
        Kind.CHOICE,
        _("Favourite category"),
        pgettext_lazy("whose", "favourite category"),
        profile("favourite_category"),
        Group.PURCHASES,
        suggestions="category",
        widget=Widget.SUGGEST,
    ),
    Field(
        "categories",
        Kind.SET,
        _("Categories bought"),
        pgettext_lazy("whose … include", "categories bought"),
        profile("categories"),
        Group.PURCHASES,
        suggestions="category",
        widget=Widget.SUGGEST,
    ),
    Field(
        "purchase_rhythm",
        Kind.CHOICE,
        _("Purchase rhythm"),
        pgettext_lazy("whose", "purchase rhythm"),
        purchase_rhythm,
        Group.PURCHASES,
        choices=RHYTHMS,
        closed=True,
        widget=Widget.SELECT,
    ),
)
