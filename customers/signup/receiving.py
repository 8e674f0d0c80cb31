"""An answer to a form comes in: it is kept, and what needs no proof is acted on at once.

Invariant: whoever answers sees the same page whether we know the address or not. An address that
refused before (a suppression, a withdrawal) is always asked to prove it is its holder who speaks,
even where the form asks for no confirmation: nobody lifts someone else's refusal by typing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers.consent import consent_states, people_with, suppressed_hashes
from customers.fields import address_hash
from customers.models import Channel, ConsentState, Signup, SignupForm
from customers.signup.arriving import arrive
from customers.signup.asked import wordings_of

_AN_HOUR: Final = dt.timedelta(hours=1)
# So that nobody uses our forms to fill someone's mailbox.
MOST_AN_HOUR: Final = 4


class TooMany(Exception):
    """This address was given too often lately."""


@dataclass(frozen=True)
class Answer:
    """What a person typed, cleaned; `values` by key of the question, in their stored form."""

    email: str | None = None
    phone: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    frequency: str = ""
    consents: list[str] = field(default_factory=list)
    source_page: str = ""


def receive(form: SignupForm, answer: Answer) -> Signup:
    """Keep an answer. Raises TooMany where its addresses were given too often in an hour.

    Whoever calls then has the confirmations sent (customers.signup.sending).
    """
    _refuse_a_flood(answer)
    asked = [channel for channel in answer.consents if channel in Channel.values]
    to_prove = [c for c in asked if form.double_opt_in or _has_refused(c, _address(answer, c))]
    with transaction.atomic():
        signup = Signup.objects.create(
            form=form,
            email=answer.email,
            phone=answer.phone,
            answers={
                "values": answer.values,
                "topics": answer.topics,
                "frequency": answer.frequency,
                "consents": answer.consents,
                "to_prove": to_prove,
            },
            shown=wordings_of(form),
            source_page=answer.source_page,
            form_version=form.version,
        )
        if at_once := [channel for channel in asked if channel not in to_prove]:
            arrive(signup, at_once, proven=False)
    return signup


def _address(answer: Answer, channel: str) -> str | None:
    return answer.email if channel == Channel.EMAIL else answer.phone


def _refuse_a_flood(answer: Answer) -> None:
    since = timezone.now() - _AN_HOUR
    given = Q(pk__in=[])
    if answer.email:
        given |= Q(email=answer.email)
    if answer.phone:
        given |= Q(phone=answer.phone)
    if Signup.objects.filter(given, created_at__gt=since).count() >= MOST_AN_HOUR:
        raise TooMany


def _has_refused(channel: str, address: str | None) -> bool:
    if suppressed_hashes(channel, [address_hash(address)]):
        return True
    people = people_with(channel, address).values_list("pk", flat=True)
    return ConsentState.WITHDRAWN in consent_states(people, channel).values()
