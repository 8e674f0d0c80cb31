"""A person's life with the shop: what every source knows, latest first, a page at a time.

A page ends anywhere, also between two entries of one instant: the mark from which the next one
goes on is that instant and how many of its entries were shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from customers import extensions, ledger
from customers.extensions import TimelineEntry, TimelineSource
from customers.models import (
    ConsentState,
    CustomAttribute,
    Customer,
    CustomerTag,
    LegalBasis,
    Note,
    Order,
)

PAGE: Final = 20


@dataclass(frozen=True)
class Mark:
    """Where a page ended: go on at `at`, leaving out the first `shown` entries of it."""

    at: dt.datetime
    shown: int

    def __str__(self) -> str:
        return f"{self.at.timestamp():.6f}-{self.shown}"

    @classmethod
    def parse(cls, text: str) -> Mark | None:
        """Read a mark from an address; None where it is not one."""
        at, _dash, shown = text.partition("-")
        try:
            return cls(dt.datetime.fromtimestamp(float(at), dt.UTC), min(int(shown), 10_000))
        except (ValueError, OverflowError, OSError):
            return None


def entries(
    customer: Customer, mark: Mark | None = None, size: int = PAGE
) -> tuple[list[TimelineEntry], Mark | None]:
    """A page of entries and the mark of the next page, None at the end."""
    now = timezone.now() + dt.timedelta(days=3650)
    mark = mark or Mark(now, 0)
    wanted = mark.shown + size + 1
    gathered: list[TimelineEntry] = []
    for source in (*_OWN, *extensions.timeline_sources()):
        gathered.extend(islice(source.entries(customer, mark.at, wanted), wanted))
    gathered.sort(key=lambda entry: entry.at, reverse=True)
    page = gathered[mark.shown : mark.shown + size]
    if len(gathered) <= mark.shown + size or not page:
        return page, None
    last = page[-1].at
    shown = sum(entry.at == last for entry in page)
    if last == mark.at:
        shown += mark.shown
    return page, Mark(last, shown)


def _orders(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    orders = customer.orders.filter(placed_at__lte=until).prefetch_related("lines__product")
    for order in orders.order_by("-placed_at", "-id")[:limit]:
        names = [line.product.name for line in order.lines.all() if line.product]
        title = gettext("Order %(number)s") % {"number": order}
        if order.status != Order.Status.PAID:
            title = gettext("Order %(number)s, %(status)s") % {
                "number": order,
                "status": order.get_status_display().lower(),
            }
        yield TimelineEntry(
            at=order.placed_at,
            title=title,
            detail=", ".join(names[:3]) + (" …" if len(names) > 3 else ""),
            icon="shopping-bag",
            amount=order.total,
        )


def _events(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    events = customer.events.filter(occurred_at__lte=until).select_related("product")
    for event in events.order_by("-occurred_at", "-id")[:limit]:
        about = [event.product.name if event.product else "", event.category, event.page]
        yield TimelineEntry(
            at=event.occurred_at,
            title=event_label(event.name),
            detail=" · ".join(part for part in about if part),
            icon=_EVENT_ICONS.get(event.name, "click"),
            amount=event.value,
        )


def _consents(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    records = customer.consents.filter(occurred_at__lte=until)
    labels = dict(CustomAttribute.objects.exclude(sensitive="").values_list("key", "label"))
    for record in records.order_by("-occurred_at", "-id")[:limit]:
        form, icon, tone = {
            ConsentState.GIVEN.value: (gettext("Consent given: %(what)s"), "shield-check", ""),
            ConsentState.WITHDRAWN.value: (gettext("Withdrawn: %(what)s"), "ban", "bad"),
        }.get(record.state, (gettext("Consent taken back: %(what)s"), "arrow-back-up", ""))
        if record.basis == LegalBasis.EXISTING_CUSTOMER and record.state == ConsentState.GIVEN:
            form = gettext("Existing customer, may be written to: %(what)s")
        yield TimelineEntry(
            at=record.occurred_at,
            title=form % {"what": ledger.about(record, labels)},
            detail=record.source,
            icon=icon,
            tone=tone,
        )


def _notes(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    kept = customer.notes.filter(occurred_at__lte=until).select_related("author")
    for note in kept.order_by("-occurred_at", "-id")[:limit]:
        title = str(note.get_kind_display())
        if note.author is not None:
            told = {"what": title, "who": note.author}
            title = gettext("%(what)s, by %(who)s") % told
        yield TimelineEntry(
            at=note.occurred_at,
            title=title,
            detail=note.text,
            icon=_NOTE_ICONS[note.kind],
            url=reverse("customers:note", args=[note.pk]),
        )


def _tags(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    rows = CustomerTag.objects.filter(customer=customer, added_at__lte=until)
    for row in rows.select_related("tag").order_by("-added_at", "-id")[:limit]:
        title = gettext("Tagged “%(tag)s”") % {"tag": row.tag.name}
        yield TimelineEntry(at=row.added_at, title=title, icon="tag")


def _record(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    if customer.created_at <= until:
        yield TimelineEntry(
            at=customer.created_at, title=gettext("Added to the base"), icon="database"
        )
    if customer.signed_up_at and customer.signed_up_at <= until:
        yield TimelineEntry(
            at=customer.signed_up_at,
            title=gettext("Signed up"),
            detail=customer.acquisition_source,
            icon="user-plus",
        )


_OWN: Final = (
    TimelineSource("orders", _orders),
    TimelineSource("events", _events),
    TimelineSource("consents", _consents),
    TimelineSource("notes", _notes),
    TimelineSource("tags", _tags),
    TimelineSource("record", _record),
)
_NOTE_ICONS: Final[dict[str, str]] = {
    Note.Kind.NOTE: "pencil",
    Note.Kind.CALL: "phone",
    Note.Kind.VISIT: "building-store",
    Note.Kind.MESSAGE: "message",
}
_EVENT_ICONS: Final = {
    "page_view": "eye",
    "product_view": "eye",
    "cart": "shopping-cart",
    "add_to_cart": "shopping-cart",
    "cart_abandoned": "shopping-cart",
    "store_visit": "building-store",
}


EVENT_LABELS = {
    "page_view": gettext_lazy("Page viewed"),
    "product_view": gettext_lazy("Product viewed"),
    "cart": gettext_lazy("Filled a cart"),
    "add_to_cart": gettext_lazy("Added to the cart"),
    "cart_abandoned": gettext_lazy("Cart abandoned"),
    "store_visit": gettext_lazy("Visited a shop"),
}


def event_label(name: str) -> str:
    """An event's name as people say it; one the shop made up is shown as it is."""
    known = EVENT_LABELS.get(name)
    return str(known) if known else name.replace("_", " ").capitalize()
