"""Connected shops: their addresses, the secrets that sign their calls, and how they fare.

Invariant: no secret is stored. Ours is made from the installation's key and the connection's; the
one Shopify chooses is read from the environment. A new key makes a new address and a new secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from customers.models import ShopConnection

SHOPIFY_VARIABLE: Final = "SHOPIFY_WEBHOOK_SECRET"
_KIND: Final = ShopConnection.Kind


def create(by: Any, *, kind: str, name: str, allowed_origins: list[str]) -> ShopConnection:
    """Connect a shop."""
    with transaction.atomic():
        shop = ShopConnection.objects.create(
            kind=_KIND(kind),
            name=name,
            key=_new_key(),
            allowed_origins=allowed_origins,
            created_by=by,
        )
        audit.record(by, "shop.connected", shop=shop.pk, kind=kind)
    return shop


def rotate(by: Any, shop: ShopConnection) -> None:
    """Give a connection another address and another secret; the old ones end at once."""
    with transaction.atomic():
        shop.key = _new_key()
        shop.save(update_fields=["key"])
        audit.record(by, "shop.rotated", shop=shop.pk)


def turn(by: Any, shop: ShopConnection, *, on: bool) -> None:
    """Let a connection's calls in, or refuse them."""
    with transaction.atomic():
        shop.is_active = on
        shop.save(update_fields=["is_active"])
        audit.record(by, "shop.turned_on" if on else "shop.turned_off", shop=shop.pk)


def disconnect(by: Any, shop: ShopConnection) -> None:
    """Forget a connection; what it brought stays."""
    with transaction.atomic():
        audit.record(by, "shop.disconnected", shop=shop.pk, kind=shop.kind)
        shop.delete()


def secret_of(shop: ShopConnection) -> str:
    """The secret that signs this shop's calls; '' where Shopify's is not in the environment."""
    if shop.kind == _KIND.SHOPIFY:
        return os.environ.get(variable_of(shop)) or os.environ.get(SHOPIFY_VARIABLE, "")
    made = hmac.new(settings.LINK_KEY.encode(), f"shop:{shop.key}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode()


def variable_of(shop: ShopConnection) -> str:
    """The environment variable of this one shop's secret, where there are several."""
    return f"{SHOPIFY_VARIABLE}_{shop.key[:8].upper()}"


def address_of(shop: ShopConnection) -> str:
    """Where the shop sends its calls."""
    page = "customers:site_events" if shop.kind == _KIND.SITE else "customers:webhook"
    return f"{settings.SITE_URL}{reverse(page, args=[shop.key])}"


def find(key: str, *, site: bool) -> ShopConnection | None:
    """The connection of a key, active or not."""
    found = ShopConnection.objects.filter(key=key)
    return (found.filter(kind=_KIND.SITE) if site else found.exclude(kind=_KIND.SITE)).first()


def note_received(shop: ShopConnection) -> None:
    """Count a call that was taken in."""
    ShopConnection.objects.filter(pk=shop.pk).update(
        received=F("received") + 1, last_received_at=timezone.now(), last_error=""
    )


def note_refused(shop: ShopConnection, why: str) -> None:
    """Count a call that was refused, and keep why: a code, never what was sent."""
    ShopConnection.objects.filter(pk=shop.pk).update(refused=F("refused") + 1, last_error=why[:300])


def _new_key() -> str:
    return secrets.token_hex(12)
