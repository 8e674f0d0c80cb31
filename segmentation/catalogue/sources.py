"""The five sources of rows and the fields of each.

Only paid orders count, and machine-made engagements do not, unless `where` speaks of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Channel, Order
from customers.timeline import EVENT_LABELS
from segmentation.catalogue.customer import choices_of
from segmentation.catalogue.entries import Choice, Field, Label, Source, Widget
from segmentation.catalogue.expressions import column
from segmentation.rules.operators import Kind

MESSAGE_STATUSES = (
    Choice("queued", pgettext_lazy("message", "Waiting")),
    Choice("sending", pgettext_lazy("message", "Sending")),
    Choice("sent", pgettext_lazy("message", "Sent")),
    Choice("delivered", pgettext_lazy("message", "Delivered")),
    Choice("bounced", pgettext_lazy("message", "Not delivered")),
    Choice("failed", pgettext_lazy("message", "Failed")),
    Choice("uncertain", pgettext_lazy("message", "Uncertain")),
    Choice("skipped", pgettext_lazy("message", "Skipped")),
    Choice("left_out", pgettext_lazy("message", "Left out")),
)
ENGAGEMENTS = (
    Choice("open", pgettext_lazy("reaction", "Opened")),
    Choice("click", pgettext_lazy("reaction", "Clicked")),
    Choice("unsubscribe", pgettext_lazy("reaction", "Unsubscribed")),
    Choice("complaint", pgettext_lazy("reaction", "Complained")),
    Choice("bounce", pgettext_lazy("reaction", "Not delivered")),
    Choice("reply", pgettext_lazy("reaction", "Replied")),
)


def _text(key: str, label: Label, noun: Label, suggestions: str | None = None) -> Field:
    return Field(
        key,
        Kind.TEXT,
        label,
        noun,
        column(key),
        suggestions=suggestions or key,
        widget=Widget.SUGGEST,
        ranking=False,
    )


def _number(key: str, label: Label, noun: Label, widget: Widget = Widget.MONEY) -> Field:
    return Field(key, Kind.NUMBER, label, noun, column(key), widget=widget, ranking=False)


def _choice(key: str, label: Label, noun: Label, choices: tuple[Choice, ...]) -> Field:
    return Field(
        key,
        Kind.CHOICE,
        label,
        noun,
        column(key),
        choices=choices,
        closed=True,
        widget=Widget.SELECT,
    )


def _instant(key: str, label: Label, noun: Label) -> Field:
    return Field(key, Kind.INSTANT, label, noun, column(key), widget=Widget.DATE)


def _campaign() -> Field:
    return Field(
        "campaign",
        Kind.REFERENCE,
        _("Campaign"),
        pgettext_lazy("whose", "campaign"),
        column("campaign"),
        widget=Widget.SELECT,
    )


def _channel() -> Field:
    return _choice(
        "channel", _("Channel"), pgettext_lazy("whose", "channel"), choices_of(Channel.choices)
    )


_ORDER = (
    _number("total", _("Order total"), pgettext_lazy("an order whose", "total")),
    _number("discount", _("Discount"), pgettext_lazy("whose", "discount")),
    _choice(
        "status",
        _("Order status"),
        pgettext_lazy("whose", "status"),
        choices_of(Order.Status.choices),
    ),
    _choice(
        "channel",
        _("Sales channel"),
        pgettext_lazy("whose", "sales channel"),
        choices_of(Order.SalesChannel.choices),
    ),
    _text("store", _("Shop"), pgettext_lazy("whose", "shop")),
    _text("promo_code", _("Promotion code"), pgettext_lazy("whose", "promotion code")),
    _instant("placed_at", _("Order date"), pgettext_lazy("whose", "date")),
)
# What a product bought says of its order goes by another name than what an order says of itself.
_OF_ITS_ORDER: Mapping[str, Label] = {
    "total": pgettext_lazy("whose", "order total"),
    "discount": pgettext_lazy("a product whose", "order discount"),
    "status": pgettext_lazy("a product whose", "order status"),
    "placed_at": pgettext_lazy("a product whose", "order date"),
}


def _kind_of(entry: Field) -> Field:
    """A field that says of which kind its row is, which a sentence puts right after the row."""
    return dataclasses.replace(
        entry,
        sentences={
            "is": _("of the kind %(value)s"),
            "in": _("of the kind %(value)s"),
            "is_not": _("of another kind than %(value)s"),
        },
    )


def _action() -> Field:
    """What was done: the usual names in plain words, and any other the shop sends."""
    names = choices_of(list(EVENT_LABELS.items()))
    entry = _text("name", _("Action"), pgettext_lazy("whose", "kind of action"), "event_name")
    return _kind_of(dataclasses.replace(entry, choices=names))


_ONLY_PAID: tuple[tuple[str, str | bool], ...] = (("status", "paid"),)

SOURCES: tuple[Source, ...] = (
    Source("orders", _("Orders"), "orders", "placed_at", _ORDER, _ONLY_PAID),
    Source(
        "items",
        _("Products bought"),
        "items",
        "placed_at",
        (
            _text("product", _("Product"), pgettext_lazy("a product whose", "name")),
            _text("category", _("Category"), pgettext_lazy("whose", "category")),
            _text("brand", _("Brand"), pgettext_lazy("whose", "brand")),
            _number("quantity", _("Quantity"), pgettext_lazy("whose", "quantity"), Widget.NUMBER),
            _number("amount", _("Amount"), pgettext_lazy("whose", "amount")),
            *(
                dataclasses.replace(entry, noun=_OF_ITS_ORDER.get(entry.key, entry.noun))
                for entry in _ORDER
            ),
        ),
        _ONLY_PAID,
    ),
    Source(
        "events",
        _("Visits and actions"),
        "events",
        "occurred_at",
        (
            _action(),
            _text("product", _("Product"), pgettext_lazy("whose", "product")),
            _text("category", _("Category"), pgettext_lazy("whose", "category")),
            _text("page", _("Page"), pgettext_lazy("whose", "page")),
            _number("value", _("Value"), pgettext_lazy("whose", "value"), Widget.NUMBER),
            _instant("occurred_at", _("Date"), pgettext_lazy("whose", "date")),
        ),
    ),
    Source(
        "messages",
        _("Messages received"),
        "messages",
        "sent_at",
        (
            _campaign(),
            _channel(),
            _choice("status", _("Status"), pgettext_lazy("whose", "status"), MESSAGE_STATUSES),
            _instant("sent_at", _("Date"), pgettext_lazy("whose", "date")),
        ),
    ),
    Source(
        "engagements",
        _("Reactions to messages"),
        "engagements",
        "occurred_at",
        (
            _kind_of(_choice("kind", _("Reaction"), pgettext_lazy("whose", "kind"), ENGAGEMENTS)),
            _channel(),
            _campaign(),
            _text("link", _("Link"), pgettext_lazy("whose", "link")),
            Field(
                "machine",
                Kind.BOOLEAN,
                _("Made by a machine"),
                pgettext_lazy("whose", "machine mark"),
                column("machine"),
                widget=Widget.SWITCH,
                sentences={
                    "true": _("made by a machine"),
                    "false": _("made by a person"),
                    "is_set": _("of which we know whether a machine made them"),
                    "is_not_set": _("of which we do not know whether a machine made them"),
                },
            ),
            _instant("occurred_at", _("Date"), pgettext_lazy("whose", "date")),
        ),
        (("machine", False),),
    ),
)
