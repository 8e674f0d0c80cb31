"""What is forgotten of sign-ups: those nobody confirmed, and those of people who are gone.

Invariant: what is kept of them names nobody: the form, its version, the words shown, the dates.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import Q

from customers.models import Signup

KEPT_UNCONFIRMED: Final = dt.timedelta(days=7)
_NOBODY: Final[dict[str, Any]] = {
    "email": None,
    "phone": None,
    "answers": {},
    "source_page": "",
    "email_proof": "",
    "sms_proof": "",
}


def expire(now: dt.datetime) -> int:
    """Empty the sign-ups nobody confirmed in time, and those whose person is gone; how many."""
    waiting = Signup.objects.filter(state=Signup.State.WAITING)
    late = waiting.filter(created_at__lt=now - KEPT_UNCONFIRMED)
    expired = late.update(state=Signup.State.EXPIRED, **_NOBODY)
    confirmed = Signup.objects.filter(state=Signup.State.CONFIRMED)
    gone = confirmed.filter(Q(customer=None) | Q(customer__erased_at__isnull=False))
    # Erasures and deletions empty them at once (customers.rights): this is for any other way out.
    return expired + gone.exclude(email=None, phone=None, answers={}).update(**_NOBODY)
