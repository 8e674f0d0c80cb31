"""The dashboard: the base, the segments, what is being sent, last results, what to decide."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.roles import Capability
from campaigns import decisions, progress, results
from campaigns.models import Campaign
from segmentation import overview

UNDER_WAY = (
    Campaign.State.SCHEDULED,
    Campaign.State.PREPARING,
    Campaign.State.SENDING,
)


@requires(Capability.SEE_FIGURES)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Everything one wants to know on a Monday morning, on one page."""
    under_way = Campaign.objects.filter(state__in=UNDER_WAY).order_by("scheduled_at", "id")[:5]
    context = {
        "base": overview.base(),
        "segments": overview.segments(8),
        "under_way": [(campaign, progress.of(campaign)) for campaign in under_way],
        "latest": results.latest(4),
        "decisions": decisions.pending(),
    }
    return render(request, "campaigns/dashboard.html", context)
