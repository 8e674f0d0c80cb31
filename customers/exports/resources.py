"""Which columns each table has: django-import-export resources, read in batches.

The resources say what a row holds; they are the admin site's too. Headers are those the import
recognises, so that a file that went out can come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from import_export import resources

from customers.consent import UNKNOWN, said_states
from customers.exports.columns import Column, attribute, custom, label, phone
from customers.models import (
    ConsentRecord,
    ConsentState,
    CustomAttribute,
    Customer,
    LegalBasis,
    Order,
    OrderLine,
    Subject,
)
from customers.spreadsheets.fields import CUSTOMER_FIELDS, ORDER_FIELDS

_BATCH: Final = 1000
# What several words in one cell are parted by; the import reads it so.
_BETWEEN: Final = ", "
_PEOPLE: Final[dict[str, str | Promise]] = {field.key: field.label for field in CUSTOMER_FIELDS}
_ORDERS: Final[dict[str, str | Promise]] = {field.key: field.label for field in ORDER_FIELDS}
# Of consents only what a person receives and whether they are followed: what is kept of their
# health or beliefs is in the ledger.
_SAID: Final = (Subject.EMAIL, Subject.SMS, Subject.TRACKING)


class TableResource(resources.ModelResource):
    """A resource whose columns are `columns()`, and whose rows are read a batch at a time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields = self.columns()

    def columns(self) -> dict[str, Column]:
        """The columns by key, in order, with headers in the reader's language."""
        raise NotImplementedError

    def headers(self, chosen: Sequence[str] = ()) -> list[str]:
        """The first line, for the chosen columns or all."""
        return [column.column_name for column in self._chosen(chosen)]

    def rows(self, found: QuerySet[Any], chosen: Sequence[str] = ()) -> Iterator[list[Any]]:
        """One list of typed values a row, in the order of records; nothing but a batch is held."""
        read = [column.export for column in self._chosen(chosen)]
        last = 0
        found = found.order_by("pk")
        while batch := list(found.filter(pk__gt=last)[:_BATCH]):
            last = batch[-1].pk
            for row in self.prepared(batch):
                yield [value(row) for value in read]

    def prepared(self, batch: list[Any]) -> Iterable[Any]:
        """The rows of a batch, with all their columns need already read."""
        return batch

    def _chosen(self, chosen: Sequence[str]) -> list[Column]:
        wanted = set(chosen) & self.fields.keys() or self.fields.keys()
        return [column for key, column in self.fields.items() if key in wanted]


class PeopleResource(TableResource):
    """A person's columns, then tags, consents and custom attributes."""

    class Meta:
        model = Customer
        fields = ()

    def columns(self) -> dict[str, Column]:
        self._states: dict[str, dict[int, str]] = {}
        names = {field.name for field in Customer._meta.get_fields()}
        own = {key: self._own(key) for key in _PEOPLE if key in names}
        said = {f"said_{subject.value}": self._said(subject) for subject in _SAID}
        known = CustomAttribute.objects.all()
        return own | said | {f"attr:{each.key}": custom(each) for each in known}

    def prepared(self, batch: list[Customer]) -> Iterable[Customer]:
        prefetch_related_objects(batch, "tags")
        ids = [person.pk for person in batch]
        self._states = {subject: said_states(ids, subject) for subject in _SAID}
        return batch

    def _own(self, key: str) -> Column:
        header = _PEOPLE[key]
        if key == "tags":
            return Column(header, lambda who: _BETWEEN.join(tag.name for tag in who.tags.all()))
        if key == "interests":
            return Column(header, lambda who: _BETWEEN.join(map(str, who.interests or [])))
        if key == "phone":
            return phone(header, key)
        choices = Customer._meta.get_field(key).choices  # type: ignore[union-attr]
        return label(header, key, _words(choices)) if choices else attribute(header, key)

    def _said(self, subject: Subject) -> Column:
        words = _words(ConsentState.choices) | {UNKNOWN: gettext("Unknown")}
        return Column(subject.label, lambda person: words[self._states[subject][person.pk]])


class OrdersResource(TableResource):
    """An order's lines, one a row; an order without any still has its row."""

    class Meta:
        model = Order
        fields = ()

    def columns(self) -> dict[str, Column]:
        status, channel = _words(Order.Status.choices), _words(Order.SalesChannel.choices)
        by_choice = {"status": status, "channel": channel}
        of_order = {
            key: label(_ORDERS[key], f"order__{key}", by_choice[key])
            if key in by_choice
            else attribute(_ORDERS[key], f"order__{key}")
            for key in ("number", "placed_at", "total", "discount", "status", "channel", "store")
        }
        return {
            "customer": attribute(_PEOPLE["external_id"], "order__customer__external_id"),
            "email": attribute(_PEOPLE["email"], "order__customer__email"),
            "name": attribute(_("Name"), "order__customer__display_name"),
            **of_order,
            "promo_code": attribute(_ORDERS["promo_code"], "order__promo_code"),
            "product": attribute(_ORDERS["product"], "product__name"),
            "reference": attribute(_("Product reference"), "product__reference"),
            "category": attribute(_ORDERS["category"], "product__category"),
            "brand": attribute(_ORDERS["brand"], "product__brand"),
            "quantity": attribute(_ORDERS["quantity"], "quantity"),
            "amount": attribute(_ORDERS["amount"], "amount"),
        }

    def prepared(self, batch: list[Order]) -> Iterator[OrderLine]:
        prefetch_related_objects(batch, "customer", "lines__product")
        for order in batch:
            lines = list(order.lines.all())
            for line in lines or [_no_line(order)]:
                line.order = order
                yield line


class LedgerResource(TableResource):
    """The consent ledger, record by record: who said what, when, where, in which words."""

    class Meta:
        model = ConsentRecord
        fields = ()

    def columns(self) -> dict[str, Column]:
        who = {
            "customer": attribute(_PEOPLE["external_id"], "customer__external_id"),
            "name": attribute(_("Name"), "customer__display_name"),
            "email": attribute(_PEOPLE["email"], "customer__email"),
            "phone": phone(_PEOPLE["phone"], "customer__phone"),
        }
        return who | {
            "subject": label(_("Subject"), "subject", _words(Subject.choices)),
            "attribute_key": attribute(_("Custom attribute"), "attribute_key"),
            "state": label(_("State"), "state", _words(ConsentState.choices)),
            "basis": label(_("Legal basis"), "basis", _words(LegalBasis.choices)),
            "occurred_at": attribute(_("Date"), "occurred_at"),
            "source": attribute(_("Source"), "source"),
            "wording": attribute(_("Exact wording"), "wording"),
            "proof": attribute(_("Proof"), "proof"),
            "recorded_by": Column(
                _("Recorded by"), lambda record: str(record.recorded_by or "") or None
            ),
            "recorded_at": attribute(pgettext_lazy("ledger", "Recorded on"), "recorded_at"),
        }

    def prepared(self, batch: list[ConsentRecord]) -> Iterable[ConsentRecord]:
        prefetch_related_objects(batch, "customer", "recorded_by")
        return batch


def _no_line(order: Order) -> OrderLine:
    line = OrderLine(order=order)
    line.quantity = line.amount = None  # type: ignore[assignment]
    return line


def _words(choices: Any) -> dict[Any, str]:
    return {value: str(words) for value, words in choices}
