"""What waits for a person's word: late or stopped campaigns, uncertain messages, broken segments,
requests about personal data whose month has passed.

A decision is something the software must not settle by itself; everything else it does alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.lifecycle import OVERDUE
from campaigns.models import Campaign, Message
from customers.rights import requests
from segmentation.models import Segment

_LOOK_BACK = dt.timedelta(days=30)


@dataclass(frozen=True)
class Decision:
    """One thing to decide, where, and how pressing it is (`bad` or `warn`)."""

    text: str
    url: str
    level: str


def pending() -> list[Decision]:
    """Everything that waits, the most pressing first."""
    found = [*_campaigns(), *_uncertain(), *_segments(), *_rights()]
    return sorted(found, key=lambda decision: decision.level != "bad")


def _campaigns() -> Iterator[Decision]:
    late = timezone.now() - OVERDUE
    states = (Campaign.State.FAILED, Campaign.State.PAUSED, Campaign.State.SCHEDULED)
    for campaign in Campaign.objects.filter(state__in=states).order_by("-id")[:20]:
        names, url = {"name": campaign.name}, reverse("campaigns:detail", args=[campaign.pk])
        if campaign.state == Campaign.State.FAILED:
            yield Decision(_("“%(name)s” stopped on a fault.") % names, url, "bad")
        elif campaign.state == Campaign.State.PAUSED:
            yield Decision(_("“%(name)s” is paused.") % names, url, "warn")
        elif campaign.scheduled_at and campaign.scheduled_at < late:
            yield Decision(_("“%(name)s” missed its time: launch it?") % names, url, "bad")


def _uncertain() -> Iterator[Decision]:
    waiting = (
        Message.objects.filter(
            state=Message.State.UNCERTAIN,
            campaign__launched_at__gte=timezone.now() - _LOOK_BACK,
        )
        .values_list("campaign_id", "campaign__name")
        .annotate(number=Count("id"))
        .order_by("-campaign_id")[:5]
    )
    for pk, name, number in waiting:
        text = ngettext(
            "“%(name)s”: %(number)s message may or may not have left.",
            "“%(name)s”: %(number)s messages may or may not have left.",
            number,
        )
        url = reverse("campaigns:detail", args=[pk])
        yield Decision(text % {"name": name, "number": number}, url, "warn")


def _segments() -> Iterator[Decision]:
    broken = Segment.objects.filter(archived_at=None, failed_at__isnull=False).order_by("priority")
    for segment in broken[:5]:
        text = _("The segment “%(name)s” could not be refreshed.") % {"name": segment.name}
        yield Decision(text, reverse("segmentation:detail", args=[segment.pk]), "bad")


def _rights() -> Iterator[Decision]:
    late = requests.late().count()
    if late:
        text = ngettext(
            "%(number)s request about personal data is late: the law gives a month.",
            "%(number)s requests about personal data are late: the law gives a month.",
            late,
        )
        yield Decision(text % {"number": late}, reverse("customers:rights"), "bad")
