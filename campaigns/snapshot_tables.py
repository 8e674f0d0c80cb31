"""What the snapshot mirrors of campaigns: messages once sent, and what people did with them.

Invariant (data minimisation): no address and no text of a message; of a link its host and path.
"""

from __future__ import annotations

from typing import Final

from segmentation.snapshot.tables import (
    OF_NOBODY,
    Column,
    Field,
    Kind,
    Source,
    Table,
    codes,
    copies,
    plain,
    register,
)

_ID: Final = Column("id", "BIGINT")
_CUSTOMER: Final = Column("customer_id", "BIGINT")
_CAMPAIGN: Final = Column("campaign_id", "BIGINT")
# What follows the path may name the person (a token, an address).
_HOST_AND_PATH: Final = "regexp_replace(s.url, '^[A-Za-z]+://|[?#].*$', '', 'g')"

SOURCES: Final = (
    Source(
        "messages",
        "campaigns.Message",
        (
            _ID,
            _CUSTOMER,
            _CAMPAIGN,
            Column("channel", "VARCHAR"),
            Column("state", "VARCHAR"),
            Column("sent_at", "TIMESTAMP"),
        ),
        where="{row}.sent_at IS NOT NULL",
    ),
    Source(
        "links",
        "campaigns.CampaignLink",
        (_ID, Column("url", "VARCHAR")),
        owner=OF_NOBODY,
    ),
    Source(
        "engagements",
        "campaigns.Engagement",
        (
            _ID,
            _CUSTOMER,
            _CAMPAIGN,
            Column("kind", "VARCHAR"),
            Column("channel", "VARCHAR"),
            Column("link_id", "BIGINT"),
            Column("machine", "BOOLEAN"),
            Column("occurred_at", "TIMESTAMP"),
        ),
    ),
)

TABLES: Final = (
    Table(
        "messages",
        "stage_messages",
        (
            *plain("id", "customer_id"),
            Field("campaign", "s.campaign_id"),
            *codes("channel"),
            Field("status", "s.state", Kind.CODE),
            Field("sent_at", "s.sent_at", Kind.INSTANT),
        ),
    ),
    Table(
        "links",
        "stage_links",
        (*plain("id"), Field("link", _HOST_AND_PATH, Kind.TEXT, "link")),
        customer="",
        weight=0,
        repeated="link",
        repeated_in=("engagements",),
    ),
    Table(
        "engagements",
        "stage_engagements",
        (
            *plain("id", "customer_id", "machine"),
            *codes("kind", "channel"),
            Field("campaign", "s.campaign_id"),
            *copies("link", sql="l.{}"),
            Field("occurred_at", "s.occurred_at", Kind.INSTANT),
        ),
        joins=" LEFT JOIN links l ON l.id = s.link_id",
    ),
)

register(SOURCES, TABLES)
