"""The steps of a draft: identity, audience, content, when, check; and its launch."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.models import User
from accounts.roles import Capability
from campaigns import audience, checks, content, lifecycle, testing_oneself, window
from campaigns.channels import provider_for
from campaigns.forms import AudienceForm, CampaignForm, ContentForm, TestMessageForm, WhenForm
from campaigns.models import Campaign, Message, SendingSettings
from campaigns.views.parameters import whole_number
from campaigns.views.sealed import framed, sealed
from customers.models import Channel, Customer
from segmentation.models import Segment
from segmentation.snapshot import NoSnapshot


def _moved_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone launched the campaign while this page was open: nothing was changed."""
    messages.warning(request, _("The campaign has moved on meanwhile: look at its state."))
    if wants_fragment(request):
        return HttpResponseClientRedirect(reverse("campaigns:detail", args=[pk]))
    return redirect("campaigns:detail", pk)


def _editable(
    view: Callable[[HttpRequest, Campaign], HttpResponse],
) -> Callable[[HttpRequest, int], HttpResponse]:
    """Hand a step its draft; one launched before, or while it is saved, is shown instead."""

    @wraps(view)
    def step(request: HttpRequest, pk: int) -> HttpResponse:
        campaign = get_object_or_404(Campaign, pk=pk)
        if campaign.state not in lifecycle.EDITABLE:
            return redirect("campaigns:detail", pk)
        try:
            return view(request, campaign)
        except lifecycle.WrongState:
            return _moved_on(request, pk)

    return step


def _step(request: HttpRequest, step: str, campaign: Campaign, **context: Any) -> HttpResponse:
    """Render one step's page; 422 when its form has errors."""
    form = context.get("form")
    status = 422 if form is not None and form.is_bound and form.errors else 200
    context |= {"campaign": campaign, "step": step}
    return render(request, f"campaigns/{step}.html", context, status=status)


