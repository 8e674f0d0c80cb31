"""The tables this app lets out: people as the list shows them, their orders, their consents."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers import listing
from customers.exports import tables
from customers.exports.resources import LedgerResource, OrdersResource, PeopleResource
from customers.forms.filters import FilterForm
from customers.models import ConsentRecord, Customer, Order


def register() -> None:
    """Offer people, orders and the ledger."""
    tables.register(
        tables.Table(
            tables.PEOPLE,
            _("Customers"),
            _("One row a person: contact details, profile, tags, consents, custom attributes."),
            _("customers"),
            PeopleResource,
            people,
            icon="users",
            about=about,
        )
    )
    tables.register(
        tables.Table(
            "orders",
            _("Orders and their lines"),
            _("One row a line of an order, with who ordered and when."),
            _("orders"),
            OrdersResource,
            orders,
            icon="shopping-cart",
            about=about,
        )
    )
    tables.register(
        tables.Table(
            "ledger",
            _("Consent ledger"),
            _("Every record: who said what, when, where, in which words, and the proof."),
            _("consents"),
            LedgerResource,
            ledger,
            icon="shield-check",
            about=about,
        )
    )


def people(query: QueryDict) -> QuerySet[Customer]:
    """Everyone the list shows for this address, or the one person it names."""
    if (one := _one(query)) is not None:
        return Customer.objects.filter(pk=one)
    return listing.select(FilterForm(query).criteria)


def orders(query: QueryDict) -> QuerySet[Any]:
    """The orders of those people."""
    return _of(Order.objects.order_by(), query)


def ledger(query: QueryDict) -> QuerySet[Any]:
    """What those people said."""
    return _of(ConsentRecord.objects.order_by(), query)


def about(query: QueryDict) -> str:
    """The filters in words, or the one person's name."""
    if _one(query) is not None:
        return ", ".join(person.display_name for person in people(query)[:1])
    return " · ".join(f"{chip.label}: {chip.value}" for chip in FilterForm(query).chips)


def _of(rows: QuerySet[Any], query: QueryDict) -> QuerySet[Any]:
    if _one(query) is None and not FilterForm(query).criteria.narrows:
        return rows.filter(customer__erased_at=None)
    return rows.filter(customer__in=people(query).values("pk"))


def _one(query: QueryDict) -> int | None:
    named = query.get("person", "")
    return int(named[:18]) if named.isdecimal() else None
