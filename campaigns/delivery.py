"""Sending: claim, call the provider, record; again until nothing is due.

Invariants (the delivery contract's): between a claim's commit and its record nothing else is
written, so that a process killed at any moment leaves at most one request per process in doubt;
the right to send is taken from the rate bucket before the claim, so that a lease never runs while
a worker waits its turn; pause and cancel are heard before each request.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from campaigns import claims, outcomes, rate, tokens, tracking, unsubscribe
from campaigns.channels import ChannelFault, Fate, Outgoing, Provider, Result, provider_for
from campaigns.content import Compiled, ContentError, Rendered, compiled
from campaigns.lifecycle import WrongState, pause
from campaigns.models import Campaign, CampaignLink, Message, SendingSettings
from customers import preferences
from customers.models import Channel

SLICE: Final = 20.0
RUNNER_LEASE: Final = dt.timedelta(seconds=6)
_RENEW_AFTER: Final = 2.0
_OUTBOX_RATE: Final = 500
logger = structlog.get_logger(__name__)


@dataclass
class Slice:
    """What one turn of a worker did. `more` says that messages were still due at its end."""

    requests: int = 0
    accepted: int = 0
    more: bool = False


def send_slice(
    campaign_id: int,
    *,
    seconds: float = SLICE,
    largest: int = 50,
    provider: Provider | None = None,
    bucket: rate.Bucket | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Slice:
    """Send what is due for at most `seconds`, in requests of at most `largest` messages.

    Safe to run any number of times at once. Raises ContentError where the content itself is
    wrong, and redis.RedisError where the rate bucket is away.
    """
    done = Slice()
    campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).first()
    if campaign is None:
        return done
    sender = _Sender(campaign, provider or provider_for(campaign.channel))
    bucket = bucket or rate.RedisBucket(campaign.channel)
    renewed = time.monotonic()
    end = renewed + seconds
    try:
        while time.monotonic() < end:
            granted, wait = bucket.take(min(sender.provider.batch_size, largest), sender.per_second)
            if not granted:
                sleep(min(wait, 1.0))
                continue
            claim = claims.claim(campaign_id, sender.provider, granted)
            bucket.give_back(granted - len(claim.items))
            if not claim.looked_at:
                break
            if claim.items:
                done.requests += 1
                done.accepted += sender.send(claim)
            if time.monotonic() > renewed + _RENEW_AFTER:
                keep_runner(campaign_id)
                renewed = time.monotonic()
        else:
            done.more = True
    finally:
        sender.provider.close()
    return done


class _Sender:
    """Makes one campaign's messages and hands them to its provider."""

    def __init__(self, campaign: Campaign, provider: Provider) -> None:
        rules = SendingSettings.load()
        self.campaign = campaign
        self.provider = provider
        self.content: Compiled = compiled(campaign)
        self.link_ids = list(CampaignLink.objects.filter(campaign=campaign).values_list("pk"))
        self.rules = rules
        chosen = rules.sms_rate if campaign.channel == Channel.SMS else rules.email_rate
        self.per_second = max(chosen, _OUTBOX_RATE) if provider.is_test else chosen

    def send(self, claim: claims.Claim) -> int:
        """One request; returns how many messages were accepted."""
        try:
            outgoing, known = self._made(claim)
        except Exception:
            # Nothing left: a fault of ours must not leave fifty people in doubt.
            outcomes.release(claim.id)
            raise
        try:
            answers = self._call(claim, outgoing)
        except ChannelFault as fault:
            outcomes.release(claim.id, str(fault))
            self._pause(str(fault))
            return 0
        if answers is None:
            outcomes.release(claim.id)
            return 0
        by_key = {answer.key: answer for answer in answers}
        pairs = [
            (item.message, by_key[key])
            for item in claim.items
            if (key := tokens.message_key(item.message.pk)) in by_key
        ]
        counts = outcomes.record(self.campaign.pk, claim.id, [*pairs, *known])
        logger.info("request sent", campaign=self.campaign.pk, **counts)
        # Each time, because receipts count failures of messages accepted long ago.
        outcomes.stop_if_failing(self.campaign)
        return counts[Fate.ACCEPTED]

    def _made(self, claim: claims.Claim) -> tuple[list[Outgoing], list[tuple[Message, Result]]]:
        """The messages to hand over, and those that cannot be made for their person."""
        outgoing: list[Outgoing] = []
        known: list[tuple[Message, Result]] = []
        for item in claim.items:
            key = tokens.message_key(item.message.pk)
            try:
                rendered = self._rendered(item)
            except ContentError as error:
                known.append((item.message, Result(key, Fate.PERMANENT, error=str(error))))
                continue
            item.message.parts = rendered.parts
            outgoing.append(self._outgoing(item, key, rendered))
        return outgoing, known

    def _call(self, claim: claims.Claim, outgoing: list[Outgoing]) -> list[Result] | None:
        """The provider's results; None where the lease no longer covers a request's time-out."""
        if not outgoing:
            return []
        needed = dt.timedelta(seconds=self.provider.timeout)
        if timezone.now() + needed > claim.expires:
            return None
        return self.provider.send(outgoing)

    def _rendered(self, item: claims.Claimed) -> Rendered:
        message = item.message
        follow = message.pk if item.followed else None
        links = [
            tracking.link_url(self.campaign.pk, message.segment_id, link, follow)
            for (link,) in self.link_ids
        ]
        if not self._promotes_by_email:
            return self.content.render(item.customer, links)
        return self.content.render(
            item.customer,
            links,
            unsubscribe.url(message),
            preferences.url(item.customer, Channel.EMAIL),
        )

    @property
    def _promotes_by_email(self) -> bool:
        return self.content.promotional and self.campaign.channel == Channel.EMAIL

    def _outgoing(self, item: claims.Claimed, key: str, rendered: Rendered) -> Outgoing:
        message = item.message
        sender, name, headers = identity(self.campaign.channel, self.rules)
        if self._promotes_by_email:
            headers |= unsubscribe.headers(message)
        return Outgoing(
            key=key,
            channel=self.campaign.channel,
            recipient=message.address or "",
            text=rendered.text,
            sender=sender,
            sender_name=name,
            subject=rendered.subject,
            html=rendered.html,
            headers=headers,
            message_id=message.pk,
        )

    def _pause(self, reason: str) -> None:
        try:
            pause(self.campaign, None, reason)
        except WrongState as moved:
            logger.info("not paused", campaign=self.campaign.pk, state=moved.state)


