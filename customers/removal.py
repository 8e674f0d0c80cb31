"""Deleting a person: what goes with them, in numbers, and what stays behind.

Where the person asked for it, a keyed hash of each address stays suppressed, so that no import
brings them back into a mailing.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import ngettext

from accounts import audit
from customers import extensions
from customers.consent import address_of, suppress
from customers.models import Channel, Customer, Suppression
from customers.signals import facts_changed


def belongings(customer: Customer) -> list[str]:
    """What is deleted with a person, as phrases with numbers ("12 orders"); empty ones left out."""
    orders, events = customer.orders.count(), customer.events.count()
    consents = customer.consents.count()
    own = [
        (orders, ngettext("%(n)s order", "%(n)s orders", orders)),
        (events, ngettext("%(n)s event", "%(n)s events", events)),
        (consents, ngettext("%(n)s consent record", "%(n)s consent records", consents)),
    ]
    phrases = [phrase % {"n": n} for n, phrase in own if n]
    for other in extensions.belongings():
        if n := other.count(customer):
            phrases.append(other.sentence(n))
    return phrases


def delete(customer: Customer, *, by: Any, at_their_request: bool) -> None:
    """Delete a person and all that is theirs, for good."""
    pk = customer.pk
    with transaction.atomic():
        if at_their_request:
            for channel in Channel.values:
                if address := address_of(customer, channel):
                    suppress(channel, address, Suppression.Reason.ERASURE)
        customer.delete()
        audit.record(by, "customer.deleted", customer=pk, at_their_request=at_their_request)
    facts_changed.send(sender=Customer)
