"""What people ask about their data: written down, due within a month, closed with what was done.

Invariant: a request is closed once, by a member, and leaves a line in the audit trail; a refusal
says why. The law gives a month from the day it was received (GDPR, article 12).
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from customers.models import Customer, RightsRequest

State = RightsRequest.State
Kind = RightsRequest.Kind


class AlreadyClosed(Exception):
    """The request was closed meanwhile."""


def due_on(received: dt.date) -> dt.date:
    """A month later, the same day of the month or its last one."""
    year, month = divmod(received.year * 12 + received.month, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(received.day, last))


def write_down(
    person: Customer, kind: str, *, received_on: dt.date, note: str, by: Any
) -> RightsRequest:
    """Record a request as it was received."""
    with transaction.atomic():
        request = RightsRequest.objects.create(
            customer=person,
            kind=Kind(kind),
            received_at=timezone.make_aware(dt.datetime.combine(received_on, dt.time(12))),
            due_on=due_on(received_on),
            note=note.strip(),
            recorded_by=by,
        )
        audit.record(by, "rights.requested", request=request.pk, customer=person.pk, kind=kind)
    return request


def close(request: RightsRequest, *, by: Any, report: dict[str, Any] | None = None) -> None:
    """Say that a request is done. Raises AlreadyClosed."""
    _end(request, State.DONE, by, report or {})
    audit.record(by, "rights.done", request=request.pk, kind=request.kind)


def refuse(request: RightsRequest, *, by: Any, reason: str) -> None:
    """Refuse a request for a reason, which the person is to be told. Raises AlreadyClosed."""
    _end(request, State.REFUSED, by, {"refused_because": reason.strip()})
    audit.record(by, "rights.refused", request=request.pk, kind=request.kind)


def rectified(request_id: int, person: Customer, fields: list[str], *, by: Any) -> bool:
    """Close a request for rectification once its person was edited; False where there is none.

    What is kept is which fields changed, never their values.
    """
    mine = RightsRequest.objects.filter(
        pk=request_id, customer=person, kind=Kind.RECTIFICATION, state=State.OPEN
    )
    request = mine.first()
    if request is None:
        return False
    _end(request, State.DONE, by, {"fields": sorted(fields)})
    audit.record(by, "rights.rectified", request=request.pk, fields=sorted(fields))
    return True


def late(today: dt.date | None = None) -> QuerySet[RightsRequest]:
    """Those whose month has passed."""
    return RightsRequest.objects.filter(
        state=State.OPEN, due_on__lt=today or timezone.localdate()
    ).order_by("due_on", "pk")


def _end(request: RightsRequest, state: str, by: Any, report: dict[str, Any]) -> None:
    now = timezone.now()
    waiting = RightsRequest.objects.filter(pk=request.pk, state=State.OPEN)
    if not waiting.update(state=state, closed_by=by, closed_at=now, report=report):
        raise AlreadyClosed(f"Request {request.pk} is closed.")
    request.refresh_from_db()
