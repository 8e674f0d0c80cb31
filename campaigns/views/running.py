"""A launched campaign: what it does now, and the words that change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import can, requires
from accounts.fragments import wants_fragment
from accounts.models import User
from accounts.roles import Capability
from campaigns import lifecycle, progress, results, rule_versions
from campaigns.channels import provider_for
from campaigns.models import Campaign, Message

MOVING = {
    Campaign.State.SCHEDULED,
    Campaign.State.PREPARING,
    Campaign.State.SENDING,
    Campaign.State.PAUSED,
}


@requires(Capability.SEE_FIGURES)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the campaign is; polled while it moves. A draft goes to its next step."""
    campaign = get_object_or_404(Campaign.objects.select_related("launched_by"), pk=pk)
    if campaign.state == Campaign.State.DRAFT and can(request.user, Capability.RUN_CAMPAIGNS):
        return redirect("campaigns:check" if campaign.body else "campaigns:audience", pk)
    context: dict[str, Any] = {
        "campaign": campaign,
        "progress": progress.of(campaign),
        "moves": lifecycle.may(campaign),
        "overdue": lifecycle.is_overdue(campaign),
        "moving": campaign.state in MOVING,
    }
    if wants_fragment(request):
        if not context["moving"]:
            # The whole page has more to say once nothing moves any more.
            return HttpResponseClientRefresh()
        return render(request, "campaigns/campaign.html#live", context)
    reasons = dict(Message.Reason.choices)
    found = results.for_campaign(pk) if campaign.launched_at else None
    context |= {
        "rules_used": rule_versions.used(campaign.targets.select_related("segment")),
        "results": found,
        "left_out": [(reasons.get(key, key), n) for key, n in found.left_out.items()]
        if found
        else [],
        "provider": provider_for(campaign.channel),
    }
    return render(request, "campaigns/campaign.html", context)


def _move(
    request: HttpRequest, pk: int, move: Callable[[Campaign, User], Any], said: str
) -> HttpResponse:
    """Make one move of the campaign; told when its state no longer allows it."""
    campaign = get_object_or_404(Campaign, pk=pk)
    assert isinstance(request.user, User)
    try:
        move(campaign, request.user)
    except lifecycle.WrongState:
        messages.warning(request, _("The campaign has moved on meanwhile: look at its state."))
    except lifecycle.NotReady as refused:
        for problem in refused.problems:
            messages.error(request, str(problem.message))
    else:
        messages.success(request, said)
    return redirect("campaigns:detail", pk)


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop claiming messages; those already with the provider go their way."""
    return _move(request, pk, lifecycle.pause, _("Paused. Nothing more is sent until you resume."))


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on from where it stopped."""
    return _move(request, pk, lifecycle.resume, _("Sending goes on."))


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End the campaign; what waits is skipped."""
    return _move(request, pk, lifecycle.cancel, _("Cancelled. What was waiting will not be sent."))


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def unschedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a scheduled campaign back to be edited."""
    return _move(request, pk, lifecycle.unschedule, _("It is a draft again."))


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def launch_overdue(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's word for a campaign found long after its time."""
    return _move(request, pk, lifecycle.launch, _("Launched."))


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def requeue(request: HttpRequest, pk: int) -> HttpResponse:
    """Send again what may or may not have arrived: the marketer's decision."""
    campaign = get_object_or_404(Campaign, pk=pk)
    assert isinstance(request.user, User)
    try:
        number = lifecycle.requeue_uncertain(campaign, request.user)
    except lifecycle.WrongState:
        messages.warning(request, _("The campaign has moved on meanwhile: look at its state."))
    else:
        text = ngettext("%(n)s message waits again.", "%(n)s messages wait again.", number)
        messages.success(request, text % {"n": number})
    return redirect("campaigns:detail", pk)


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new draft with the same audience and words."""
    assert isinstance(request.user, User)
    copy = lifecycle.duplicate(get_object_or_404(Campaign, pk=pk), request.user)
    messages.success(request, _("Here is the copy, as a draft."))
    return redirect("campaigns:audience", copy.pk)


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft; anything launched is kept."""
    deleted, _by_model = Campaign.objects.filter(pk=pk, state=Campaign.State.DRAFT).delete()
    if not deleted:
        messages.warning(request, _("Only a draft can be deleted."))
        return redirect("campaigns:detail", pk)
    messages.success(request, _("The draft is deleted."))
    return redirect("campaigns:list")