def identity(channel: str, rules: SendingSettings) -> tuple[str, str, dict[str, str]]:
    """Who a message is from: the address or SMS sender, the name shown, and Reply-To."""
    if channel == Channel.SMS:
        return rules.sms_sender, "", {}
    default = str(settings.DEFAULT_FROM_EMAIL).rpartition("<")[2].rstrip(">").strip()
    headers = {"Reply-To": rules.reply_to} if rules.reply_to else {}
    return rules.sender_email or default, rules.sender_name, headers


def become_runner(campaign_id: int) -> bool:
    """Take the right to be the campaign's usual sender; a matter of economy, not of safety."""
    now = timezone.now()
    free = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).filter(
        Q(leased_until=None) | Q(leased_until__lt=now)
    )
    return bool(free.update(leased_until=now + RUNNER_LEASE))


def keep_runner(campaign_id: int) -> None:
    """Stay the campaign's sender a little longer."""
    Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).update(
        leased_until=timezone.now() + RUNNER_LEASE
    )


def leave_runner(campaign_id: int) -> None:
    """Let another take over at once."""
    Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).update(leased_until=None)


def with_work(now: dt.datetime | None = None) -> list[int]:
    """The campaigns with messages due and nobody sending them."""
    now = now or timezone.now()
    free = Campaign.objects.filter(state=Campaign.State.SENDING).filter(
        Q(leased_until=None) | Q(leased_until__lt=now)
    )
    due = Message.objects.filter(state=Message.State.QUEUED, due_at__lte=now)
    return [pk for pk in free.values_list("pk", flat=True) if due.filter(campaign=pk).exists()]
