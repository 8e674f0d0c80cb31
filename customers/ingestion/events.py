"""Events sent by another program: what known people did, once each by external id.

Nobody is made for an event: who is unknown has nothing to be followed by. A page is kept as its
path, without the query, where people's addresses and tokens travel.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.ingestion.items import Item, field_of, read_values, require
from customers.ingestion.products import Named, Products, named
from customers.ingestion.whom import find, people_of_batch, read_who
from customers.models import Event
from customers.spreadsheets.fields import Field, fields_of
from customers.spreadsheets.identities import Identity
from customers.spreadsheets.inserting import insert

EVENT: Final = {
    "external_id": field_of("external_id", _("Number of the event"), "identifier", 80),
    "name": field_of("name", _("Name"), "text", 60),
    "occurred_at": field_of("occurred_at", _("Date"), "instant"),
    "reference": field_of("reference", _("Reference of the product"), "identifier", 80),
    "product": field_of("product", _("Product"), "text", 160),
    "category": field_of("category", _("Category"), "text", 80),
    "page": field_of("page", _("Page"), "text", 2000),
    "value": field_of("value", _("Value"), "money"),
}
_LONGEST_PROPERTIES: Final = 4000
_KEPT: Final = ("name", "occurred_at", "category", "page", "value", "properties")


@dataclass(eq=False)
class EventItem(Item):
    """An event as it was sent."""

    who: Identity | None = None
    # Set where who did it is known otherwise than by an address.
    customer_id: int | None = None
    # Whether what comes again under the same number says what is true now.
    replaces: bool = False


def write_events(raw: Sequence[Any]) -> list[Item]:
    """Write these events; must run inside a transaction."""
    fields = fields_of("customers")
    return apply_events([_read(index, each, fields) for index, each in enumerate(raw)])


def _read(index: int, raw: Any, fields: dict[str, Field]) -> EventItem:
    item = read_event(index, raw)
    if isinstance(raw, dict):
        item.who = read_who(item, raw.get("customer") or {}, fields, "customer")
    return item


def read_event(index: int, raw: Any) -> EventItem:
    """Clean an event but for who did it; its faults are noted in the item."""
    item = EventItem(index)
    read = read_values(item, raw, EVENT, besides=("customer", "properties"))
    item.values = values = {key: value for key, value in read.items() if value is not None}
    if not isinstance(raw, dict):
        return item
    require(item, values, "name")
    values.setdefault("occurred_at", timezone.now())
    values["page"] = page_path(values.get("page", ""))
    values["properties"] = _properties(item, raw.get("properties"))
    return item


def page_path(address: str) -> str:
    """The path of a page's address, without host, query or fragment."""
    try:
        return urlsplit(address).path[:200]
    except ValueError:
        return ""


def _properties(item: Item, told: Any) -> dict[str, Any]:
    if told is None:
        return {}
    flat = isinstance(told, dict) and all(
        isinstance(value, str | int | float | bool | None) for value in told.values()
    )
    # A number too large for a double, 1e400, is read as infinite.
    flat = flat and not any(isinstance(v, float) and not math.isfinite(v) for v in told.values())
    text = json.dumps(told, ensure_ascii=False)
    # Neither database keeps these two.
    odd = "\\u0000" in text or any("\ud800" <= letter <= "\udfff" for letter in text)
    if not flat or odd or len(text) > _LONGEST_PROPERTIES:
        message = _("This must be a flat object of at most 4,000 characters.")
        item.refuse("wrong_type", message, "properties")
        return {}
    return dict(told)


def apply_events(items: list[EventItem]) -> list[Item]:
    """Write items already read; must run inside a transaction."""
    _find_who(items)
    sound = [item for item in items if not item.faults]
    products = Products()
    products.load([_named(item) for item in sound])
    numbers = {each.values["external_id"] for each in sound if "external_id" in each.values}
    known = {event.external_id: event for event in Event.objects.filter(external_id__in=numbers)}
    new: list[Event] = []
    changed: dict[int, Event] = {}
    placed: list[tuple[EventItem, Event]] = []
    for item in sound:
        number = item.values.get("external_id")
        event = known.get(number) if number else None
        if event is None:
            assert item.customer_id is not None
            event = Event(external_id=number, customer_id=item.customer_id)
            _describe(event, item, products)
            new.append(event)
            item.status = "created"
            if number:
                known[number] = event
        elif event.customer_id != item.customer_id:
            message = _("The event of this number belongs to another customer.")
            item.refuse("other_customer", message, "external_id")
            continue
        elif item.replaces and _describe(event, item, products):
            item.status = "updated"
            if event.pk is not None:
                changed[event.pk] = event
        else:
            item.status = "unchanged"
        placed.append((item, event))
    insert(new)
    if changed:
        Event.objects.bulk_update(changed.values(), [*_KEPT, "product"])
    for item, event in placed:
        item.pk = event.pk
    return list(items)


def _find_who(items: list[EventItem]) -> None:
    people = people_of_batch()
    asked = [item for item in items if not item.faults and item.customer_id is None]
    everyone = [item.who for item in asked if item.who is not None]
    people.load(everyone)
    erased = people.erased(everyone)
    for item in asked:
        person = find(people, item, item.who or Identity(), erased)
        if person is not None:
            item.customer_id = person.customer.pk
        elif not item.faults:
            message = _("Nobody is known by this; send the customer first.")
            item.refuse("unknown_customer", message, "customer")


def _named(item: EventItem) -> Named:
    """The product; the category of a page without one is the event's own."""
    told = named(item.values)
    return told if told.reference or told.name else Named()


def _describe(event: Event, item: EventItem, products: Products) -> bool:
    product = products.get(_named(item))
    told: dict[str, Any] = {key: item.values[key] for key in _KEPT if key in item.values}
    told["product_id"] = product.pk if product else None
    if not told.get("category") and product is not None:
        told["category"] = product.category
    changed = False
    for key, value in told.items():
        if getattr(event, key) != value:
            setattr(event, key, value)
            changed = True
    return changed
