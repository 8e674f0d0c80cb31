"""Claiming: which messages the next request to a provider carries.

Invariant: a message is claimed by one worker at a time, in a transaction that also reads consent,
suppression and the legal window again; once it commits, the rows are `sending` under a lease longer
than the provider's time-out. A lease that passes makes its rows uncertain, never queued, unless the
provider surely refuses a second copy.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import eligibility, window
from campaigns.channels import Provider, provider_for
from campaigns.models import Campaign, Message, SendingSettings
from customers.consent import consent_states
from customers.models import Channel, ConsentState, Customer, Subject

LEASE_MARGIN: Final = 5.0
# While the window is shut for many, this many are looked at and put off at a time.
LOOKED_AT: Final = 500
State = Message.State


@dataclass(frozen=True)
class Claimed:
    """A message to send, its person, and whether they agreed to be followed."""

    message: Message
    customer: Customer
    followed: bool


@dataclass(frozen=True)
class Claim:
    """What one request carries. `looked_at` is 0 when nothing at all was due."""

    id: uuid.UUID
    expires: dt.datetime
    looked_at: int = 0
    items: list[Claimed] = field(default_factory=list)


def lease_seconds(provider: Provider) -> float:
    """How long a claim is held: the provider's time-outs and a margin."""
    return provider.timeout * 2 + LEASE_MARGIN


def claim(campaign_id: int, provider: Provider, wanted: int) -> Claim:
    """Claim at most `wanted` due messages of a campaign that is sending.

    Those no longer allowed are skipped, those outside their window put off to its opening. Empty
    when the campaign is not (or no longer) sending or nothing is due.
    """
    now = timezone.now()
    expires = now + dt.timedelta(seconds=lease_seconds(provider))
    taken = Claim(uuid.uuid4(), expires)
    with transaction.atomic():
        campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).first()
        if campaign is None:
            return taken
        due = _due(campaign, now, wanted)
        if not due:
            return taken
        allowed = _in_window(campaign, _allowed(campaign, due), now)[:wanted]
        for message in allowed:
            message.attempts += 1
        ids = [message.pk for message in allowed]
        _take(ids, taken)
        items = _items(allowed)
    return Claim(taken.id, expires, len(due), items)


def _due(campaign: Campaign, now: dt.datetime, wanted: int) -> list[Message]:
    """The next rows that may go, locked against other workers where the database can."""
    waiting = Message.objects.filter(campaign=campaign, state=State.QUEUED, due_at__lte=now)
    waiting = waiting.order_by("due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    limit = LOOKED_AT if _is_bound(campaign) and window.next_opening(campaign, now) else wanted
    return list(waiting[:limit])


def _allowed(campaign: Campaign, messages: list[Message]) -> list[Message]:
    """Skip whoever has said no, or lost the address, since the audience was prepared."""
    verdicts = eligibility.judge_messages(campaign, messages)
    by_reason: dict[str, list[int]] = {}
    for message in messages:
        reason = verdicts[message.pk].reason
        if reason:
            by_reason.setdefault(reason, []).append(message.pk)
    for reason, ids in by_reason.items():
        Message.objects.filter(pk__in=ids, state=State.QUEUED).update(
            state=State.SKIPPED, reason=reason
        )
    return [message for message in messages if not verdicts[message.pk].reason]


def _is_bound(campaign: Campaign) -> bool:
    promotional = campaign.kind == Campaign.Kind.PROMOTIONAL
    return promotional and campaign.channel == Channel.SMS


def _in_window(campaign: Campaign, messages: list[Message], now: dt.datetime) -> list[Message]:
    """Put off those whose window is shut; only promotional SMS have one."""
    if not messages or not _is_bound(campaign):
        return messages
    rules = SendingSettings.load()
    ids = [message.customer_id for message in messages]
    rows = Customer.objects.filter(pk__in=ids).order_by()
    where = {pk: each for pk, *each in rows.values_list("pk", "postal_code", "country")}
    later: dict[dt.datetime, list[int]] = {}
    open_now: list[Message] = []
    for message in messages:
        postal_code, country = where[message.customer_id]
        places = window.places(postal_code, country, message.address)
        opening = window.opening_in(places, now, rules)
        if opening is None:
            open_now.append(message)
        else:
            later.setdefault(opening, []).append(message.pk)
    for opening, waiting in later.items():
        Message.objects.filter(pk__in=waiting, state=State.QUEUED).update(due_at=opening)
    return open_now


def _take(ids: list[int], taken: Claim) -> None:
    Message.objects.filter(pk__in=ids, state=State.QUEUED).update(
        state=State.SENDING,
        claim=taken.id,
        leased_until=taken.expires,
        attempts=F("attempts") + 1,
        error="",
    )


def _items(messages: list[Message]) -> list[Claimed]:
    ids = [message.customer_id for message in messages]
    people = Customer.objects.in_bulk(ids)
    following = consent_states(ids, Subject.TRACKING)
    return [
        Claimed(m, people[m.customer_id], following[m.customer_id] == ConsentState.GIVEN)
        for m in messages
    ]


def sweep(now: dt.datetime | None = None) -> int:
    """Settle the claims whose lease has passed: their worker is gone. Returns how many rows."""
    now = now or timezone.now()
    swept = 0
    fields: dict[str, Any]
    for channel in Channel.values:
        late = Message.objects.filter(channel=channel, state=State.SENDING, leased_until__lt=now)
        if provider_for(channel).idempotent:
            # The provider knows the key: sending again is not sending twice.
            fields = {"state": State.QUEUED, "claim": None, "due_at": now}
        else:
            reason = _("The worker stopped before the provider's answer was written down.")
            fields = {"state": State.UNCERTAIN, "error": reason}
        swept += late.update(leased_until=None, **fields)
    return swept
