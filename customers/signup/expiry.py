"""What is forgotten of sign-ups: those nobody confirmed, and those of people who are gone.

Invariant: what is kept of them names nobody: the form, its version, the words shown, the dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

from django.db.models import Q, QuerySet

from customers.models import Customer, Signup

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
    return expired + _empty(gone)


def forget(customers: Collection[Customer]) -> int:
    """Empty at once the sign-ups of these people, under their name or at their addresses.

    For erasures and deletions, before the addresses go; how many sign-ups were emptied.
    """
    theirs = Q(customer__in=[each.pk for each in customers])
    emails = {each.email for each in customers if each.email}
    phones = {each.phone for each in customers if each.phone}
    waiting = Q(state=Signup.State.WAITING)
    theirs |= waiting & (Q(email__in=emails) | Q(phone__in=phones))
    return _empty(Signup.objects.filter(theirs))


def _empty(signups: QuerySet[Signup]) -> int:
    named = signups.exclude(email=None, phone=None, answers={})
    waiting = named.filter(state=Signup.State.WAITING)
    count = waiting.update(state=Signup.State.EXPIRED, **_NOBODY)
    return count + named.update(**_NOBODY)
