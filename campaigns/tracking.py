"""Clicks: where a link leads, and what is kept of the click.

Invariants: a link leads only where the campaign's content said (never an open redirect). A click
names a person only with their tracking consent, both when the message was made (the token then
carries the message) and at the click; otherwise it is one more in a total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from campaigns import conf, tokens
from campaigns.models import CampaignLink, Engagement, LinkTotal, Message
from customers.consent import consent_states
from customers.ingestion.visitors import marked
from customers.models import ConsentState, Customer, Subject

_MACHINES: Final = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scan|preview|prefetch|monitor|validator|proxy|barracuda|mimecast"
    r"|proofpoint|safelinks|trendmicro|cloudmark|symantec|forcepoint|curl|wget|python|java/|okhttp"
    r"|go-http-client|libwww|httpclient|headless|facebookexternalhit|whatsapp|telegram|skype|slack",
    re.IGNORECASE,
)


def link_url(campaign: int, segment: int | None, link: int, message: int | None) -> str:
    """The address a recipient sees for a link; `message` only for someone who is followed."""
    token = tokens.click(campaign, segment, link, message)
    return conf.absolute(reverse("campaigns:click", args=[token]))


def is_machine(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request surely comes from a scanner, a preview or a proxy, not from a reader."""
    agent = headers.get("User-Agent", "")
    purpose = headers.get("Sec-Purpose", "") + headers.get("Purpose", "")
    return method == "HEAD" or "prefetch" in purpose or not agent or bool(_MACHINES.search(agent))


def follow(token: str, *, machine: bool) -> str | None:
    """Count a click and return where it leads; None for a token that is not ours."""
    click = tokens.read_click(token)
    if click is None:
        return None
    link = CampaignLink.objects.filter(pk=click.link, campaign_id=click.campaign).first()
    if link is None:
        return None
    customer = _name(click, link, machine)
    if customer is None and click.segment:
        _total(click, link, machine)
    if customer is None or machine:
        return link.url
    # A connected site may go on from there with who agreed to be followed.
    return marked(link.url, customer)


def _name(click: tokens.Click, link: CampaignLink, machine: bool) -> int | None:
    """Keep a named click where the person agrees; who it is, None where nothing was kept."""
    if click.message is None:
        return None
    with transaction.atomic():
        return _keep(click.message, link, machine)


def _keep(message: int, link: CampaignLink, machine: bool) -> int | None:
    found = Message.objects.filter(pk=message, campaign_id=link.campaign_id).first()
    if found is None:
        return None
    # Held, so that a withdrawal comes wholly before this click or wholly after, and takes it out.
    if not Customer.objects.select_for_update().filter(pk=found.customer_id).exists():
        return None
    states = consent_states([found.customer_id], Subject.TRACKING)
    if states[found.customer_id] != ConsentState.GIVEN:
        return None
    Engagement.objects.create(
        kind=Engagement.Kind.CLICK,
        channel=found.channel,
        campaign_id=found.campaign_id,
        customer_id=found.customer_id,
        segment_id=found.segment_id,
        link=link,
        machine=machine,
    )
    return found.customer_id


def _total(click: tokens.Click, link: CampaignLink, machine: bool) -> None:
    add_to_total(click.campaign, click.segment, link.pk, machine)


def add_to_total(campaign: int, segment: int, link: int, machine: bool, clicks: int = 1) -> None:
    """Count clicks that name nobody; the counter is made by the first."""
    mine = LinkTotal.objects.filter(
        campaign_id=campaign, segment_id=segment, link_id=link, machine=machine
    )
    if mine.update(clicks=F("clicks") + clicks):
        return
    try:
        with transaction.atomic():
            LinkTotal.objects.create(
                campaign_id=campaign,
                segment_id=segment,
                link_id=link,
                machine=machine,
                clicks=clicks,
            )
    except IntegrityError:
        # Another click made the counter in between; a segment gone since has none any more.
        mine.update(clicks=F("clicks") + clicks)


def forget(customer_id: int) -> int:
    """Take a person out of the clicks already kept: these become totals. Returns how many."""
    followed = (Engagement.Kind.CLICK, Engagement.Kind.OPEN)
    with transaction.atomic():
        rows = list(Engagement.objects.filter(customer_id=customer_id, kind__in=followed))
        for row in rows:
            if row.campaign_id and row.segment_id and row.link_id:
                add_to_total(row.campaign_id, row.segment_id, row.link_id, row.machine)
        Engagement.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
