"""One delivery of a shop: is it signed, was it seen, what is it about; then it is written.

Invariant: nothing is read from a body before its signature holds. What is written, and that this
delivery was, are one transaction: a shop that heard nothing may send again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from customers.ingestion import connections, idempotency, json_text, results
from customers.ingestion.items import Item
from customers.ingestion.webhooks import prestashop, shopify, woocommerce
from customers.ingestion.webhooks.records import IGNORED, Done, Shop
from customers.models import Customer, ShopConnection

_KIND: Final = ShopConnection.Kind
Headers = Mapping[str, str]


class BadDelivery(Exception):
    """A delivery that is not taken in; `code` says why."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Product:
    """How one product signs and names its deliveries, and who understands them."""

    signature: str
    topic: str
    understand: Callable[[Shop, str, dict[str, Any]], Done]


PRODUCTS: Final[dict[str, Product]] = {
    _KIND.WOOCOMMERCE: Product(
        "X-WC-Webhook-Signature", "X-WC-Webhook-Topic", woocommerce.understand
    ),
    _KIND.SHOPIFY: Product("X-Shopify-Hmac-Sha256", "X-Shopify-Topic", shopify.understand),
    _KIND.PRESTASHOP: Product("X-Tamis-Signature", "X-Tamis-Topic", prestashop.understand),
}


def take_in(connection: ShopConnection, headers: Headers, body: bytes) -> str:
    """Take a delivery in; returns what became of it in a word. Raises BadDelivery."""
    product = PRODUCTS[connection.kind]
    if not connection.is_active:
        raise BadDelivery(403, "turned_off")
    if _is_ping(connection, headers, body):
        return "ping"
    secret = connections.secret_of(connection)
    if not secret:
        raise BadDelivery(503, "no_secret")
    if not is_signed(body, headers.get(product.signature, ""), secret):
        raise BadDelivery(401, "bad_signature")
    try:
        told = json_text.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadDelivery(400, "bad_json") from error
    if not isinstance(told, dict):
        raise BadDelivery(400, "bad_json")
    topic = headers.get(product.topic, "")[:80]
    if told.keys() == {"id"}:
        # That something was deleted, perhaps once more after it was restored: as well done twice.
        return str(_write(connection, product, topic, told)[1])
    # The number a delivery has in its headers is not under the signature; what it says is. So the
    # same body under another number is the same delivery, sent again by the shop or by another.
    of = idempotency.fingerprint(topic, body)
    try:
        got = idempotency.answer_once(
            f"shop:{connection.pk}", of, of, lambda: _write(connection, product, topic, told)
        )
    except idempotency.StillRunning:
        raise BadDelivery(409, "still_running") from None
    if got.status != 200:
        raise BadDelivery(got.status, str(got.body))
    return "again" if got.again else str(got.body)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether a signature, base64 of HMAC-SHA256, is that of these very bytes."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).digest(), given)


def _is_ping(connection: ShopConnection, headers: Headers, body: bytes) -> bool:
    """WooCommerce tries an address before it signs anything: webhook_id=… and no topic."""
    return (
        connection.kind == _KIND.WOOCOMMERCE
        and "X-WC-Webhook-Topic" not in headers
        and body.startswith(b"webhook_id=")
        and len(body) < 40
    )


def _write(
    connection: ShopConnection, product: Product, topic: str, told: dict[str, Any]
) -> idempotency.Answer:
    done = IGNORED

    def batch(_raw: Any) -> list[Item]:
        nonlocal done
        done = product.understand(Shop(connection), topic, told)
        return done.items

    results.write(batch, [told], Customer)
    faults = [fault for item in done.items for fault in item.faults]
    if faults:
        # Said to whoever runs the shop, and never sent again by itself: it would fail again.
        return 200, "refused: " + ", ".join(f"{each.path} {each.code}".strip() for each in faults)
    return 200, done.word
