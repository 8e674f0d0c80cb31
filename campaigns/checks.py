"""Every doubt about a campaign before it starts, and which of them forbid it.

Invariant: a campaign with a blocking problem never leaves the draft, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import conf, content, sms
from campaigns.channels import provider_for
from campaigns.models import Campaign, SendingSettings
from customers.models import Channel


@dataclass(frozen=True)
class Problem:
    """Something to know; `blocking` ones must be mended before the launch."""

    code: str
    message: str | Promise
    blocking: bool = True


def problems(campaign: Campaign) -> list[Problem]:
    """Everything worth saying about a campaign, most serious first."""
    found = [*_audience(campaign), *_content(campaign), *_kind(campaign)]
    found += _sms(campaign) if campaign.channel == Channel.SMS else _email()
    return sorted(found, key=lambda problem: not problem.blocking)


def _audience(campaign: Campaign) -> Iterator[Problem]:
    included = campaign.targets.filter(excluded=False).select_related("segment")
    if not included:
        yield Problem("no_segment", _("Choose at least one segment."))
    for target in included:
        if target.segment.archived_at:
            message = _("The segment “%(name)s” is archived.") % {"name": target.segment.name}
            yield Problem("archived_segment", message)


def _content(campaign: Campaign) -> Iterator[Problem]:
    for problem in content.validate(campaign):
        yield Problem(f"content_{problem.field}", problem.message)


def _kind(campaign: Campaign) -> Iterator[Problem]:
    if campaign.kind == Campaign.Kind.SERVICE:
        if not campaign.service_reason.strip():
            yield Problem("no_service_reason", _("Say why this is a service message."))
        message = _("A service message is sent without asking for consent. The reason is kept.")
        yield Problem("service", message, blocking=False)


def _sms(campaign: Campaign) -> Iterator[Problem]:
    gateway = conf.sms_gateway()
    sender = SendingSettings.load().sms_sender
    if not provider_for(Channel.SMS).is_test:
        wrong = sms.sender_problem(sender)
        if wrong is not None:
            yield Problem("sms_sender", wrong)
        if not gateway.secret:
            message = _(
                "STOP answers cannot reach us: set SMS_GATEWAY_SECRET and give the gateway the "
                "address of our webhook."
            )
            yield Problem("no_way_in_for_stop", message)
        elif not gateway.stop_number and campaign.kind == Campaign.Kind.PROMOTIONAL:
            message = _("People cannot answer a sender made of letters: set SMS_STOP_NUMBER.")
            yield Problem("no_stop_number", message)
    forcing = sms.forcing_characters(campaign.body)
    if forcing:
        message = _("These characters make the SMS shorter or dearer: %(characters)s")
        yield Problem("ucs2", message % {"characters": " ".join(forcing)}, blocking=False)


def _email() -> Iterator[Problem]:
    if not provider_for(Channel.EMAIL).is_test and not SendingSettings.load().sender_email:
        yield Problem("email_sender", _("Give the sender's address, in the sending settings."))
