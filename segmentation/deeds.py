"""The phrases of what people did: how often, on how many days, how much, and what came after.

A deed is told as a verb with its rows ("placed an order"), so that details of the rows can follow
("whose shop is …"); a measure that is no number of rows or days as a noun ("total of the orders").
Invariant: one whole phrase wherever gender or number may differ in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

Phrase = Any

WHO = _("who %(did)s")
DID: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("who", "placed an order"),
    "items": pgettext_lazy("who", "bought a product"),
    "events": pgettext_lazy("who", "did an action"),
    "messages": pgettext_lazy("who", "received a message"),
    "engagements": pgettext_lazy("who", "reacted to a message"),
}
DID_NOT: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("who", "placed no order"),
    "items": pgettext_lazy("who", "bought no product"),
    "events": pgettext_lazy("who", "did no action"),
    "messages": pgettext_lazy("who", "received no message"),
    "engagements": pgettext_lazy("who", "did not react to any message"),
}
DID_SEVERAL: Mapping[str, Phrase] = {
    "orders": pgettext_lazy("who", "placed more than one order"),
    "items": pgettext_lazy("who", "bought more than one product"),
    "events": pgettext_lazy("who", "did more than one action"),
    "messages": pgettext_lazy("who", "received more than one message"),
    "engagements": pgettext_lazy("who", "reacted to a message more than once"),
}
# How many, before the noun of a row: "at least" + "3 orders".
QUANTITIES: Mapping[str, Phrase] = {
    "=": pgettext_lazy("before a number of orders", "exactly %(n)s"),
    ">": pgettext_lazy("before a number of orders", "more than %(n)s"),
    ">=": pgettext_lazy("before a number of orders", "at least %(n)s"),
    "<": pgettext_lazy("before a number of orders", "fewer than %(n)s"),
    "<=": pgettext_lazy("before a number of orders", "at most %(n)s"),
    "between": pgettext_lazy("before a number of orders", "from %(first)s to %(last)s"),
}
COUNTED: Mapping[str, Phrase] = {
    "orders": ngettext_lazy("who placed %(quantity)s order", "who placed %(quantity)s orders", "n"),
    "items": ngettext_lazy(
        "who bought %(quantity)s product", "who bought %(quantity)s products", "n"
    ),
    "events": ngettext_lazy("who did %(quantity)s action", "who did %(quantity)s actions", "n"),
    "messages": ngettext_lazy(
        "who received %(quantity)s message", "who received %(quantity)s messages", "n"
    ),
    "engagements": ngettext_lazy(
        "who reacted to a message %(quantity)s time",
        "who reacted to a message %(quantity)s times",
        "n",
    ),
}
# Before the number of days: "who placed orders whose shop is … on at least 3 different days".
DID_SOME: Mapping[str, Phrase] = {
    "orders": _("who placed orders"),
    "items": _("who bought products"),
    "events": _("who did actions"),
    "messages": _("who received messages"),
    "engagements": _("who reacted to messages"),
}
ON_DAYS = ngettext_lazy(
    "%(clause)s on %(quantity)s day", "%(clause)s on %(quantity)s different days", "n"
)
ON_SEVERAL_DAYS = _("%(clause)s on more than one day")

# Details of the rows: right after them, else in parentheses.
ROWS_WHOSE = _("%(clause)s %(filters)s")
COUNTING_ONLY: Mapping[str, Phrase] = {
    "orders": _("%(clause)s (counting only the orders %(filters)s)"),
    "items": _("%(clause)s (counting only the products %(filters)s)"),
    "events": _("%(clause)s (counting only the actions %(filters)s)"),
    "messages": _("%(clause)s (counting only the messages %(filters)s)"),
    "engagements": _("%(clause)s (counting only the reactions %(filters)s)"),
}

# "who did at least 2 actions for one and the same product, without having bought it".
PER: Mapping[str, Phrase] = {
    "product": _("%(clause)s for one and the same product"),
    "category": _("%(clause)s for one and the same category"),
    "brand": _("%(clause)s for one and the same brand"),
    "store": _("%(clause)s for one and the same shop"),
    "promo_code": _("%(clause)s for one and the same promotion code"),
    "channel": _("%(clause)s for one and the same channel"),
    "status": _("%(clause)s for one and the same status"),
    "campaign": _("%(clause)s for one and the same campaign"),
    "page": _("%(clause)s for one and the same page"),
    "link": _("%(clause)s for one and the same link"),
    "name": _("%(clause)s for one and the same kind of action"),
    "kind": _("%(clause)s for one and the same kind of reaction"),
}
PER_OTHER = _("%(clause)s, for one and the same “%(field)s”")
# What is missing for that value; by source, and for some fields in words of their own.
WITHOUT: Mapping[str, Phrase] = {
    "orders": _("without an order for it"),
    "items": _("without a purchase for it"),
    "events": _("without an action for it"),
    "messages": _("without a message for it"),
    "engagements": _("without a reaction to it"),
}
WITHOUT_OWN: Mapping[tuple[str, str], Phrase] = {
    ("items", "product"): _("without having bought it"),
    ("items", "category"): _("without having bought anything of it"),
    ("items", "brand"): _("without having bought anything of that brand"),
    ("orders", "store"): _("without having ordered there"),
    ("messages", "campaign"): _("without having received its message"),
    ("engagements", "campaign"): _("without having reacted to it"),
}
LACKING = _("%(clause)s, %(without)s")

TRENDS: Mapping[str, Phrase] = {
    "down": _("whose %(measure)s is lower %(window)s than over as long before"),
    "up": _("whose %(measure)s is higher %(window)s than over as long before"),
    "down_by": _(
        "whose %(measure)s is lower by %(value)s %% or more %(window)s than over as long before"
    ),
    "up_by": _(
        "whose %(measure)s is higher by %(value)s %% or more %(window)s than over as long before"
    ),
}
# What was done next: `then` is a deed, or one that was not done.
NEXT = _("%(first)s and later %(then)s")
NEXT_NOT = _("%(first)s and since then %(then)s")
NEXT_WITHIN = _("%(first)s and within %(of_span)s %(then)s")
