"""Shopify's webhooks: customers and their consents, orders, refunds, checkouts, privacy.

Orders made to try a shop out are left aside, and so are carts, which name nobody: a checkout
does. What a person asks of Shopify about their data is noted as a request, for a member to do.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from accounts import audit
from customers.ingestion.items import Item
from customers.ingestion.webhooks.payload import amount, first_of, instant, object_of, objects_of
from customers.ingestion.webhooks.records import IGNORED, UNKNOWN, Done, Shop
from customers.models import Channel, ConsentState, Customer, Order, RightsRequest, ShopRecord

_STATUS: Final = {
    "paid": Order.Status.PAID,
    "partially_refunded": Order.Status.PAID,
    "refunded": Order.Status.REFUNDED,
    "voided": Order.Status.CANCELLED,
}
_CONSENT: Final = {"subscribed": ConsentState.GIVEN, "unsubscribed": ConsentState.WITHDRAWN}


def understand(shop: Shop, topic: str, told: dict[str, Any]) -> Done:
    """Write what a delivery says, by its topic; unknown topics are left aside."""
    match topic:
        case "customers/create" | "customers/update" | "customers/enable" | "customers/disable":
            return _customer(shop, told)
        case "customers_email_marketing_consent/update" | "customers_marketing_consent/update":
            # An unsubscription counts, even of someone met elsewhere.
            addresses = {"email": told.get("email_address"), "phone": told.get("phone")}
            item = Item(0)
            person = shop.meant(item, told.get("customer_id") or told.get("id"), addresses)
            if item.faults:
                return Done("consent", [item])
            return UNKNOWN if person is None else Done("consent", _consents(shop, person, told))
        case (
            "orders/create"
            | "orders/paid"
            | "orders/updated"
            | "orders/cancelled"
            | ("orders/fulfilled" | "orders/partially_fulfilled" | "orders/edited")
        ):
            return _order(shop, told)
        case "orders/delete":
            return shop.cancel(told.get("id"))
        case "refunds/create":
            return _refund(shop, told)
        case "checkouts/create" | "checkouts/update":
            return _checkout(shop, told)
        case "customers/redact" | "customers/data_request":
            kinds = RightsRequest.Kind
            kind = kinds.ERASURE if topic == "customers/redact" else kinds.ACCESS
            # A request may come with an address alone, or of someone the shop never sent.
            asking = object_of(told.get("customer"))
            addresses = {"email": asking.get("email"), "phone": asking.get("phone")}
            return shop.request(kind, asking.get("id"), addresses)
        case "shop/redact":
            return _leave(shop)
    return IGNORED


def _customer(shop: Shop, told: dict[str, Any]) -> Done:
    done = shop.customer(told.get("id"), _person(told), instant(told.get("updated_at")))
    person = shop.known(told.get("id"))
    if done.word == "customer" and person is not None and not done.items[0].faults:
        done.items += _consents(shop, person, told)
    return done


def _consents(shop: Shop, person: Customer, told: dict[str, Any]) -> list[Any]:
    """What the shop says of a person's consent to marketing, a channel at a time."""
    found = []
    for channel, key in (
        (Channel.EMAIL, "email_marketing_consent"),
        (Channel.SMS, "sms_marketing_consent"),
    ):
        said = told.get(key)
        state = _CONSENT.get(str(said.get("state"))) if isinstance(said, dict) else None
        if not isinstance(said, dict) or state is None:
            continue
        level = str(said.get("opt_in_level") or "unknown")[:30]
        proof = f"Shopify customer {told.get('customer_id') or told.get('id')}, {level}"
        at = instant(said.get("consent_updated_at"))
        found.append(shop.consent(person, channel, state, proof=proof, occurred_at=at))
    return found


def _order(shop: Shop, told: dict[str, Any]) -> Done:
    if told.get("test") is True:
        return Done("test")
    placed = instant(told.get("processed_at")) or instant(told.get("created_at"))
    total = told.get("current_total_price") or told.get("total_price")
    order = {
        "number": str(told.get("name") or told.get("order_number") or told.get("id") or ""),
        "placed_at": placed.isoformat() if placed else None,
        "status": str(_status_of(told)),
        "total": str(max(amount(total), Decimal(0))),
        "discount": str(amount(told.get("total_discounts"))),
        "currency": told.get("currency"),
        "channel": "store" if told.get("source_name") == "pos" else "web",
        "promo_code": first_of(told.get("discount_codes"), "code"),
        "lines": [
            _line(each, taxed=told.get("taxes_included") is not False)
            for each in objects_of(told.get("line_items"))
        ],
    }
    customer = object_of(told.get("customer"))
    address = object_of(told.get("billing_address")) or object_of(told.get("shipping_address"))
    person = _person({"default_address": address} | customer)
    person["email"] = person["email"] or told.get("email") or told.get("contact_email")
    # A courier's number stands in an address as well, or none that can be read.
    person["phone"] = customer.get("phone") or told.get("phone") or person["phone"]
    return shop.order(
        told.get("id"), order, customer.get("id"), person, instant(told.get("updated_at"))
    )


