"""Results: every finished campaign at a glance, one campaign segment by segment, and its file."""

from __future__ import annotations

import csv
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.roles import Capability
from campaigns import results, rule_versions
from campaigns.models import Campaign, Message
from customers.formulas import inert


@requires(Capability.SEE_FIGURES)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Launched campaigns with their main figures, latest first."""
    launched = Campaign.objects.exclude(launched_at=None).order_by("-launched_at", "-id")
    page = Paginator(launched, 20).get_page(request.GET.get("page"))
    lines = results.totals([campaign.pk for campaign in page])
    rows = [(campaign, lines[campaign.pk]) for campaign in page]
    return render(request, "campaigns/results_list.html", {"page_obj": page, "rows": rows})


@requires(Capability.SEE_FIGURES)
@require_safe
def campaign_results(request: HttpRequest, pk: int) -> HttpResponse:
    """The funnel, each segment against the whole, the links, and who was left out."""
    campaign = get_object_or_404(Campaign, pk=pk)
    found = results.for_campaign(pk)
    reasons = dict(Message.Reason.choices)
    context = {
        "campaign": campaign,
        "results": found,
        "lines": [*found.segments, found.total],
        "rules_used": rule_versions.used(campaign.targets.select_related("segment")),
        "chart": _chart(found),
        "left_out": [(reasons.get(key, key), number) for key, number in found.left_out.items()],
    }
    return render(request, "campaigns/results.html", context)


def _chart(found: results.CampaignResults) -> dict[str, Any]:
    """Clicks and orders as shares of what was sent, a bar a segment."""
    lines = [line for line in found.segments if line.sent]
    clicks = [line.click_share for line in lines]
    return {
        "type": "bar",
        "title": _("Clicks and orders by segment"),
        "label_title": _("Segment"),
        "unit": "percent",
        "horizontal": True,
        "labels": [line.name for line in lines],
        "datasets": [
            {"label": _("Clicks"), "data": clicks},
            {"label": _("Buyers"), "data": [line.buyer_share for line in lines]},
        ],
    }


@requires(Capability.SEE_FIGURES)
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The table as a file a French Excel opens as it is; figures only, nobody's name."""
    campaign = get_object_or_404(Campaign, pk=pk)
    found = results.for_campaign(pk)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    name = slugify(campaign.name) or f"campaign-{pk}"
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response, delimiter=";")
    writer.writerow(
        [
            _("Segment"),
            _("Chosen"),
            _("Left out"),
            _("Sent"),
            _("Delivered"),
            _("People who clicked"),
            _("Clicks that name nobody"),
            _("Buyers"),
            _("Orders"),
            _("Revenue"),
            _("Unsubscribed"),
        ]
    )
    for line in (*found.segments, found.total):
        writer.writerow(
            [
                inert(line.name if line.segment_id else _("Whole campaign")),
                line.chosen,
                line.left_out,
                line.sent,
                line.delivered,
                line.clicked,
                line.anonymous_clicks,
                line.buyers,
                line.orders,
                str(line.revenue).replace(".", ","),
                line.unsubscribed,
            ]
        )
    return response
