"""Yeses said too young stay void when the date of birth that makes them so is no longer known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext

from customers.consent_state import in_chunks
from customers.legal_bases import is_void
from customers.models import ConsentRecord, ConsentState


def keep_void(births: Mapping[int, dt.date | None]) -> int:
    """Take back for good what these people, by id, said too young by these dates of birth.

    Called in the transaction that forgets the dates. Returns how many words were taken back.
    """
    known = [pk for pk, born in births.items() if born is not None]
    taken_back: list[ConsentRecord] = []
    for ids in in_chunks(known):
        given = ConsentRecord.objects.filter(customer_id__in=ids, state=ConsentState.GIVEN)
        taken_back += [
            record.taken_back(gettext("Date of birth taken out: this yes was given under 15"))
            for record in given.order_by("pk")
            if is_void(record.state, record.basis, record.occurred_at, births[record.customer_id])
        ]
    ConsentRecord.objects.bulk_create(taken_back)
    return len(taken_back)
