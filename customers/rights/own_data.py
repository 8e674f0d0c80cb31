"""What this app holds about a person, section by section, as they are told it.

Invariant: every model of this app with a key to a person has a section here; a test looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.templatetags import figures
from customers import attributes
from customers.addresses import readable_phone
from customers.code_names import COUNTRIES, LANGUAGES, name_of
from customers.consent import suppressions_of
from customers.models import (
    ConsentState,
    CustomAttribute,
    Customer,
    CustomerTag,
    ImportChange,
    NotDuplicates,
    OrderLine,
    ShopRecord,
)
from customers.rights.holdings import Row, Section
from customers.timeline import event_label

# Columns that are made from the others, or say nothing of the person.
_LEFT_OUT: Final = {
    "id", "email_hash", "phone_hash", "city_folded", "search_text", "name_key", "erased_at",
}  # fmt: skip
_DATES: Final = {
    "created_at": gettext_lazy("Added to the base"),
    "updated_at": gettext_lazy("Last changed"),
}
_FIELD: Final = pgettext_lazy("heading of a column", "What")
_VALUE: Final = gettext_lazy("Value")
_DATE: Final = gettext_lazy("Date")


def sections() -> Sequence[Section]:
    """The sections of this app, the identity first."""
    return (
        Section("identity", gettext_lazy("Who you are"), _IDENTITY, _identity, {"value": _decoded}),
        Section("attributes", gettext_lazy("What we keep besides"), _ATTRIBUTES, _attributes),
        Section("consents", gettext_lazy("What you agreed to"), _CONSENTS, _consents),
        Section("suppressions", gettext_lazy("Where we never write"), _SUPPRESSED, _suppressions),
        Section(
            "orders", gettext_lazy("Your orders"), _ORDERS, _orders, _money("total", "discount")
        ),
        Section("order_lines", gettext_lazy("What you bought"), _LINES, _lines, _money("amount")),
        Section("events", gettext_lazy("What you did"), _EVENTS, _events, _money("value")),
        Section("tags", gettext_lazy("Tags"), _TAGS, _tags),
        Section("notes", gettext_lazy("Notes of our team"), _NOTES, _notes),
        Section("signups", gettext_lazy("Forms you filled in"), _SIGNUPS, _signups),
        Section("imports", gettext_lazy("Files you came from"), _IMPORTS, _imports),
        Section("numbers", gettext_lazy("Your other numbers"), _NUMBERS, _numbers),
        Section("look_alikes", gettext_lazy("Told apart from others"), _ALIKE, _look_alikes),
        Section("requests", gettext_lazy("What you asked of us"), _REQUESTS, _requests),
    )


_IDENTITY: Final = {"field": _FIELD, "value": _VALUE}
_ATTRIBUTES: Final = {
    "key": gettext_lazy("Key"),
    "label": _FIELD,
    "value": _VALUE,
    "purpose": gettext_lazy("Why it is kept"),
    "sensitive": gettext_lazy("Sensitive data"),
}
_CONSENTS: Final = {
    "subject": gettext_lazy("About"),
    "attribute": gettext_lazy("Information"),
    "state": gettext_lazy("Consent"),
    "basis": gettext_lazy("Legal basis"),
    "occurred_at": _DATE,
    "source": gettext_lazy("Source"),
    "wording": gettext_lazy("Exact words"),
    "proof": gettext_lazy("Proof"),
}
_SUPPRESSED: Final = {
    "channel": gettext_lazy("Channel"),
    "reason": gettext_lazy("Reason"),
    "since": gettext_lazy("Since"),
}
_ORDERS: Final = {
    "number": gettext_lazy("Order number"),
    "placed_at": _DATE,
    "total": gettext_lazy("Total"),
    "discount": gettext_lazy("Discount"),
    "status": gettext_lazy("Status"),
    "channel": gettext_lazy("Sales channel"),
    "store": gettext_lazy("Shop"),
    "promo_code": gettext_lazy("Promotion code"),
}
_LINES: Final = {
    "order": pgettext_lazy("purchase", "Order"),
    "product": gettext_lazy("Product"),
    "category": gettext_lazy("Category"),
    "quantity": gettext_lazy("Quantity"),
    "amount": gettext_lazy("Amount"),
}
_EVENTS: Final = {
    "label": _FIELD,
    "occurred_at": _DATE,
    "product": gettext_lazy("Product"),
    "category": gettext_lazy("Category"),
    "page": gettext_lazy("Page"),
    "value": gettext_lazy("Amount"),
    "properties": gettext_lazy("Details"),
    "external_id": gettext_lazy("Number of the event"),
}
_TAGS: Final = {"tag": gettext_lazy("Tag"), "added_at": gettext_lazy("Since")}
_NOTES: Final = {"kind": _FIELD, "occurred_at": _DATE, "text": gettext_lazy("Text")}
_SIGNUPS: Final = {
    "form": gettext_lazy("Form"),
    "created_at": _DATE,
    "state": gettext_lazy("State"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "answers": gettext_lazy("Answers"),
    "shown": gettext_lazy("Words you agreed to"),
    "source_page": gettext_lazy("Page"),
}
_IMPORTS: Final = {
    "file": gettext_lazy("File"),
    "imported_at": _DATE,
    "created": gettext_lazy("Your record was created by it"),
    "before": gettext_lazy("Before"),
    "after": gettext_lazy("After"),
}
_NUMBERS: Final = {
    "number": gettext_lazy("Customer number"),
    "from": gettext_lazy("Where from"),
    "since": gettext_lazy("Since"),
}
_ALIKE: Final = {"said_at": _DATE}
_REQUESTS: Final = {
    "request": gettext_lazy("Request"),
    "received_at": gettext_lazy("Received on"),
    "state": gettext_lazy("State"),
    "closed_at": gettext_lazy("Closed on"),
    "note": gettext_lazy("Note"),
}


def _money(*columns: str) -> dict[str, Callable[[Row], str]]:
    """How these columns, which hold amounts, are written for people."""

    def shown(column: str, row: Row) -> str:
        return "" if row[column] is None else figures.money(row[column])

    return {column: partial(shown, column) for column in columns}


def _decoded(row: Row) -> Any:
    """What a field of the person holds, countries and languages by their names."""
    names = {"country": COUNTRIES, "language": LANGUAGES}.get(row["key"])
    return name_of(names, row["value"]) if names else row["value"]


def _identity(person: Customer) -> Iterator[Row]:
    for field in Customer._meta.concrete_fields:
        if field.name in _LEFT_OUT or field.name == "attributes":
            continue
        value = getattr(person, field.attname)
        if value in (None, "", []):
            continue
        if field.choices:
            value = str(dict(field.flatchoices).get(value, value))
        if field.name == "phone":
            value = readable_phone(value)
        label = str(_DATES.get(field.name) or field.verbose_name)
        yield {"key": field.name, "field": label.capitalize(), "value": value}


def _attributes(person: Customer) -> Iterator[Row]:
    known = {each.key: each for each in CustomAttribute.objects.all()}
    for key, value in sorted(person.attributes.items()):
        each = known.get(key)
        yield {
            "key": key,
            "label": each.label if each else key,
            "value": attributes.shown(each, value) if each else value,
            "purpose": each.purpose if each else "",
            "sensitive": each.get_sensitive_display() if each else "",
        }


def _consents(person: Customer) -> Iterator[Row]:
    for row in person.consents.order_by("occurred_at", "id").iterator(500):
        yield {
            "subject": row.get_subject_display(),
            "attribute": row.attribute_key,
            "state": row.get_state_display(),
            "basis": row.get_basis_display() if row.state == ConsentState.GIVEN else "",
            "occurred_at": row.occurred_at,
            "source": row.source,
            "wording": row.wording,
            "proof": row.proof,
        }


def _suppressions(person: Customer) -> Iterator[Row]:
    for row in suppressions_of(person).values():
        yield {
            "channel": row.get_channel_display(),
            "reason": row.get_reason_display(),
            "since": row.created_at,
        }


def _orders(person: Customer) -> Iterator[Row]:
    for row in person.orders.order_by("placed_at", "id").iterator(500):
        yield {
            "number": str(row),
            "placed_at": row.placed_at,
            "total": row.total,
            "discount": row.discount,
            "status": row.get_status_display(),
            "channel": row.get_channel_display(),
            "store": row.store,
            "promo_code": row.promo_code,
        }


def _lines(person: Customer) -> Iterator[Row]:
    rows = OrderLine.objects.filter(order__customer=person).select_related("order", "product")
    for row in rows.order_by("order__placed_at", "order_id", "id").iterator(500):
        yield {
            "order": str(row.order),
            "product": row.product.name if row.product else "",
            "category": row.product.category if row.product else "",
            "quantity": row.quantity.normalize(),
            "amount": row.amount,
        }


def _events(person: Customer) -> Iterator[Row]:
    for row in person.events.select_related("product").order_by("occurred_at", "id").iterator(500):
        yield {
            "name": row.name,
            "label": event_label(row.name),
            "occurred_at": row.occurred_at,
            "product": row.product.name if row.product else "",
            "category": row.category,
            "page": row.page,
            "value": row.value,
            "properties": row.properties or "",
            "external_id": row.external_id or "",
        }


def _tags(person: Customer) -> Iterator[Row]:
    for row in CustomerTag.objects.filter(customer=person).select_related("tag").order_by("id"):
        yield {"tag": row.tag.name, "added_at": row.added_at}


def _notes(person: Customer) -> Iterator[Row]:
    for row in person.notes.order_by("occurred_at", "id").iterator(500):
        yield {"kind": row.get_kind_display(), "occurred_at": row.occurred_at, "text": row.text}


def _signups(person: Customer) -> Iterator[Row]:
    for row in person.signups.select_related("form").order_by("created_at", "id").iterator(500):
        yield {
            "form": row.form.name,
            "created_at": row.created_at,
            "state": row.get_state_display(),
            "email": row.email or "",
            "phone": readable_phone(row.phone),
            "answers": row.answers or "",
            "shown": row.shown or "",
            "source_page": row.source_page,
        }


def _imports(person: Customer) -> Iterator[Row]:
    noted = ImportChange.objects.filter(
        record=ImportChange.Record.CUSTOMER, record_id=person.pk
    ).select_related("job")
    for row in noted.order_by("pk").iterator(500):
        yield {
            "file": row.job.file_name,
            "imported_at": row.job.created_at,
            "created": _("Yes") if row.created else _("No"),
            "before": row.before or "",
            "after": row.after or "",
        }


def _numbers(person: Customer) -> Iterator[Row]:
    for row in person.former_numbers.order_by("pk"):
        yield {
            "number": row.external_id,
            "from": _("A record that was merged"),
            "since": row.merged_at,
        }
    shops = ShopRecord.objects.filter(customer=person).select_related("connection")
    for each in shops.order_by("pk"):
        yield {"number": each.remote_id, "from": each.connection.name, "since": each.changed_at}


def _look_alikes(person: Customer) -> Iterator[Row]:
    """Only that there was one: the other person is nobody's business."""
    found = NotDuplicates.objects.filter(first=person) | NotDuplicates.objects.filter(second=person)
    for row in found.order_by("pk"):
        yield {"said_at": row.said_at}


def _requests(person: Customer) -> Iterator[Row]:
    for row in person.requests.order_by("received_at", "id"):
        yield {
            "request": row.get_kind_display(),
            "received_at": row.received_at,
            "state": row.get_state_display(),
            "closed_at": row.closed_at,
            "note": row.note,
        }
