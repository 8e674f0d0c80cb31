"""Campaigns on the pages of segments: those that reach one, and their names in rules."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from campaigns.models import Campaign, CampaignSegment
from segmentation import extensions
from segmentation.catalogue import Choice, register_choices
from segmentation.models import Segment

SHOWN = 8


def register() -> None:
    """Put campaigns on the pages of segments, and their names behind their numbers in rules."""
    for source in ("messages", "engagements"):
        register_choices(source, "campaign", launched_campaigns)
    extensions.register_panel(
        extensions.Panel("campaigns", "campaigns/_of_segment.html", campaigns_of)
    )
    extensions.register_use("campaigns", campaigns_needing)


def campaigns_needing(segment: Segment) -> list[str]:
    """The names of the campaigns that reach a segment or leave it out, the latest first."""
    found = Campaign.objects.filter(targets__segment=segment).order_by("-created_at", "-pk")
    return list(found.values_list("name", flat=True))


def campaigns_of(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The latest campaigns that name a segment."""
    targets = CampaignSegment.objects.filter(segment=segment).select_related("campaign")
    return {"targets": list(targets.order_by("-campaign__created_at", "-campaign_id")[:SHOWN])}


def launched_campaigns() -> list[Choice]:
    """The campaigns that may have reached someone, the latest first."""
    launched = Campaign.objects.exclude(launched_at=None).order_by("-launched_at", "-id")
    return [Choice(str(pk), name) for pk, name in launched.values_list("pk", "name")]
