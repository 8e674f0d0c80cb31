"""What a web site's snippet reports: page views and carts of people who agreed to be followed.

Invariant: nothing is kept of anyone who is not identified by a signature of ours or of the
shop's server, or whose own consent to individual tracking is not in the ledger at that moment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from django.utils import timezone

from customers import link_tokens
from customers.consent import consent_states
from customers.ingestion import connections
from customers.ingestion.events import EventItem, apply_events, read_event
from customers.ingestion.items import Item
from customers.ingestion.reading import by_number
from customers.models import ConsentState, Customer, ShopConnection, Subject

MOST_EVENTS: Final = 25
OLDEST: Final = dt.timedelta(days=30)
_NAMES: Final = frozenset({"page_view", "cart"})
_KEYS: Final = frozenset({"name", "at", "page", "reference", "product", "category", "value", "id"})
_PURPOSE: Final = b"tamis-visitor"


def sign_number(site: ShopConnection, external_id: str) -> str:
    """What the shop's server gives its page to say who is signed in there."""
    secret = connections.secret_of(site).encode()
    return f"{external_id}.{hmac.new(secret, external_id.encode(), hashlib.sha256).hexdigest()}"


def marked(url: str, customer_id: int) -> str:
    """A link of ours with the mark that lets a connected site's snippet know who follows it.

    Only for someone who agreed to be followed; a link to any other site stays as it is.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    for site in ShopConnection.objects.filter(kind=ShopConnection.Kind.SITE, is_active=True):
        if origin in site.allowed_origins:
            mark = link_tokens.sign(_PURPOSE, site.pk, customer_id)
            query = "&".join(filter(None, (parts.query, f"tamis=~{mark}")))
            return urlunsplit(parts._replace(query=query))
    return url


def whose(site: ShopConnection, who: str) -> Customer | None:
    """The person a page says is there, None where the signature does not hold."""
    if who.startswith("~"):
        numbers = link_tokens.read(_PURPOSE, who[1:], 2)
        if numbers is None or numbers[0] != site.pk:
            return None
        return Customer.objects.filter(pk=numbers[1]).first()
    external_id, _dot, given = who.rpartition(".")
    wanted = sign_number(site, external_id).rpartition(".")[2]
    if not external_id or not hmac.compare_digest(wanted.encode(), given.encode()):
        return None
    return by_number(external_id)


def may_be_followed(customer: Customer) -> bool:
    """Whether this person's consent to individual tracking stands."""
    return consent_states([customer.pk], Subject.TRACKING)[customer.pk] == ConsentState.GIVEN


def write_visits(customer: Customer, raw: list[Any]) -> list[Item]:
    """Keep what someone did on a site; must run inside a transaction."""
    # Held, so that a withdrawal comes wholly before or wholly after.
    held = Customer.objects.select_for_update().filter(pk=customer.pk).first()
    if held is None or not may_be_followed(held):
        return []
    items = [_read(index, each, customer) for index, each in enumerate(raw[:MOST_EVENTS])]
    return apply_events([item for item in items if not item.faults])


def _read(index: int, raw: Any, customer: Customer) -> EventItem:
    told = {key: raw[key] for key in _KEYS & raw.keys()} if isinstance(raw, dict) else {}
    at = told.pop("at", None)
    own = str(told.pop("id", ""))[:40]
    now = timezone.now()
    # Seconds ago by the browser's own clock, which may be wrong but counts well.
    ago = at if isinstance(at, int | float) and 0 <= at < OLDEST.total_seconds() else 0
    told["occurred_at"] = (now - dt.timedelta(seconds=int(ago))).isoformat()
    if own:
        # Two people's browsers may draw one number.
        told["external_id"] = f"visit-{customer.pk}-{own}"
    item = read_event(index, told)
    item.customer_id = customer.pk
    if str(told.get("name")) not in _NAMES:
        item.refuse("not_a_choice", "", "name")
    return item
