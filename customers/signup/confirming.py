"""The person shows that an address is theirs: by the link, or by the code.

Invariants: looking changes nothing; the same link pressed twice is fine; a code is refused after
ten minutes or five wrong tries, and whoever guesses learns nothing about the person.
"""

from __future__ import annotations

import hmac
from enum import StrEnum

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from customers.link_tokens import proof_of, read, sign
from customers.models import Channel, Signup
from customers.signup import sending
from customers.signup.arriving import CONFIRMED_AT, arrive

MOST_ATTEMPTS = 5
_STEP = b"tamis-next-step"


class Link(StrEnum):
    """What a link is good for."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    READY = "ready"
    DONE = "done"


class Code(StrEnum):
    """What became of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    STALE = "stale"


def step_token(signup_id: int) -> str:
    """Names the page where an answer goes on; 0 for one that was not kept."""
    return sign(_STEP, signup_id)


def signup_of_step(token: str) -> tuple[bool, Signup | None]:
    """Whether the token is ours, and the sign-up it names while that is still under way."""
    numbers = read(_STEP, token, 1)
    if numbers is None:
        return False, None
    since = timezone.now() - sending.LINK_LASTS
    return True, _signups().filter(pk=numbers[0], created_at__gt=since).first()


def look(token: str) -> tuple[Link, Signup | None, str]:
    """What a link is good for, its sign-up and its channel; changes nothing."""
    numbers = read(sending.LINK, token, 3)
    if numbers is None:
        return Link.UNKNOWN, None, ""
    signup = _signups().filter(pk=numbers[0]).first()
    channel = Channel.EMAIL.value if numbers[1] == 1 else Channel.SMS.value
    proof = "email_proof" if channel == Channel.EMAIL else "sms_proof"
    if signup is None:
        return Link.UNKNOWN, None, ""
    known = hmac.compare_digest(getattr(signup, proof), proof_of(token))
    if getattr(signup, CONFIRMED_AT[channel]) is not None and known:
        return Link.DONE, signup, channel
    late = timezone.now() > signup.created_at + sending.LINK_LASTS
    if late or not known or signup.state == Signup.State.EXPIRED:
        return Link.EXPIRED, signup, channel
    return Link.READY, signup, channel


def by_link(token: str) -> tuple[Link, Signup | None, str]:
    """Act on a link that was pressed."""
    state, signup, channel = look(token)
    if state is Link.READY and signup is not None:
        arrive(signup, [channel], proven=True)
        signup.refresh_from_db()
        state = Link.DONE
    return state, signup, channel


def by_code(signup: Signup, typed: str) -> Code:
    """Act on a code that was typed."""
    digits = "".join(c for c in typed if c.isdecimal() and c.isascii())
    with transaction.atomic():
        row = _signups().select_for_update(of=("self",)).get(pk=signup.pk)
        if row.sms_confirmed_at is not None:
            return Code.RIGHT
        if not row.sms_proof or row.code_sent_at is None or row.state == Signup.State.EXPIRED:
            return Code.STALE
        if timezone.now() > row.code_sent_at + sending.CODE_LASTS or row.attempts >= MOST_ATTEMPTS:
            return Code.STALE
        # Counted first, whatever comes of it.
        Signup.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        if not hmac.compare_digest(row.sms_proof, proof_of(f"{row.pk}:{digits}")):
            return Code.STALE if row.attempts + 1 >= MOST_ATTEMPTS else Code.WRONG
        arrive(row, [Channel.SMS.value], proven=True)
    return Code.RIGHT


def ask_again(signup: Signup) -> bool:
    """Let another code be sent; False once there were enough of them."""
    waiting = Signup.objects.filter(pk=signup.pk, sms_confirmed_at=None)
    allowed = waiting.filter(codes_sent__lt=sending.MOST_CODES)
    return bool(allowed.update(sms_proof=""))


def _signups() -> QuerySet[Signup]:
    return Signup.objects.select_related("form")
