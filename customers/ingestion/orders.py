"""Orders sent by another program, by their number: made, or brought to what is said of them.

The lines that are sent are all the lines the order has; where none are sent they stay. People
and products that nobody knew are made. An order never moves to another person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes.numbers import LARGEST_MONEY
from customers.ingestion.items import Item, field_of, only, read_values, require
from customers.ingestion.products import Products, named
from customers.ingestion.whom import find, people_of_batch, read_who
from customers.models import Customer, Order, OrderLine
from customers.spreadsheets.fields import ORDER_FIELDS, Field, fields_of
from customers.spreadsheets.identities import Identity
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.people import Person

MOST_LINES: Final = 500
_KNOWN: Final = {each.key: each for each in ORDER_FIELDS}
HEAD: Final = only(
    _KNOWN, "number", "placed_at", "total", "discount", "status", "channel", "store", "promo_code"
)
LINE: Final = only(_KNOWN, "product", "category", "brand", "quantity", "amount") | {
    "reference": field_of("reference", _("Reference"), "identifier", 80),
    "price": field_of("price", _("Price"), "money"),
}
_ZERO: Final = Decimal(0)
_OTHERS: Final = _("This order number belongs to another customer.")
_UNSAID: Final = {"discount": _ZERO, "status": Order.Status.PAID}
Bought = tuple[int | None, Decimal, Decimal]


@dataclass(eq=False)
class OrderItem(Item):
    """An order as it was sent; `lines` is None where it says nothing of them."""

    who: Identity | None = None
    lines: list[dict[str, Any]] | None = None
    # Set by a connected shop, which knows its own records.
    known_order: Order | None = None
    known_customer: Customer | None = None
    new_customer: dict[str, Any] = field(default_factory=dict)


def write_orders(raw: Sequence[Any]) -> list[Item]:
    """Write these orders; must run inside a transaction."""
    fields = fields_of("customers")
    return apply_orders([read_order(index, each, fields) for index, each in enumerate(raw)])


def read_order(index: int, raw: Any, fields: dict[str, Field]) -> OrderItem:
    """Clean an order; its faults are noted in the item."""
    item = OrderItem(index)
    item.values = read_values(item, raw, HEAD, besides=("customer", "lines"))
    if not isinstance(raw, dict):
        return item
    require(item, item.values, "number")
    if raw.get("customer") is not None:
        item.who = read_who(item, raw["customer"], fields, "customer")
    told = raw.get("lines")
    if told is not None:
        item.lines = _read_lines(item, told)
    total = item.values.get("total")
    if total is None and item.lines:
        total = sum((line.get("amount") or _ZERO for line in item.lines), _ZERO)
        if total >= LARGEST_MONEY:
            item.refuse("number_too_large", _("These amounts are too large together."), "lines")
    elif (total or _ZERO) < 0:
        message = _("An order's total is never below zero; a refund is an order's status.")
        item.refuse("negative_total", message, "total")
    return item


def _read_lines(item: OrderItem, told: Any) -> list[dict[str, Any]]:
    if not isinstance(told, list) or len(told) > MOST_LINES:
        item.refuse("wrong_type", _("This must be a list of at most 500 lines."), "lines")
        return []
    lines = []
    for place, each in enumerate(told):
        at = f"lines[{place}]"
        values = read_values(item, each, LINE, at=at)
        if isinstance(each, dict):
            require(item, values, "amount", at=at)
        lines.append(values)
    return lines


def apply_orders(items: list[OrderItem]) -> list[Item]:
    """Write items already read; must run inside a transaction."""
    numbers = {item.values.get("number") for item in items if not item.faults}
    known = {order.number: order for order in Order.objects.filter(number__in=numbers)}
    known |= {each.known_order.number: each.known_order for each in items if each.known_order}
    _place(items, known)
    sound = [item for item in items if not item.faults]
    products = Products()
    products.load([named(line) for item in sound for line in item.lines or ()])
    bought = _bought(known.values(), sound)
    changed: dict[int, Order] = {}
    rewritten: dict[str | None, list[Bought]] = {}
    for item in sound:
        order = known[item.values["number"]]
        lines = None if item.lines is None else [_line(each, products) for each in item.lines]
        if _describe(order, item, lines) or item.status == "created":
            changed[id(order)] = order
            item.status = item.status or "updated"
        if lines is not None and lines != bought[order.number]:
            rewritten[order.number] = bought[order.number] = lines
            item.status = item.status or "updated"
        item.status = item.status or "unchanged"
    _save(list(changed.values()))
    _rewrite({known[number].pk: lines for number, lines in rewritten.items()})
    for item in sound:
        item.pk = known[item.values["number"]].pk
    return list(items)


def _place(items: list[OrderItem], known: dict[str | None, Order]) -> None:
    """Whose each order is; who is unknown is made, consent unknown."""
    people = people_of_batch()
    everyone = [item.who for item in items if item.who is not None and not item.faults]
    people.load(everyone)
    erased = people.erased(everyone)
    owners: list[tuple[OrderItem, Person]] = []
    making: dict[str, OrderItem] = {}
    for item in items:
        if item.faults:
            continue
        order = known.get(item.values["number"]) or None
        first = making.get(item.values["number"])
        if order is None and first is None:
            _check_new(item)
        person = find(people, item, item.who, erased) if item.who is not None else None
        if item.faults:
            continue
        if person is None and item.who is not None:
            if order is not None or first is not None:
                item.refuse("other_customer", _OTHERS, "number")
                continue
            person = people.add(_unknown(item, item.who))
        if order is None and first is None:
            making[item.values["number"]] = item
        if person is not None:
            owners.append((item, person))
    people.settle()
    owner = {id(item): item.known_customer or person.customer for item, person in owners}
    for item in items:
        if item.faults:
            continue
        number = item.values["number"]
        who = item.known_customer or owner.get(id(item))
        if number not in known and who is not None:
            known[number] = Order(number=number, customer=who)
            item.status = "created"
        elif who is not None and known[number].customer_id != who.pk:
            item.refuse("other_customer", _OTHERS, "number")


def _check_new(item: OrderItem) -> None:
    """Note what a new order cannot do without."""
    require(item, item.values, "placed_at")
    if item.who is None and item.known_customer is None:
        item.refuse("required", _("This is required."), "customer")
    if item.values.get("total") is None and not item.lines:
        item.refuse("required", _("Say the total, or send the lines."), "total")


def _unknown(item: OrderItem, who: Identity) -> Customer:
    told = {key: value for key, value in who._asdict().items() if value} | item.new_customer
    return Customer(**told)


def _bought(orders: Any, items: Sequence[OrderItem]) -> defaultdict[str | None, list[Bought]]:
    """The lines each order has: one query, and none where no lines were sent."""
    found: defaultdict[str | None, list[Bought]] = defaultdict(list)
    ids = {order.pk: order.number for order in orders if order.pk is not None}
    if not ids or all(item.lines is None for item in items):
        return found
    rows = OrderLine.objects.filter(order__in=ids).order_by("id")
    told = rows.values_list("order_id", "product_id", "quantity", "amount")
    for pk, product, quantity, amount in told:
        found[ids[pk]].append((product, quantity, amount))
    return found


def _line(values: dict[str, Any], products: Products) -> Bought:
    product = products.get(named(values))
    quantity = values.get("quantity")
    return (product.pk if product else None, Decimal(1) if quantity is None else quantity,
            values["amount"])  # fmt: skip


def _describe(order: Order, item: OrderItem, lines: list[Bought] | None) -> bool:
    """Bring an order's own fields to what is said; whether anything changes."""
    told = {
        key: _UNSAID.get(key, "") if value is None else value
        for key, value in item.values.items()
        if key != "number" and not (value is None and key in ("total", "placed_at"))
    }
    if "total" not in told and lines is not None:
        told["total"] = max(sum((amount for _p, _q, amount in lines), _ZERO), _ZERO)
    changed = False
    for key, value in told.items():
        if getattr(order, key) != value:
            setattr(order, key, value)
            changed = True
    return changed


def _save(changed: list[Order]) -> None:
    known = [order for order in changed if order.pk is not None]
    insert([order for order in changed if order.pk is None])
    if known:
        names = [key for key in HEAD if key != "number"]
        Order.objects.bulk_create(
            known, update_conflicts=True, unique_fields=["id"], update_fields=names
        )


def _rewrite(lines: dict[int, list[Bought]]) -> None:
    """Give each order, by its id, these lines in place of those it had."""
    if not lines:
        return
    OrderLine.objects.filter(order__in=lines).delete()
    insert(
        [
            OrderLine(order_id=pk, product_id=product, quantity=quantity, amount=amount)
            for pk, bought in lines.items()
            for product, quantity, amount in bought
        ]
    )
