"""The test outbox: a phone and an inbox, where messages land without a provider."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from campaigns.channels import provider_for
from campaigns.models import OutboxMessage
from campaigns.views.parameters import whole_number, words
from campaigns.views.sealed import framed, sealed
from customers.models import Channel


@requires(Capability.SEE_CONTACTS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Messages, latest first, searched by recipient or words, with one of them open."""
    found = OutboxMessage.objects.select_related("message__campaign", "message__customer")
    channel = request.GET.get("channel", "")
    if channel in Channel.values:
        found = found.filter(channel=channel)
    sought = words(request.GET.get("q"))
    for word in sought:
        found = found.filter(
            Q(recipient__icontains=word) | Q(subject__icontains=word) | Q(text__icontains=word)
        )
    campaign = request.GET.get("campaign", "")
    if (number := whole_number(campaign)) is not None:
        found = found.filter(message__campaign_id=number)
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    asked = whole_number(request.GET.get("message", ""))
    opened = found.filter(pk=asked).first() if asked is not None else None
    context = {
        "page_obj": page,
        "opened": opened or next(iter(page), None),
        "channel": channel,
        "words": " ".join(sought),
        "campaign": campaign,
        "real": [provider for c in Channel if not (provider := provider_for(c)).is_test],
    }
    template = "campaigns/outbox.html"
    return render(request, f"{template}#box" if wants_fragment(request) else template, context)


@requires(Capability.SEE_CONTACTS)
@require_safe
@sealed
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """An e-mail of the outbox as its reader sees it, sealed in the frame's document."""
    message = get_object_or_404(OutboxMessage, pk=pk, channel=Channel.EMAIL)
    return HttpResponse(framed(message.html) or format_html("<pre>{}</pre>", message.text))
