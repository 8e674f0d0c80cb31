"""What a request to a provider came to, written down.

Invariants: a result is written only by the claim that obtained it, on a row still waiting for
it; one that comes so late that its row is already uncertain may settle it, but never puts it back
into the queue: the campaign may be over, and only a person reopens it. Temporary errors come back
at most five times, later each time. Where failures exceed the share the team allowed, the campaign
is paused and says why.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.channels import Fate, Result
from campaigns.inbound import note_bounce, printable
from campaigns.models import Campaign, Message, SendingSettings
from customers import locks

MOST_ATTEMPTS: Final = 5
FIRST_WAIT: Final = 30.0
LONGEST_WAIT: Final = 3600.0
# The safety stop looks at this many outcomes at a time.
WINDOW: Final = 100
State = Message.State


def record(
    campaign_id: int, claim: uuid.UUID, outcomes: Sequence[tuple[Message, Result]]
) -> dict[str, int]:
    """Write the results of one request; returns how many messages took each fate."""
    counts = dict.fromkeys((str(fate) for fate in Fate), 0)
    now = timezone.now()
    failed = 0
    bounced = [message.customer_id for message, result in outcomes if result.bad_address]
    with transaction.atomic():
        if bounced:
            # A bounce names the person, who comes before any message: see customers.locks.
            locks.hold_rows(bounced)
        for message, result in outcomes:
            fields = _fields(message, result, now)
            until = [State.SENDING]
            if fields["state"] != State.QUEUED:
                until.append(State.UNCERTAIN)
            waiting = Message.objects.filter(pk=message.pk, claim=claim, state__in=until)
            if not waiting.update(**fields):
                continue
            counts[result.fate] += 1
            failed += fields["state"] in (State.FAILED, State.UNCERTAIN)
            if result.bad_address:
                note_bounce(message, bad_address=True)
        done = sum(counts.values()) - counts[Fate.TEMPORARY]
        _count(campaign_id, max(done, failed), failed)
    return counts


def _fields(message: Message, result: Result, now: dt.datetime) -> dict[str, Any]:
    """The columns a result changes."""
    fields: dict[str, Any] = {"leased_until": None, "error": printable(result.error, 300)}
    match result.fate:
        case Fate.ACCEPTED:
            reference = printable(result.provider_id, 120)
            fields |= {"state": State.SENT, "sent_at": now, "provider_id": reference}
            fields |= {"parts": message.parts}
            if result.delivered:
                fields |= {"state": State.DELIVERED, "delivered_at": now}
        case Fate.TEMPORARY if message.attempts < MOST_ATTEMPTS:
            wait = dt.timedelta(seconds=backoff(message.attempts, result.retry_after))
            fields |= {"state": State.QUEUED, "claim": None, "due_at": now + wait}
        case Fate.TEMPORARY | Fate.PERMANENT:
            fields |= {"state": State.FAILED}
        case Fate.UNCERTAIN:
            fields |= {"state": State.UNCERTAIN}
    return fields


def backoff(attempts: int, retry_after: float | None = None) -> float:
    """Seconds to wait after the nth attempt: four times longer each time, give or take a fifth."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 4 ** (attempts - 1))
    wait *= random.uniform(0.8, 1.2)
    return max(wait, min(retry_after or 0.0, LONGEST_WAIT))


def release(claim: uuid.UUID, reason: str = "") -> int:
    """Put a claim's messages back, surely unsent, as if they had not been tried."""
    mine = Message.objects.filter(claim=claim, state=State.SENDING)
    return mine.update(
        state=State.QUEUED,
        claim=None,
        leased_until=None,
        due_at=timezone.now(),
        attempts=F("attempts") - 1,
        error=reason[:300],
    )


def _count(campaign_id: int, done: int, failed: int) -> None:
    """Add to the safety stop's window."""
    if not done:
        return
    Campaign.objects.filter(pk=campaign_id).update(
        window_done=F("window_done") + done, window_failed=F("window_failed") + failed
    )


def stop_if_failing(campaign: Campaign) -> bool:
    """Pause a campaign whose failures exceed what the team allowed; True when it did."""
    row = Campaign.objects.filter(pk=campaign.pk).values("window_done", "window_failed").get()
    percent = SendingSettings.load().failure_stop_percent
    if row["window_failed"] * 100 > percent * WINDOW:
        reason = _(
            "Paused: %(failed)s of the last %(done)s messages failed or have an unknown fate, "
            "more than the %(percent)s %% the team allows."
        )
        try:
            lifecycle.pause(
                campaign,
                None,
                reason
                % {
                    "failed": row["window_failed"],
                    "done": max(row["window_done"], row["window_failed"]),
                    "percent": percent,
                },
            )
        except lifecycle.WrongState:
            return False
        return True
    if row["window_done"] >= WINDOW:
        # A new window begins, unless another worker has begun it meanwhile.
        Campaign.objects.filter(pk=campaign.pk, window_done__gte=WINDOW).update(
            window_done=0, window_failed=0
        )
    return False
