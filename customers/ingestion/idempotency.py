"""Calls that carry a key: the same call again gets the same answer, and is not done twice.

Invariant: what a call writes and the answer that is kept of it are one transaction, so a caller
who heard nothing may always ask again with the same key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.models import AnsweredCall

KEPT_FOR: Final = dt.timedelta(days=1)
LONGEST_KEY: Final = 200
# A call whose process died before it answered is done again after this.
_GIVEN_UP: Final = dt.timedelta(minutes=2)
Answer = tuple[int, Any]


class OtherBody(Exception):
    """The key was used before, with another body."""


class StillRunning(Exception):
    """The first call with this key is still being answered."""


@dataclass(frozen=True)
class Told:
    """An answer, and whether it was given before."""

    status: int
    body: Any
    again: bool


def fingerprint(*parts: str | bytes) -> str:
    """What tells two calls with one key apart: their method, path and body."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def answer_once(caller: str, key: str, of: str, answer: Callable[[], Answer]) -> Told:
    """Answer a call, or tell again what was answered. `of` is the call's fingerprint.

    Raises OtherBody and StillRunning. What `answer` raises is raised, and nothing is kept.
    """
    call, mine = _begin(caller, key, of)
    if not mine:
        return Told(int(call.status or 0), call.answer, True)
    try:
        with transaction.atomic():
            status, body = answer()
            call.status, call.answer = status, body
            call.save(update_fields=["status", "answer"])
    except BaseException:
        AnsweredCall.objects.filter(pk=call.pk, status=None).delete()
        raise
    return Told(status, body, False)


def _begin(caller: str, key: str, of: str) -> tuple[AnsweredCall, bool]:
    """The call, and whether it is ours to answer."""
    try:
        with transaction.atomic():
            return AnsweredCall.objects.create(caller=caller, key=key, fingerprint=of), True
    except IntegrityError:
        pass
    call = AnsweredCall.objects.filter(caller=caller, key=key).first()
    if call is None:
        # Its first answer failed between the two: another attempt may win or wait.
        raise StillRunning
    now = timezone.now()
    if call.created_at < now - KEPT_FOR or (
        call.status is None and call.created_at < now - _GIVEN_UP
    ):
        taken = AnsweredCall.objects.filter(pk=call.pk, created_at=call.created_at).update(
            created_at=now, fingerprint=of, status=None
        )
        if not taken:
            raise StillRunning
        return call, True
    if call.fingerprint != of:
        raise OtherBody
    if call.status is None:
        raise StillRunning
    return call, False


def forget(now: dt.datetime) -> int:
    """Delete the answers older than a day; returns how many."""
    return AnsweredCall.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
