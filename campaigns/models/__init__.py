"""Campaigns, the one message each person gets, and what came of it."""

from __future__ import annotations

from campaigns.models.campaign import Campaign, CampaignLink, CampaignSegment, SendingSettings
from campaigns.models.engagement import Engagement, LinkTotal
from campaigns.models.message import Message
from campaigns.models.outbox import OutboxMessage

__all__ = [
    "Campaign",
    "CampaignLink",
    "CampaignSegment",
    "Engagement",
    "LinkTotal",
    "Message",
    "OutboxMessage",
    "SendingSettings",
]
