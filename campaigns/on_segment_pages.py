"""Campaigns on a segment's page: those that reach it or leave it out, the latest first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from campaigns.models import CampaignSegment
from segmentation import extensions
from segmentation.models import Segment

SHOWN = 8


def register() -> None:
    """Put campaigns on the pages of segments."""
    extensions.register_panel(
        extensions.Panel("campaigns", "campaigns/_of_segment.html", campaigns_of)
    )


def campaigns_of(request: HttpRequest, segment: Segment) -> dict[str, Any] | None:
    """The latest campaigns that name a segment; nothing where there is none."""
    targets = CampaignSegment.objects.filter(segment=segment).select_related("campaign")
    found = list(targets.order_by("-campaign__created_at", "-campaign_id")[:SHOWN])
    return {"targets": found} if found else None
