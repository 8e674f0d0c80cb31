"""The nouns of what is measured over people's deeds: "number of orders", "first order placed …"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import pgettext_lazy

Phrase = Any

COUNTS: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("whose", "number of orders"),
    "items": pgettext_lazy("whose", "number of products bought"),
    "events": pgettext_lazy("whose", "number of actions"),
    "messages": pgettext_lazy("whose", "number of messages received"),
    "engagements": pgettext_lazy("whose", "number of reactions to messages"),
}
DAYS: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("whose", "number of days with an order"),
    "items": pgettext_lazy("whose", "number of days with a purchase"),
    "events": pgettext_lazy("whose", "number of days with an action"),
    "messages": pgettext_lazy("whose", "number of days with a message"),
    "engagements": pgettext_lazy("whose", "number of days with a reaction to a message"),
}
# When the first or the last of the rows took place, at any time and within a period.
MOMENTS: Mapping[tuple[str, str], Phrase] = {
    ("first", "orders"): pgettext_lazy("whose", "first order"),
    ("first", "items"): pgettext_lazy("whose", "first product bought"),
    ("first", "events"): pgettext_lazy("whose", "first action"),
    ("first", "messages"): pgettext_lazy("whose", "first message received"),
    ("first", "engagements"): pgettext_lazy("whose", "first reaction to a message"),
    ("last", "orders"): pgettext_lazy("whose", "last order"),
    ("last", "items"): pgettext_lazy("whose", "last product bought"),
    ("last", "events"): pgettext_lazy("whose", "last action"),
    ("last", "messages"): pgettext_lazy("whose", "last message received"),
    ("last", "engagements"): pgettext_lazy("whose", "last reaction to a message"),
}
MOMENTS_IN: Mapping[tuple[str, str], Phrase] = {
    ("first", "orders"): pgettext_lazy("whose", "first order placed %(window)s"),
    ("first", "items"): pgettext_lazy("whose", "first product bought %(window)s"),
    ("first", "events"): pgettext_lazy("whose", "first action done %(window)s"),
    ("first", "messages"): pgettext_lazy("whose", "first message received %(window)s"),
    ("first", "engagements"): pgettext_lazy("whose", "first reaction to a message %(window)s"),
    ("last", "orders"): pgettext_lazy("whose", "last order placed %(window)s"),
    ("last", "items"): pgettext_lazy("whose", "last product bought %(window)s"),
    ("last", "events"): pgettext_lazy("whose", "last action done %(window)s"),
    ("last", "messages"): pgettext_lazy("whose", "last message received %(window)s"),
    ("last", "engagements"): pgettext_lazy("whose", "last reaction to a message %(window)s"),
}
# By measure, source and field; a field a shop declares itself is named in OTHERS.
NAMED: Mapping[tuple[str, str, str], Phrase] = {
    ("sum", "orders", "total"): pgettext_lazy("whose", "total of the orders"),
    ("sum", "orders", "discount"): pgettext_lazy("whose", "total of the discounts"),
    ("sum", "items", "quantity"): pgettext_lazy("whose", "quantity of products bought"),
    ("sum", "items", "amount"): pgettext_lazy("whose", "total of the products bought"),
    ("sum", "events", "value"): pgettext_lazy("whose", "total value of the actions"),
    ("avg", "orders", "total"): pgettext_lazy("whose", "average order"),
    ("avg", "orders", "discount"): pgettext_lazy("whose", "average discount"),
    ("avg", "items", "quantity"): pgettext_lazy("whose", "average quantity of a product bought"),
    ("avg", "items", "amount"): pgettext_lazy("whose", "average amount of a product bought"),
    ("avg", "events", "value"): pgettext_lazy("whose", "average value of the actions"),
    ("min", "orders", "total"): pgettext_lazy("whose", "smallest order"),
    ("min", "orders", "discount"): pgettext_lazy("whose", "smallest discount"),
    ("min", "items", "quantity"): pgettext_lazy("whose", "smallest quantity of a product bought"),
    ("min", "items", "amount"): pgettext_lazy("whose", "smallest amount of a product bought"),
    ("min", "events", "value"): pgettext_lazy("whose", "lowest value of the actions"),
    ("max", "orders", "total"): pgettext_lazy("whose", "largest order"),
    ("max", "orders", "discount"): pgettext_lazy("whose", "largest discount"),
    ("max", "items", "quantity"): pgettext_lazy("whose", "largest quantity of a product bought"),
    ("max", "items", "amount"): pgettext_lazy("whose", "largest amount of a product bought"),
    ("max", "events", "value"): pgettext_lazy("whose", "highest value of the actions"),
    ("distinct", "orders", "store"): pgettext_lazy("whose", "number of different shops"),
    ("distinct", "orders", "channel"): pgettext_lazy("whose", "number of different sales channels"),
    ("distinct", "orders", "promo_code"): pgettext_lazy(
        "whose", "number of different promotion codes"
    ),
    ("distinct", "items", "product"): pgettext_lazy("whose", "number of different products bought"),
    ("distinct", "items", "category"): pgettext_lazy(
        "whose", "number of different categories bought"
    ),
    ("distinct", "items", "brand"): pgettext_lazy("whose", "number of different brands bought"),
    ("distinct", "items", "store"): pgettext_lazy("whose", "number of different shops"),
    ("distinct", "events", "name"): pgettext_lazy("whose", "number of different kinds of action"),
    ("distinct", "events", "product"): pgettext_lazy(
        "whose", "number of different products acted on"
    ),
    ("distinct", "events", "category"): pgettext_lazy(
        "whose", "number of different categories acted on"
    ),
    ("distinct", "events", "page"): pgettext_lazy("whose", "number of different pages"),
    ("distinct", "messages", "campaign"): pgettext_lazy(
        "whose", "number of different campaigns received"
    ),
    ("distinct", "engagements", "campaign"): pgettext_lazy(
        "whose", "number of different campaigns reacted to"
    ),
    ("distinct", "engagements", "kind"): pgettext_lazy(
        "whose", "number of different kinds of reaction"
    ),
    ("distinct", "engagements", "link"): pgettext_lazy("whose", "number of different links"),
}
OTHERS: Mapping[str, Phrase] = {
    "sum": pgettext_lazy("whose", "total of “%(field)s” over the %(rows)s"),
    "avg": pgettext_lazy("whose", "average of “%(field)s” over the %(rows)s"),
    "min": pgettext_lazy("whose", "lowest “%(field)s” of the %(rows)s"),
    "max": pgettext_lazy("whose", "highest “%(field)s” of the %(rows)s"),
    "distinct": pgettext_lazy("whose", "number of different “%(field)s” of the %(rows)s"),
}
ROWS: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("the number of …", "orders"),
    "items": pgettext_lazy("the number of …", "products bought"),
    "events": pgettext_lazy("the number of …", "actions"),
    "messages": pgettext_lazy("the number of …", "messages received"),
    "engagements": pgettext_lazy("the number of …", "reactions to messages"),
}
