"""From a launched campaign to its rows: one message, or one reason, for everyone chosen.

Invariants: the audience is frozen once (audience_file) and its rows are written in ascending order
of customer, a batch a transaction, so that a preparation killed anywhere and run again completes
the same audience and doubles nobody. Of several people with one address the lowest id keeps it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from campaigns import audience, audience_file, content, eligibility
from campaigns.audience_file import FrozenAudience
from campaigns.models import Campaign, CampaignLink, Message
from campaigns.signals import work_waiting

BATCH: Final = 1000
LEASE: Final = dt.timedelta(seconds=60)
logger = structlog.get_logger(__name__)
State = Message.State


class NotPreparing(Exception):
    """The campaign was cancelled, or another worker prepares it."""


def prepare(campaign_id: int, *, after_batch: Callable[[int], None] | None = None) -> Campaign:
    """Freeze the audience where that is not done, write what rows are missing, start sending.

    Raises NotPreparing, and whatever the evaluation of a rule or the content raises.
    `after_batch` is told the number of rows written, after each commit.
    """
    campaign = _take(campaign_id)
    frozen = audience_file.read(campaign) or _freeze(campaign)
    start = _written_up_to(campaign, frozen)
    for place in range(start, len(frozen), BATCH):
        _write(campaign, frozen, place)
        if after_batch is not None:
            after_batch(min(place + BATCH, len(frozen)))
    _finish(campaign)
    audience_file.delete(campaign)
    return campaign


def waiting(now: dt.datetime | None = None) -> list[int]:
    """Campaigns to prepare that nobody is preparing."""
    now = now or timezone.now()
    free = Campaign.objects.filter(state=Campaign.State.PREPARING).filter(
        Q(leased_until=None) | Q(leased_until__lt=now)
    )
    return list(free.values_list("pk", flat=True))


def _take(campaign_id: int) -> Campaign:
    now = timezone.now()
    free = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.PREPARING).filter(
        Q(leased_until=None) | Q(leased_until__lt=now)
    )
    if not free.update(leased_until=now + LEASE):
        raise NotPreparing(f"Campaign {campaign_id} is not to be prepared here.")
    return Campaign.objects.get(pk=campaign_id)


def _freeze(campaign: Campaign) -> FrozenAudience:
    """Choose the audience on a fresh snapshot; note the rules' versions and the links.

    The list is published last: where it is found, all the rest was done.
    """
    started = timezone.now()
    while True:
        noted = _rule_versions(campaign)
        pairs = audience.freeze(campaign)
        # A rule saved meanwhile may or may not have been the one that chose: choose again.
        if _rule_versions(campaign) == noted:
            break
    links = content.compiled(campaign).links
    with transaction.atomic():
        _hold(campaign)
        for target in campaign.targets.all():
            target.version = noted[target.segment_id]
            target.save(update_fields=["version"])
        CampaignLink.objects.filter(campaign=campaign).delete()
        CampaignLink.objects.bulk_create(
            CampaignLink(campaign=campaign, url=url, position=place)
            for place, url in enumerate(links)
        )
    frozen = audience_file.write(campaign, pairs)
    seconds = (timezone.now() - started).total_seconds()
    logger.info("audience frozen", campaign=campaign.pk, people=len(frozen), seconds=seconds)
    return frozen


def _rule_versions(campaign: Campaign) -> dict[int, int]:
    return dict(campaign.targets.values_list("segment_id", "segment__version"))


def _written_up_to(campaign: Campaign, frozen: FrozenAudience) -> int:
    """The place of the first person without a row; batches are written in ascending order."""
    rows = Message.objects.filter(campaign=campaign).aggregate(last=Max("customer_id"))
    last = rows["last"]
    if last is None:
        return 0
    return sum(1 for customer in frozen.customers if customer <= last)


def _hold(campaign: Campaign) -> None:
    """Lock the campaign's row, renew the lease, and give up if it is no longer to be prepared."""
    held = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if held.state != Campaign.State.PREPARING:
        raise NotPreparing(f"Campaign {campaign.pk} is {held.state}.")
    Campaign.objects.filter(pk=campaign.pk).update(leased_until=timezone.now() + LEASE)


def _write(campaign: Campaign, frozen: FrozenAudience, place: int) -> None:
    """Write one batch's rows."""
    ids = frozen.customers[place : place + BATCH]
    segments = dict(zip(ids, frozen.segments[place : place + BATCH], strict=True))
    with transaction.atomic():
        _hold(campaign)
        present = Message.objects.filter(campaign=campaign, customer_id__in=list(ids))
        done = set(present.values_list("customer_id", flat=True))
        verdicts = eligibility.judge(campaign, [pk for pk in ids if pk not in done])
        taken = _taken(campaign, {v.address for v in verdicts.values() if not v.reason})
        rows: list[Message] = []
        for pk in sorted(verdicts):
            address, reason = verdicts[pk].address, verdicts[pk].reason
            if not reason and address in taken:
                reason = Message.Reason.ADDRESS_TAKEN
            if not reason:
                taken.add(address)
            rows.append(_row(campaign, pk, segments[pk], address, reason))
        Message.objects.bulk_create(rows, batch_size=500)


def _row(
    campaign: Campaign, customer: int, segment: int, address: str | None, reason: str
) -> Message:
    return Message(
        campaign=campaign,
        customer_id=customer,
        segment_id=segment,
        channel=campaign.channel,
        address=None if reason else address,
        state=State.LEFT_OUT if reason else State.QUEUED,
        reason=reason,
    )


def _taken(campaign: Campaign, addresses: set[str | None]) -> set[str | None]:
    """Those of the addresses that an earlier row of the campaign has."""
    rows = Message.objects.filter(campaign=campaign, address__in=[a for a in addresses if a])
    return set(rows.values_list("address", flat=True))


def _finish(campaign: Campaign) -> None:
    """Keep the launch's counts and begin to send."""
    with transaction.atomic():
        _hold(campaign)
        rows = Message.objects.filter(campaign=campaign)
        chosen = rows.count()
        queued = chosen - rows.filter(state=State.LEFT_OUT).count()
        now = timezone.now()
        campaign.state, campaign.prepared_at = Campaign.State.SENDING, now
        campaign.chosen, campaign.queued, campaign.leased_until = chosen, queued, None
        campaign.save(
            update_fields=["state", "prepared_at", "chosen", "queued", "leased_until", "updated_at"]
        )
    logger.info("audience prepared", campaign=campaign.pk, chosen=chosen, queued=queued)
    work_waiting.send(sender=Campaign, campaign_id=campaign.pk)
