"""The list of campaigns, and the first step of a new one."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.models import User
from accounts.roles import Capability
from campaigns import drafting
from campaigns.forms import CampaignForm
from campaigns.models import Campaign, CampaignSegment
from campaigns.views.parameters import whole_number, words
from customers.models import Channel
from segmentation import plans
from segmentation.models import Segment

STATES = {
    "drafts": [Campaign.State.DRAFT],
    "ahead": [Campaign.State.SCHEDULED],
    "running": [
        Campaign.State.PREPARING,
        Campaign.State.SENDING,
        Campaign.State.PAUSED,
        Campaign.State.FAILED,
    ],
    "done": [Campaign.State.SENT, Campaign.State.CANCELLED],
}


@requires(Capability.SEE_FIGURES)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Campaigns, latest first, by group of states and by words of their name."""
    campaigns = Campaign.objects.prefetch_related(
        Prefetch("targets", CampaignSegment.objects.select_related("segment"))
    )
    sought = words(request.GET.get("q"))
    for word in sought:
        campaigns = campaigns.filter(name__icontains=word)
    group = request.GET.get("state", "")
    counts = Campaign.objects.aggregate(
        **{name: Count("id", filter=Q(state__in=states)) for name, states in STATES.items()}
    )
    if group in STATES:
        campaigns = campaigns.filter(state__in=STATES[group])
    page = Paginator(campaigns, 30).get_page(request.GET.get("page"))
    context = {"page_obj": page, "words": " ".join(sought), "group": group, "counts": counts}
    template = "campaigns/list.html"
    return render(request, f"{template}#rows" if wants_fragment(request) else template, context)


@requires(Capability.RUN_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Name a campaign and choose its channel; its audience comes next.

    From a segment's page, the audience is that segment and the channel that of its plan.
    """
    number = whole_number(request.POST.get("segment") or request.GET.get("segment"))
    segment = Segment.objects.filter(pk=number or 0, archived_at=None).first()
    plan = plans.of(segment) if segment else None
    planned = plan.channel if plan and plan.channel in Channel.values else Channel.SMS
    form = CampaignForm(
        request.POST or None, initial={"channel": planned, "kind": Campaign.Kind.PROMOTIONAL}
    )
    if request.method == "POST" and form.is_valid():
        campaign = form.save(commit=False)
        assert isinstance(request.user, User)
        drafting.begin(campaign, request.user, segment)
        return redirect("campaigns:audience", campaign.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "segment": segment, "plan": plan}
    return render(request, "campaigns/new.html", context, status=status)