def _status_of(told: dict[str, Any]) -> str:
    status = _STATUS.get(str(told.get("financial_status")), Order.Status.PENDING)
    if told.get("cancelled_at") and status != Order.Status.REFUNDED:
        return Order.Status.CANCELLED
    return status


def _refund(shop: Shop, told: dict[str, Any]) -> Done:
    """Take a refund off its order, unless the order's own later state has come already."""
    known = shop.known_order(told.get("order_id"))
    if known is None:
        return IGNORED
    back = [each for each in objects_of(told.get("transactions")) if each.get("kind") == "refund"]
    done = [each for each in back if each.get("status") == "success"]
    if any(shop.is_foreign(each.get("currency")) for each in done):
        # Told in the buyer's currency; the order's own next state says what is left in the shop's.
        return IGNORED
    left = max(known.total - _sum_of(done, "amount"), Decimal(0))
    order: dict[str, Any] = {"number": known.number}
    if left == 0:
        order["status"] = str(Order.Status.REFUNDED)
    else:
        order["total"] = str(left)
    at = instant(told.get("processed_at")) or instant(told.get("created_at"))
    return shop.order(told.get("order_id"), order, None, {}, at)


def _checkout(shop: Shop, told: dict[str, Any]) -> Done:
    if told.get("completed_at"):
        return IGNORED
    changed = instant(told.get("updated_at"))
    lines = [_line(each) for each in objects_of(told.get("line_items"))]
    cart: dict[str, Any] = {
        "value": str(amount(told.get("total_price"))),
        "currency": told.get("currency"),
    }
    if changed:
        cart["occurred_at"] = changed.isoformat()
    if lines:
        cart |= {key: lines[0][key] for key in ("product", "reference") if key in lines[0]}
    buyer = object_of(told.get("customer"))
    email = told.get("email") or buyer.get("email")
    return shop.cart(told.get("token") or told.get("id"), cart, buyer.get("id"), email, changed)


def _leave(shop: Shop) -> Done:
    """The shop let go of the connection: nothing more is taken in, its numbers are forgotten."""
    shop.connection.is_active = False
    shop.connection.save(update_fields=["is_active"])
    ShopRecord.objects.filter(connection=shop.connection).delete()
    audit.record(None, "shop.turned_off", shop=shop.connection.pk)
    return Done("turned off")


def _person(told: dict[str, Any]) -> dict[str, Any]:
    address = object_of(told.get("default_address"))
    tags = [tag.strip() for tag in str(told.get("tags") or "").split(",")]
    street = (str(address.get(key) or "").strip() for key in ("address1", "address2"))
    return {
        "email": told.get("email"),
        "phone": told.get("phone") or address.get("phone"),
        "first_name": told.get("first_name") or address.get("first_name"),
        "last_name": told.get("last_name") or address.get("last_name"),
        "address": ", ".join(filter(None, street))[:200],
        "postal_code": address.get("zip"),
        "city": address.get("city"),
        "country": address.get("country_code"),
        "tags": [tag for tag in tags if 0 < len(tag) <= 60],
    }


def _line(told: dict[str, Any], *, taxed: bool = True) -> dict[str, Any]:
    """A line of an order; where its price is not `taxed`, the tax is told beside it."""
    quantity = told.get("quantity") or 1
    off = _sum_of(told.get("discount_allocations"), "amount")
    tax = Decimal(0) if taxed else _sum_of(told.get("tax_lines"), "price")
    line: dict[str, Any] = {
        "product": str(told.get("title") or told.get("name") or "")[:160],
        "quantity": quantity,
        "amount": str(amount(told.get("price")) * amount(quantity) - off + tax),
    }
    if told.get("sku"):
        line["reference"] = str(told["sku"])[:80]
    if told.get("vendor"):
        line["brand"] = str(told["vendor"])[:80]
    return line


def _sum_of(told: Any, key: str) -> Decimal:
    return sum((amount(each.get(key)) for each in objects_of(told)), Decimal(0))
