"""The ways out, one file a provider, and which of them is used for a channel."""

from __future__ import annotations

from campaigns import conf
from campaigns.channels.base import ChannelFault, Fate, Outgoing, Provider, Result
from campaigns.channels.outbox import TestOutbox
from campaigns.channels.sms_gateway import SmsGateway
from campaigns.channels.smtp import Smtp
from customers.models import Channel

__all__ = ["ChannelFault", "Fate", "Outgoing", "Provider", "Result", "provider_for"]


def provider_for(channel: str) -> Provider:
    """The configured provider of a channel, else the test outbox."""
    if channel == Channel.SMS:
        gateway = conf.sms_gateway()
        return SmsGateway(gateway) if gateway.url else TestOutbox(channel)
    return Smtp() if conf.smtp_is_set() else TestOutbox(channel)
