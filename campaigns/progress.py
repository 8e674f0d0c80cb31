"""How far a campaign is, in numbers cheap enough to be asked every two seconds.

Invariant (accounts): sent, delivered, bounced, failed, uncertain, skipped, queued and sending
always add up to what was queued at launch, but for people erased since.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from campaigns import audience_file
from campaigns.models import Campaign, Message

State = Message.State
_SAMPLE = 200
_RECENT = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class Progress:
    """Messages by state; `total` is all but those left out, `done` those that wait no more."""

    queued: int
    sending: int
    sent: int
    delivered: int
    bounced: int
    failed: int
    uncertain: int
    skipped: int
    left_out: int
    total: int
    done: int
    rate_per_second: float
    seconds_left: int | None
    waiting_until: dt.datetime | None
    preparing: bool
    preparing_done: int
    preparing_total: int | None


@dataclass(frozen=True)
class Accounts:
    """The identity of the contract; `erased` are rows that went with their person since."""

    queued_at_launch: int
    by_state: dict[str, int]
    erased: int
    balanced: bool


def by_state(campaign_id: int) -> dict[str, int]:
    """How many rows are in each state; one query on an index."""
    rows = Message.objects.filter(campaign=campaign_id).order_by().values_list("state")
    counts = dict.fromkeys((str(state) for state in State.values), 0)
    return counts | dict(rows.annotate(n=Count("pk")))


def of(campaign: Campaign) -> Progress:
    """Where a campaign is."""
    counts = by_state(campaign.pk)
    total = sum(counts.values()) - counts[State.LEFT_OUT]
    waiting = counts[State.QUEUED] + counts[State.SENDING]
    sending = campaign.state == Campaign.State.SENDING
    rate = _rate(campaign) if sending and waiting else 0.0
    until = _waiting_until(campaign) if sending and counts[State.QUEUED] else None
    preparing = campaign.state == Campaign.State.PREPARING
    return Progress(
        **{state: counts[state] for state in counts},
        total=total,
        done=total - waiting,
        rate_per_second=rate,
        seconds_left=round(waiting / rate) if rate and until is None else None,
        waiting_until=until,
        preparing=preparing,
        preparing_done=sum(counts.values()) if preparing else 0,
        preparing_total=audience_file.size(campaign) if preparing else None,
    )


def accounts(campaign: Campaign) -> Accounts:
    """Check that everyone queued at launch is accounted for."""
    counts = by_state(campaign.pk)
    left_out = counts.pop(State.LEFT_OUT.value)
    queued = campaign.queued or 0
    present = sum(counts.values())
    erased = (campaign.chosen or 0) - present - left_out
    balanced = erased >= 0 and queued - present in range(erased + 1)
    return Accounts(queued, counts, erased, balanced)


def _rate(campaign: Campaign) -> float:
    """Messages a second lately, from the last ones sent."""
    now = timezone.now()
    times: list[dt.datetime] = []
    for state in (State.SENT, State.DELIVERED):
        rows = Message.objects.filter(campaign=campaign, state=state).order_by("-id")
        times += [at for at in rows.values_list("sent_at", flat=True)[:_SAMPLE] if at]
    recent = [at for at in times if at > now - _RECENT]
    if not recent:
        return 0.0
    return len(recent) / max((now - min(recent)).total_seconds(), 1.0)


def _waiting_until(campaign: Campaign) -> dt.datetime | None:
    """When the next message is due, if none is due now."""
    queued = Message.objects.filter(campaign=campaign, state=State.QUEUED).order_by("due_at")
    first = queued.values_list("due_at", flat=True).first()
    return first if first is not None and first > timezone.now() else None
