"""Opposition: nothing is sent any more, nothing is followed, and it says so in the ledger.

Invariant: the addresses are suppressed for opposition, which service messages heed too, whatever
suppressed them before; only an erasure or a dead address weighs as much.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from customers.consent import address_of, current_states, withdraw
from customers.fields import address_hash
from customers.models import Channel, ConsentState, Customer, RightsRequest, Subject, Suppression
from customers.rights import requests
from customers.signals import facts_changed

SUBJECTS: Final = (Subject.EMAIL, Subject.SMS, Subject.TRACKING)
# These only forbid promotion; who opposes wants no message at all.
_LIGHTER: Final = (Suppression.Reason.UNSUBSCRIBE, Suppression.Reason.STOP)


def oppose(person: Customer, *, by: Any, request: RightsRequest | None = None) -> int:
    """Withdraw everything someone may receive or be followed by; how many withdrawals it took.

    Raises requests.AlreadyClosed where the request was settled meanwhile.
    """
    source = _("Opposition of the person")
    with transaction.atomic():
        states = current_states(person)
        withdrawn = 0
        for subject in SUBJECTS:
            record = states.get(subject.value)
            address = address_of(person, subject) if subject in Channel.values else None
            if address or record is None or record.state != ConsentState.WITHDRAWN:
                reason = Suppression.Reason.OPPOSITION if address else ""
                withdraw(person, subject, source=source, reason=reason, by=by)
                withdrawn += 1
            if address:
                _weigh_more(subject, address)
        if request is not None:
            requests.close(request, by=by, report={"withdrawn": withdrawn})
        audit.record(by, "customer.opposed", customer=person.pk, withdrawals=withdrawn)
    facts_changed.send(sender=Suppression)
    return withdrawn


def _weigh_more(channel: str, address: str) -> None:
    same = Suppression.objects.filter(channel=channel, address_hash=address_hash(address))
    same.filter(reason__in=_LIGHTER).update(reason=Suppression.Reason.OPPOSITION)
