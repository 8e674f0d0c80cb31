"""The link and the code that a sign-up needs: made, kept as keyed hashes, and sent.

Invariant: each is made when it is sent, so that nothing here can be read back; of two workers
only one sends. What a lost broker or an absent provider left unsent, the next tick sends, for an
hour: after that nobody is waiting any more.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Installation
from customers.extensions import ServiceMessage, send_service_message
from customers.link_tokens import proof_of, sign
from customers.models import Channel, Signup
from customers.signup.arriving import CONFIRMED_AT, address

LINK_LASTS: Final = dt.timedelta(hours=48)
CODE_LASTS: Final = dt.timedelta(minutes=10)
MOST_CODES: Final = 4
LINK: Final = b"tamis-signup"
CHANNEL_NUMBER: Final = {Channel.EMAIL.value: 1, Channel.SMS.value: 2}
_PROOF: Final = {Channel.EMAIL.value: "email_proof", Channel.SMS.value: "sms_proof"}
_PATIENCE: Final = dt.timedelta(hours=1)


def unsent(now: dt.datetime) -> list[int]:
    """The sign-ups of the last hour that still wait for their link or code to leave."""
    recent = Signup.objects.filter(created_at__gt=now - _PATIENCE)
    waiting = recent.exclude(state=Signup.State.EXPIRED).filter(
        Q(email_proof="", email__isnull=False, email_confirmed_at=None)
        | Q(sms_proof="", phone__isnull=False, sms_confirmed_at=None)
    )
    return [each.pk for each in waiting.order_by("pk")[:500] if _due(each)]


def send_confirmations(signup_id: int) -> int:
    """Send what a sign-up still needs; how many messages left."""
    signup = Signup.objects.select_related("form").filter(pk=signup_id).first()
    if signup is None or signup.state == Signup.State.EXPIRED:
        return 0
    return sum(_send(signup, channel) for channel in _due(signup))


def asks_code(signup: Signup) -> bool:
    """Whether the person is asked to type a code: a link would be odd in their hand.

    On a form without confirmation the page must not tell a number that said STOP from another,
    so those who must prove theirs get a link instead.
    """
    return signup.form.double_opt_in and Channel.SMS in signup.answers.get("to_prove", [])


def _due(signup: Signup) -> list[str]:
    return [
        channel
        for channel in signup.answers.get("to_prove", [])
        if address(signup, channel)
        and not getattr(signup, _PROOF[channel])
        and getattr(signup, CONFIRMED_AT[channel]) is None
        and (channel == Channel.EMAIL or signup.codes_sent < MOST_CODES)
    ]


def _send(signup: Signup, channel: str) -> bool:
    by_code = channel == Channel.SMS and asks_code(signup)
    if by_code:
        secret = f"{secrets.randbelow(1_000_000):06d}"
        proof = proof_of(f"{signup.pk}:{secret}")
    else:
        secret = sign(LINK, signup.pk, CHANNEL_NUMBER[channel], secrets.randbits(64))
        proof = proof_of(secret)
    column, now = _PROOF[channel], timezone.now()
    changes: dict[str, object] = {column: proof}
    if channel == Channel.SMS:
        changes |= {"code_sent_at": now, "attempts": 0, "codes_sent": signup.codes_sent + 1}
    mine = Signup.objects.filter(pk=signup.pk, **{column: ""})
    if not mine.update(**changes):
        return False
    with override(signup.form.language):
        message = _message(signup, channel, secret, by_code=by_code)
    if send_service_message(message):
        return True
    # Not taken: the next tick tries again. The code that never left does not count.
    again: dict[str, object] = {column: ""}
    if channel == Channel.SMS:
        again["codes_sent"] = signup.codes_sent
    Signup.objects.filter(pk=signup.pk, **{column: proof}).update(**again)
    return False


def _message(signup: Signup, channel: str, secret: str, *, by_code: bool) -> ServiceMessage:
    shop = Installation.load().shop_name or "Tamis"
    key = f"signup-{signup.pk}-{channel}-{signup.codes_sent}"
    recipient = str(address(signup, channel))
    if by_code:
        words = {"code": secret, "shop": shop}
        text = _("%(code)s is your code to confirm your sign-up with %(shop)s.") % words
        return ServiceMessage(key, channel, recipient, text)
    link = str(settings.SITE_URL).rstrip("/") + reverse("customers:signup_confirm", args=[secret])
    if channel == Channel.SMS:
        text = _("%(shop)s: confirm your sign-up here: %(link)s") % {"shop": shop, "link": link}
        return ServiceMessage(key, channel, recipient, text)
    subject = _("Confirm your sign-up with %(shop)s") % {"shop": shop}
    context = {"shop": shop, "link": link, "subject": subject, "language": signup.form.language}
    context["hours"] = str(int(LINK_LASTS.total_seconds() // 3600))
    return ServiceMessage(
        key,
        channel,
        recipient,
        text=render_to_string("customers/signup/email/confirm.txt", context),
        subject=subject,
        html=render_to_string("customers/signup/email/confirm.html", context),
    )
