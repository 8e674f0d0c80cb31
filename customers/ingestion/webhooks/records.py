"""A shop's own records and what they are here; what arrives out of order is left aside.

Invariant: a customer of a shop is who they were when first met, by the shop's own number, even
when their address changes; whoever was erased is never written to again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Installation
from customers.ingestion.consents import ConsentItem, apply_consents
from customers.ingestion.customers import CustomerItem, apply_customers, customer_fields
from customers.ingestion.events import apply_events, read_event
from customers.ingestion.items import Item, read_values
from customers.ingestion.orders import OrderItem, apply_orders, read_order
from customers.ingestion.whom import find, people_of_batch
from customers.models import Customer, Order, RightsRequest, ShopConnection, ShopRecord
from customers.rights.requests import write_down
from customers.spreadsheets.identities import identity_of

_KIND: Final = ShopRecord.Kind


@dataclass
class Done:
    """What a delivery came to: the items it wrote, and one word for it."""

    word: str
    items: list[Item] = field(default_factory=list)


IGNORED: Final = Done("ignored")
STALE: Final = Done("stale")
UNKNOWN: Final = Done("unknown person")


class Shop:
    """One connected shop, within the transaction of one delivery."""

    def __init__(self, connection: ShopConnection) -> None:
        self.connection = connection
        self.fields = customer_fields()

    def customer(
        self, remote_id: Any, told: dict[str, Any], changed_at: dt.datetime | None
    ) -> Done:
        """Create or update a customer of the shop; one without a number is nobody's record."""
        if not remote_id:
            return IGNORED
        record = self._record(_KIND.CUSTOMER, remote_id)
        if _is_stale(record, changed_at):
            return STALE
        item = self._customer_item(record, told)
        if not item.faults and item.values:
            apply_customers([item])
        if not item.faults and item.pk is not None:
            self._keep(record, changed_at, customer_id=item.pk)
        return Done("customer", [item])

    def order(
        self,
        remote_id: Any,
        told: dict[str, Any],
        buyer_id: Any,
        buyer: dict[str, Any],
        changed_at: dt.datetime | None,
    ) -> Done:
        """Create or update an order of the shop, and who bought where nobody knew them.

        `told` is an order as the API takes it, and the `currency` its amounts are in.
        """
        if not remote_id:
            return IGNORED
        record = self._record(_KIND.ORDER, remote_id)
        if _is_stale(record, changed_at):
            return STALE
        currency = told.pop("currency", None)
        item = read_order(0, told, self.fields)
        if self.is_foreign(currency):
            message = _("The amounts are in another currency than this installation's.")
            item.refuse("other_currency", message, "currency")
        who = self._record(_KIND.CUSTOMER, buyer_id) if buyer_id else None
        owner = self._buyer(item, record, who, buyer)
        if item.faults:
            return Done("order", [item])
        if record.order is not None:
            item.known_order = record.order
            item.values["number"] = record.order.number
        else:
            item.values["number"] = self._free_number(item, record, owner)
        apply_orders([item])
        if not item.faults:
            self._keep(record, changed_at, order_id=item.pk)
            if who is not None and who.customer is None:
                written = Order.objects.get(number=item.values["number"])
                self._keep(who, None, customer_id=written.customer_id)
        return Done("order", [item])

    def cancel(self, remote_id: Any) -> Done:
        """Cancel an order that the shop deleted: of those only the number is told.

        What the shop said of it before and arrives later does not bring it back.
        """
        known = self.known_order(remote_id)
        if known is None:
            return IGNORED
        now = timezone.now()
        # The shop's clock may be ahead of ours.
        at = max(now, self._record(_KIND.ORDER, remote_id).changed_at or now)
        told = {"number": known.number, "status": str(Order.Status.CANCELLED)}
        return self.order(remote_id, told, None, {}, at)

    def cart(
        self, remote_id: Any, told: dict[str, Any], buyer_id: Any, email: Any,
        changed_at: dt.datetime | None,
    ) -> Done:  # fmt: skip
        """Note what a known customer has in their cart; nobody is made for a cart."""
        if self.is_foreign(told.pop("currency", None)):
            told.pop("value", None)
        record = self._record(_KIND.CART, remote_id)
        if _is_stale(record, changed_at):
            return STALE
        number = f"cart-{self.connection.pk}-{remote_id}"[:80]
        item = read_event(0, told | {"name": "cart", "external_id": number})
        item.replaces = True
        person = self.known(buyer_id)
        if person is not None:
            item.customer_id = person.pk
        else:
            values = read_values(Item(0), {"email": email}, self.fields)
            item.who = identity_of({key: value for key, value in values.items() if value})
            if not item.who.email:
                return UNKNOWN
        apply_events([item])
        if any(fault.code == "unknown_customer" for fault in item.faults):
            return UNKNOWN
        if not item.faults:
            self._keep(record, changed_at)
        return Done("cart", [item])

    def consent(
        self, customer: Customer, channel: str, state: str, *, proof: str,
        occurred_at: dt.datetime | None,
    ) -> Item:  # fmt: skip
        """Append what the shop says a person said; a refusal is never turned back.

        Shops do not send the words that were agreed to: the record says where to find them.
        """
        values: dict[str, Any] = {
            "subject": channel,
            "state": state,
            "source": f"{self.connection.get_kind_display()}: {self.connection.name}"[:120],
            "wording": "",
            "proof": proof[:200],
        }
        if occurred_at is not None:
            values["occurred_at"] = min(occurred_at, timezone.now())
        return apply_consents([ConsentItem(1, values, customer=customer)])[0]

    def request(self, kind: str, remote_id: Any, told: dict[str, Any]) -> Done:
        """Note what a person asked the shop about their data, due within a month."""
        item = Item(0)
        person = self.meant(item, remote_id, told)
        if item.faults:
            return Done("request", [item])
        if person is None or person.erased_at is not None:
            return UNKNOWN
        open_ones = RightsRequest.objects.filter(
            customer=person, kind=kind, state=RightsRequest.State.OPEN
        )
        if not open_ones.exists():
            note = f"{self.connection.get_kind_display()}: {self.connection.name}"
            write_down(person, kind, received_on=timezone.localdate(), note=note, by=None)
        return Done("request")

    def meant(self, item: Item, remote_id: Any, told: dict[str, Any]) -> Customer | None:
        """The person a customer of the shop is, or would be by the addresses told of them.

        Several that it might be are a fault of the item: nothing is guessed.
        """
        known = self.known(remote_id)
        if known is not None:
            return known
        who = identity_of(read_soft(item, told, self.fields))
        people = people_of_batch()
        people.load([who])
        person = find(people, item, who, people.erased([who]))
        return person.customer if person is not None else None

    def is_foreign(self, currency: Any) -> bool:
        """Whether a currency, where one is told, is another than that of all amounts here."""
        return bool(currency) and str(currency).upper() != Installation.load().currency

    def known(self, remote_id: Any) -> Customer | None:
        """The person a customer of the shop is here, if one was met."""
        if not remote_id:
            return None
        return self._record(_KIND.CUSTOMER, remote_id).customer

    def known_order(self, remote_id: Any) -> Order | None:
        """The order one of the shop is here, if one was met."""
        return self._record(_KIND.ORDER, remote_id).order if remote_id else None

    def _record(self, kind: str, remote_id: Any) -> ShopRecord:
        key = str(remote_id)[:80]
        found = ShopRecord.objects.filter(
            connection=self.connection, kind=kind, remote_id=key
        ).select_related("customer", "order")
        return found.first() or ShopRecord(connection=self.connection, kind=kind, remote_id=key)

    def _keep(self, record: ShopRecord, changed_at: dt.datetime | None, **what: Any) -> None:
        for name, value in what.items():
            setattr(record, name, value)
        record.changed_at = changed_at or record.changed_at
        record.save()

    def _customer_item(self, record: ShopRecord, told: dict[str, Any]) -> CustomerItem:
        item = CustomerItem(0)
        item.values = read_soft(item, told, self.fields)
        known = record.customer
        if known is not None:
            if known.erased_at is not None:
                item.refuse("erased", _("This person asked to be erased."))
            item.known = known
        elif not (item.values.get("email") or item.values.get("phone")):
            item.refuse("no_identity", _("Say a customer number, an e-mail or a phone."))
        return item

    def _buyer(
        self, item: OrderItem, record: ShopRecord, who: ShopRecord | None, told: dict[str, Any]
    ) -> Customer | None:
        """Say in the item who bought; the person, where the shop's number is known."""
        known = record.order.customer if record.order is not None else None
        if known is None and who is not None:
            known = who.customer
        if known is not None:
            if known.erased_at is not None:
                item.refuse("erased", _("This person asked to be erased."))
            item.known_customer = known
            return known
        values = read_soft(item, told, self.fields)
        item.who = identity_of(values)
        if not (item.who.email or item.who.phone):
            item.refuse("no_identity", _("Say a customer number, an e-mail or a phone."))
        item.new_customer = {key: value for key, value in values.items() if key != "tags"}
        return None

    def _free_number(self, item: OrderItem, record: ShopRecord, owner: Customer | None) -> str:
        """The order's number, marked where another order already has it.

        By the shop's own number where it gave one to several orders, as PrestaShop does to those
        of a basket that is sent in parts; by the shop's mark where it is someone else's.
        """
        number = str(item.values["number"])
        taken = Order.objects.filter(number=number).select_related("customer").first()
        if taken is None:
            return number
        if ShopRecord.objects.filter(connection=self.connection, order=taken).exists():
            return f"{number[:40]}/{record.remote_id[:39]}"
        if owner is not None:
            same = taken.customer_id == owner.pk
        else:
            theirs = {taken.customer.email, taken.customer.phone} - {None}
            same = item.who is not None and not theirs.isdisjoint((item.who.email, item.who.phone))
        return number if same else f"{number[:70]}/{self.connection.key[:6]}"


def _is_stale(record: ShopRecord, changed_at: dt.datetime | None) -> bool:
    return bool(record.changed_at and changed_at and changed_at < record.changed_at)


def read_soft(item: Item, told: dict[str, Any], fields: Any) -> dict[str, Any]:
    """Clean what a shop says of a person, leaving out what cannot be read.

    The shop cannot mend it, and a phone with a letter in it must not lose an order.
    """
    kept: dict[str, Any] = {}
    # The country first: the rest is read by it.
    country = {"country": told["country"]} if told.get("country") else {}
    for key, value in told.items():
        if value not in (None, "", []):
            one = read_values(Item(item.index), country | {key: value}, fields)
            if one.get(key) is not None:
                kept[key] = one[key]
    return kept