@requires(Capability.RUN_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
@_editable
def identity(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Rename the campaign or change its kind."""
    form = CampaignForm(request.POST or None, instance=campaign)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("campaigns:audience", campaign.pk)
    return _step(request, "identity", campaign, form=form)


@requires(Capability.RUN_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
@_editable
def audience_step(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Choose segments; every change is kept and the numbers beside follow."""
    form = AudienceForm(campaign, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        if not wants_fragment(request):
            return redirect("campaigns:content", campaign.pk)
    elif wants_fragment(request):
        return render(request, "campaigns/audience.html#problem", {"form": form})
    if wants_fragment(request):
        context = {"campaign": campaign, **_figures(campaign)}
        return render(request, "campaigns/audience.html#figures", context)
    has_segments = Segment.objects.filter(archived_at=None).exists()
    context = {"form": form, "has_segments": has_segments, **_figures(campaign)}
    return _step(request, "audience", campaign, **context)


def _figures(campaign: Campaign) -> dict[str, Any]:
    """The audience's numbers, or in words why there are none."""
    if not campaign.targets.filter(excluded=False).exists():
        return {"figures": None}
    try:
        figures = audience.preview(campaign)
    except NoSnapshot as missing:
        return {"figures": None, "missing": str(missing)}
    labels = dict(Message.Reason.choices)
    reasons = [(labels[reason], number) for reason, number in figures.left_out.items() if number]
    return {"figures": figures, "reasons": reasons, "out": sum(figures.left_out.values())}


@requires(Capability.RUN_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
@_editable
def content_step(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Write the message; what is typed is kept and shown as a real person would get it."""
    form = ContentForm(request.POST or None, instance=campaign)
    if request.method == "POST" and form.is_valid():
        form.save()
        if not wants_fragment(request):
            if not content.validate(campaign):
                return redirect("campaigns:when", campaign.pk)
            return redirect("campaigns:content", campaign.pk)
    context = _preview(request, campaign) | {"form": form, "fields": content.merge_fields()}
    if wants_fragment(request):
        context["campaign"] = campaign
        return render(request, "campaigns/content.html#preview", context)
    context["formatting"] = content.formatting_help()
    context["default_example"] = '{{ first_name | default: "vous" }}'
    return _step(request, "content", campaign, **context)


def _people(request: HttpRequest, campaign: Campaign) -> tuple[list[Customer], int]:
    """Some people of the audience, and the place among them of the one asked for."""
    people: list[Customer] = []
    if campaign.targets.filter(excluded=False).exists():
        try:
            people = audience.sample(campaign, 10)
        except NoSnapshot:
            people = []
    asked = whole_number(request.POST.get("person") or request.GET.get("person"))
    return people, (asked or 0) % len(people) if people else 0


def _preview(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """The message as the nth person of the audience would get it."""
    people, place = _people(request, campaign)
    person = people[place] if people else None
    problems = content.validate(campaign)
    context: dict[str, Any] = {
        "problems": problems,
        "person": person,
        "place": place,
        "next": place + 1,
        "people": len(people),
        "sending": SendingSettings.load(),
    }
    if person and not problems:
        try:
            context["rendered"] = content.render(campaign, person)
        except content.ContentError as error:
            context["failure"] = str(error)
    return context


@requires(Capability.RUN_CAMPAIGNS)
@require_safe
@sealed
def preview_mail(request: HttpRequest, pk: int, customer: int) -> HttpResponse:
    """The e-mail one person would get, as a sealed document for the preview's frame."""
    campaign = get_object_or_404(Campaign, pk=pk)
    person = get_object_or_404(Customer, pk=customer)
    try:
        rendered = content.render(campaign, person)
    except content.ContentError as error:
        return HttpResponse(format_html("<p>{}</p>", str(error)), status=422)
    return HttpResponse(framed(rendered.html))


@requires(Capability.RUN_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
@_editable
def when_step(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Now or later, and how long an order counts as the campaign's result."""
    form = WhenForm(campaign, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("campaigns:check", campaign.pk)
    return _step(request, "when", campaign, form=form, sending=SendingSettings.load())


@requires(Capability.RUN_CAMPAIGNS)
@require_safe
@_editable
def check_step(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Every number and every doubt, before the button."""
    assert isinstance(request.user, User)
    problems = checks.problems(campaign)
    initial = {"recipient": request.user.email if campaign.channel == Channel.EMAIL else ""}
    context = {
        **_figures(campaign),
        **_preview(request, campaign),
        "problems": problems,
        "blocked": any(problem.blocking for problem in problems),
        "test_form": TestMessageForm(campaign, initial=initial),
        "provider": provider_for(campaign.channel),
        "waits_until": window.next_opening(campaign, campaign.scheduled_at),
    }
    return _step(request, "check", campaign, **context)


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the message to oneself, with the data of someone of the audience."""
    campaign = get_object_or_404(Campaign, pk=pk)
    form = TestMessageForm(campaign, request.POST)
    if not form.is_valid():
        for error in form.errors["recipient"]:
            messages.error(request, str(error))
        return redirect("campaigns:check", pk)
    people, place = _people(request, campaign)
    person = people[place] if people else None
    result = testing_oneself.send_test(campaign, person, form.cleaned_data["recipient"])
    if result.accepted:
        where = provider_for(campaign.channel)
        text = (
            _("The test landed in the test outbox.") if where.is_test else _("The test was sent.")
        )
        messages.success(request, text)
    else:
        text = _("The test was not sent: %(reason)s") % {"reason": result.error}
        messages.error(request, text)
    return redirect("campaigns:check", pk)


@requires(Capability.RUN_CAMPAIGNS)
@require_POST
def launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Launch the campaign, now or at its time; refused with every reason where it must not go."""
    campaign = get_object_or_404(Campaign, pk=pk)
    assert isinstance(request.user, User)
    try:
        lifecycle.launch(campaign, request.user, campaign.scheduled_at)
    except lifecycle.NotReady as refused:
        for problem in refused.problems:
            messages.error(request, str(problem.message))
        return redirect("campaigns:check", pk)
    except lifecycle.WrongState:
        messages.warning(request, _("The campaign was already launched."))
    return redirect("campaigns:detail", pk)
