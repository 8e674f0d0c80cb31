"""WooCommerce's webhooks: the REST API's customers and orders, as of its version 3.

A draft of the checkout is a cart. An account deleted in the shop is no request to be erased.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from customers.ingestion.webhooks.payload import amount, first_of, instant, object_of, objects_of
from customers.ingestion.webhooks.records import IGNORED, Done, Shop
from customers.models import Order

_STATUS: Final = {
    "completed": Order.Status.PAID,
    "processing": Order.Status.PAID,
    "refunded": Order.Status.REFUNDED,
    "cancelled": Order.Status.CANCELLED,
    "failed": Order.Status.CANCELLED,
    "trash": Order.Status.CANCELLED,
}
_DRAFT: Final = "checkout-draft"


def understand(shop: Shop, topic: str, told: dict[str, Any]) -> Done:
    """Write what a delivery says, by its topic; unknown topics are left aside."""
    match topic:
        case "customer.created" | "customer.updated":
            changed = instant(told.get("date_modified_gmt"), utc=True)
            return shop.customer(told.get("id"), _person(told), changed)
        case "order.created" | "order.updated" | "order.restored":
            return _order(shop, told)
        case "order.deleted":
            return shop.cancel(told.get("id"))
    return IGNORED


def _order(shop: Shop, told: dict[str, Any]) -> Done:
    changed = instant(told.get("date_modified_gmt"), utc=True)
    billing = object_of(told.get("billing"))
    buyer_id = told.get("customer_id") or None
    if told.get("status") == _DRAFT:
        cart = _cart(told, changed.isoformat() if changed else None)
        return shop.cart(told.get("id"), cart, buyer_id, billing.get("email"), changed)
    refunded = sum(
        (amount(each.get("total")) for each in objects_of(told.get("refunds"))), Decimal(0)
    )
    placed = instant(told.get("date_created_gmt"), utc=True)
    order = {
        "number": str(told.get("number") or told.get("id") or ""),
        "placed_at": placed.isoformat() if placed else None,
        "status": str(_STATUS.get(str(told.get("status")), Order.Status.PENDING)),
        # Refunds are told as amounts below zero.
        "total": str(max(amount(told.get("total")) + refunded, Decimal(0))),
        "discount": str(amount(told.get("discount_total")) + amount(told.get("discount_tax"))),
        "channel": "web",
        "currency": told.get("currency"),
        "promo_code": first_of(told.get("coupon_lines"), "code"),
        "lines": [_line(each) for each in objects_of(told.get("line_items"))],
    }
    return shop.order(told.get("id"), order, buyer_id, _person(told | {"email": None}), changed)


def _person(told: dict[str, Any]) -> dict[str, Any]:
    """A customer's own fields, or those of an order's billing address."""
    billing = object_of(told.get("billing"))
    street = (str(billing.get(key) or "").strip() for key in ("address_1", "address_2"))
    return {
        "email": told.get("email") or billing.get("email"),
        "phone": billing.get("phone"),
        "first_name": told.get("first_name") or billing.get("first_name"),
        "last_name": told.get("last_name") or billing.get("last_name"),
        "address": ", ".join(filter(None, street))[:200],
        "postal_code": billing.get("postcode"),
        "city": billing.get("city"),
        "country": billing.get("country"),
    }


def _line(told: dict[str, Any]) -> dict[str, Any]:
    line: dict[str, Any] = {
        "product": str(told.get("name") or "")[:160],
        "quantity": told.get("quantity") or 1,
        "amount": str(amount(told.get("total")) + amount(told.get("total_tax"))),
    }
    if told.get("sku"):
        line["reference"] = str(told["sku"])[:80]
    return line


def _cart(told: dict[str, Any], at: str | None) -> dict[str, Any]:
    lines = objects_of(told.get("line_items"))
    cart: dict[str, Any] = {
        "value": str(amount(told.get("total"))),
        "currency": told.get("currency"),
    }
    if at:
        cart["occurred_at"] = at
    if lines:
        cart |= {key: value for key, value in _line(lines[0]).items()
                 if key in ("product", "reference")}  # fmt: skip
    return cart
