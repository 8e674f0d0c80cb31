"""Deleting a record: what goes with it, in numbers.

A mistake or a test is deleted with its orders. What the person asks for is an erasure, which
keeps the shop's totals and lets no import bring them back: see rights/erasure.py.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from customers import extensions, locks
from customers.consent import keep_refusals
from customers.models import Customer, RightsRequest
from customers.rights import erasure
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


def delete(customer: Customer, *, by: Any, at_their_request: bool) -> RightsRequest | None:
    """Delete a record and all that is its own, for good; erase the person where they asked.

    The request of an erasure is returned: `erasure.clean_files` is still to be called for it.
    """
    if at_their_request:
        return erasure.begin(customer, by=by)
    pk = customer.pk
    with transaction.atomic():
        locks.hold([pk])
        keep_refusals([customer], _("Record deleted"))
        erasure.forget_beside([customer])
        customer.delete()
        audit.record(by, "customer.deleted", customer=pk)
    facts_changed.send(sender=Customer)
    return None
