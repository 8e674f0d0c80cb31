"""PrestaShop: the objects of its Webservice, sent by the small module of docs/prestashop.

PrestaShop has no webhooks of its own. Topics are `customer`, `order`, `cart` and `erase`; an order
and a cart come with the customer they belong to, which the Webservice only names by a number.
Amounts are in the currency they were paid in; `conversion_rate` brings them back to the shop's.
"""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings

from customers.consent import consent_states
from customers.ingestion.webhooks.payload import amount, instant, object_of, objects_of
from customers.ingestion.webhooks.records import IGNORED, Done, Shop
from customers.models import Channel, ConsentState, Order, RightsRequest

# The states every PrestaShop starts with; those a shop adds are told by `valid`.
_STATUS: Final = {
    "6": Order.Status.CANCELLED,
    "7": Order.Status.REFUNDED,
    "8": Order.Status.CANCELLED,
}
_MODULE: Final = Path(settings.BASE_DIR) / "docs" / "prestashop"
_SMALLEST_RATE: Final = Decimal("0.000001")
_GENDER: Final = {"1": "male", "2": "female"}


def module() -> BinaryIO:
    """The module that sends all this, in the archive that PrestaShop installs."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for each in sorted(_MODULE.glob("tamis/*.php")):
            packed.write(each, each.relative_to(_MODULE))
    archive.seek(0)
    return archive


def understand(shop: Shop, topic: str, told: dict[str, Any]) -> Done:
    """Write what a delivery says, by its topic; unknown topics are left aside."""
    match topic:
        case "customer":
            return _customer(shop, told)
        case "order":
            return _order(shop, told)
        case "cart":
            return _cart(shop, told)
        case "erase":
            customer = object_of(told.get("customer"))
            return shop.request(
                RightsRequest.Kind.ERASURE, customer.get("id"), {"email": customer.get("email")}
            )
    return IGNORED


def _customer(shop: Shop, told: dict[str, Any]) -> Done:
    customer = object_of(told.get("customer"))
    changed = instant(customer.get("date_upd"))
    done = shop.customer(customer.get("id"), _person(told), changed)
    person = shop.known(customer.get("id"))
    if done.word != "customer" or person is None or done.items[0].faults:
        return done
    state = ""
    if str(customer.get("newsletter")) == "1":
        state = ConsentState.GIVEN
    elif consent_states([person.pk], Channel.EMAIL)[person.pk] == ConsentState.GIVEN:
        # A box left empty says nothing; one that was emptied takes the consent back.
        state = ConsentState.WITHDRAWN
    if state:
        given = state == ConsentState.GIVEN
        at = instant(customer.get("newsletter_date_add")) if given else changed
        proof = f"PrestaShop customer {customer.get('id')}, newsletter"
        done.items.append(shop.consent(person, Channel.EMAIL, state, proof=proof, occurred_at=at))
    return done


def _order(shop: Shop, told: dict[str, Any]) -> Done:
    order = object_of(told.get("order"))
    placed = instant(order.get("date_add"))
    rows = objects_of(object_of(order.get("associations")).get("order_rows"))
    rate = _rate(order)
    total = amount(order.get("total_paid_tax_incl") or order.get("total_paid"))
    refunded = amount(order.get("refunded"))
    status = _status_of(order)
    if 0 < total <= refunded:
        status, refunded = Order.Status.REFUNDED, amount(0)
    values = {
        "number": str(order.get("reference") or order.get("id") or ""),
        "placed_at": placed.isoformat() if placed else None,
        "status": str(status),
        "total": str(max(amount((total - refunded) / rate), amount(0))),
        "discount": str(amount(amount(order.get("total_discounts_tax_incl")) / rate)),
        "channel": "web",
        "currency": order.get("currency_iso"),
        "lines": [_line(each, rate) for each in rows],
    }
    buyer = order.get("id_customer") or object_of(told.get("customer")).get("id")
    return shop.order(order.get("id"), values, buyer, _person(told), instant(order.get("date_upd")))


def _rate(told: dict[str, Any]) -> Decimal:
    """What one of the shop's own currency is worth in that of the order."""
    try:
        rate = Decimal(str(told.get("conversion_rate")))
    except InvalidOperation:
        return Decimal(1)
    # PrestaShop keeps six decimals of it; a stray exponent would overflow.
    return rate if rate.is_finite() and rate >= _SMALLEST_RATE else Decimal(1)


def _status_of(order: dict[str, Any]) -> str:
    known = _STATUS.get(str(order.get("current_state")))
    if known is not None:
        return known
    return Order.Status.PAID if str(order.get("valid")) == "1" else Order.Status.PENDING


def _cart(shop: Shop, told: dict[str, Any]) -> Done:
    cart = object_of(told.get("cart"))
    changed = instant(cart.get("date_upd"))
    rows = objects_of(object_of(cart.get("associations")).get("cart_rows"))
    if not rows:
        return IGNORED
    rate = _rate(cart)
    values: dict[str, Any] = {
        "value": str(amount(amount(cart.get("total")) / rate)),
        "currency": cart.get("currency_iso"),
    }
    if changed:
        values["occurred_at"] = changed.isoformat()
    values |= {key: value for key, value in _line(rows[0], rate).items()
               if key in ("product", "reference")}  # fmt: skip
    email = object_of(told.get("customer")).get("email")
    return shop.cart(cart.get("id"), values, cart.get("id_customer"), email, changed)


def _person(told: dict[str, Any]) -> dict[str, Any]:
    customer, address = object_of(told.get("customer")), object_of(told.get("address"))
    born = str(customer.get("birthday") or "")
    street = (str(address.get(key) or "").strip() for key in ("address1", "address2"))
    return {
        "email": customer.get("email"),
        "phone": address.get("phone_mobile") or address.get("phone"),
        "first_name": customer.get("firstname"),
        "last_name": customer.get("lastname"),
        "gender": _GENDER.get(str(customer.get("id_gender"))),
        "birth_date": born if born and not born.startswith("0000") else None,
        "address": ", ".join(filter(None, street))[:200],
        "postal_code": address.get("postcode"),
        "city": address.get("city"),
        "country": address.get("country_iso"),
    }


def _line(told: dict[str, Any], rate: Decimal) -> dict[str, Any]:
    quantity = told.get("product_quantity") or told.get("quantity") or 1
    price = told.get("unit_price_tax_incl") or told.get("product_price")
    line: dict[str, Any] = {
        "product": str(told.get("product_name") or "")[:160],
        "quantity": quantity,
        "amount": str(amount(amount(price) * amount(quantity) / rate)),
    }
    if told.get("product_reference"):
        line["reference"] = str(told["product_reference"])[:80]
    return line
