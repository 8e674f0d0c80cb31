"""What came of a campaign, as a whole and per segment of record.

Invariants: every figure is counted from the facts by a few grouped queries, however large the
campaign. A click counts a person only where they agreed to be followed; the others' clicks are
counted apart, as clicks. Machines are left out. An order counts once: paid, placed by a recipient
within the campaign's attribution window after the message left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from campaigns.models import Campaign, CampaignLink, Engagement, LinkTotal, Message
from customers.models import Order
from segmentation.models import Segment

State = Message.State
_GONE_OUT = (State.SENT, State.DELIVERED, State.BOUNCED)


@dataclass
class Line:
    """The figures of one segment, or of the whole campaign (segment_id None)."""

    segment_id: int | None
    name: str
    chosen: int = 0
    left_out: int = 0
    queued: int = 0
    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    failed: int = 0
    uncertain: int = 0
    skipped: int = 0
    clicked: int = 0
    anonymous_clicks: int = 0
    buyers: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    unsubscribed: int = 0

    @property
    def all_clicks(self) -> int:
        """People who are followed, once each, and the clicks of the others."""
        return self.clicked + self.anonymous_clicks

    @property
    def delivered_share(self) -> float | None:
        return self._of_sent(self.delivered)

    @property
    def click_share(self) -> float | None:
        return self._of_sent(self.all_clicks)

    @property
    def buyer_share(self) -> float | None:
        return self._of_sent(self.buyers)

    @property
    def unsubscribed_share(self) -> float | None:
        return self._of_sent(self.unsubscribed)

    @property
    def revenue_per_message(self) -> Decimal | None:
        return self.revenue / self.sent if self.sent else None

    def _of_sent(self, number: int) -> float | None:
        return number / self.sent if self.sent else None


@dataclass(frozen=True)
class LinkLine:
    """The clicks on one link: people who are followed, clicks of the others, machines."""

    link_id: int
    url: str
    position: int
    people: int
    anonymous: int
    machine: int

    @property
    def total(self) -> int:
        """All but the machines."""
        return self.people + self.anonymous


@dataclass(frozen=True)
class CampaignResults:
    """Everything the results page shows. `left_out` is by reason."""

    campaign_id: int
    total: Line
    segments: list[Line]
    left_out: dict[str, int] = field(default_factory=dict)
    links: list[LinkLine] = field(default_factory=list)


def for_campaign(campaign_id: int) -> CampaignResults:
    """The results of one campaign; raises Campaign.DoesNotExist."""
    campaign = Campaign.objects.get(pk=campaign_id)
    lines = _lines([campaign])
    mine = {segment: line for (_pk, segment), line in lines.items()}
    order = {pk: place for place, pk in enumerate(_segments_by_priority(mine))}
    segments = sorted(mine.values(), key=lambda line: order.get(line.segment_id or 0, len(order)))
    left_out = Message.objects.filter(campaign=campaign, state=State.LEFT_OUT).order_by()
    reasons = dict(left_out.values_list("reason").annotate(n=Count("pk")))
    return CampaignResults(campaign_id, _sum(segments), segments, reasons, _links(campaign))


def totals(campaign_ids: Collection[int]) -> dict[int, Line]:
    """The whole-campaign line of each of these campaigns, in the same few queries."""
    campaigns = list(Campaign.objects.filter(pk__in=list(campaign_ids)))
    lines = _lines(campaigns)
    return {
        campaign.pk: _sum(line for (pk, _s), line in lines.items() if pk == campaign.pk)
        for campaign in campaigns
    }


def latest(n: int = 5) -> list[tuple[Campaign, Line]]:
    """The campaigns launched last, each with its figures."""
    launched = Campaign.objects.exclude(launched_at=None).exclude(prepared_at=None)
    campaigns = list(launched.order_by("-launched_at", "-id")[:n])
    figures = totals([campaign.pk for campaign in campaigns])
    return [(campaign, figures[campaign.pk]) for campaign in campaigns]


def as_json(results: CampaignResults) -> dict[str, Any]:
    """The results as plain values; amounts as text, so that no cent is lost."""

    def plain(line: Line) -> dict[str, Any]:
        return asdict(line) | {"revenue": str(line.revenue.quantize(Decimal("0.01")))}

    return {
        "campaign": results.campaign_id,
        "total": plain(results.total),
        "segments": [plain(line) for line in results.segments],
        "left_out": results.left_out,
        "links": [asdict(link) for link in results.links],
    }


Lines = dict[tuple[int, int | None], Line]


def _lines(campaigns: list[Campaign]) -> Lines:
    ids = [campaign.pk for campaign in campaigns]
    lines: Lines = {}
    _count_messages(lines, ids)
    _count_engagements(lines, ids)
    for campaign in campaigns:
        _count_orders(lines, campaign)
    names = dict(
        Segment.objects.filter(pk__in={line.segment_id for line in lines.values()})
        .order_by()
        .values_list("pk", "name")
    )
    for line in lines.values():
        line.name = names.get(line.segment_id or 0, "")
    return lines


def _line(lines: Lines, campaign: int, segment: int | None) -> Line:
    return lines.setdefault((campaign, segment), Line(segment, ""))


def _count_messages(lines: Lines, ids: list[int]) -> None:
    rows = Message.objects.filter(campaign__in=ids).order_by()
    grouped = rows.values_list("campaign", "segment", "state").annotate(n=Count("pk"))
    for campaign, segment, state, n in grouped:
        line = _line(lines, campaign, segment)
        line.chosen += n
        line.queued += 0 if state == State.LEFT_OUT else n
        line.sent += n if state in _GONE_OUT else 0
        match state:
            case State.QUEUED | State.SENDING:
                line.waiting += n
            case State.LEFT_OUT | State.DELIVERED | State.BOUNCED | State.FAILED:
                setattr(line, state, getattr(line, state) + n)
            case State.UNCERTAIN | State.SKIPPED:
                setattr(line, state, getattr(line, state) + n)


def _count_engagements(lines: Lines, ids: list[int]) -> None:
    kind = Engagement.Kind
    rows = Engagement.objects.filter(campaign__in=ids, machine=False).order_by()
    people = Count("customer", distinct=True)
    for campaign, segment, what, n in rows.values_list("campaign", "segment", "kind").annotate(
        n=people
    ):
        line = _line(lines, campaign, segment)
        if what == kind.CLICK:
            line.clicked += n
        elif what == kind.UNSUBSCRIBE:
            line.unsubscribed += n
    clicks = LinkTotal.objects.filter(campaign__in=ids, machine=False).order_by()
    for campaign, segment, n in clicks.values_list("campaign", "segment").annotate(n=Sum("clicks")):
        _line(lines, campaign, segment).anonymous_clicks += n


def _count_orders(lines: Lines, campaign: Campaign) -> None:
    """Orders by segment of record: from the message's leaving to the window's end."""
    if campaign.launched_at is None:
        return
    window = dt.timedelta(days=campaign.attribution_days)
    attributed = Q(
        customer__orders__status=Order.Status.PAID,
        customer__orders__placed_at__gte=F("sent_at"),
        customer__orders__placed_at__lte=F("sent_at") + window,
    )
    rows = Message.objects.filter(attributed, campaign=campaign, state__in=_GONE_OUT).order_by()
    for segment, orders, buyers, revenue in rows.values_list("segment").annotate(
        orders=Count("customer__orders"),
        buyers=Count("customer", distinct=True),
        revenue=Sum("customer__orders__total"),
    ):
        line = _line(lines, campaign.pk, segment)
        line.orders, line.buyers = orders, buyers
        line.revenue = Decimal(revenue or 0)


def _sum(lines: Iterable[Line]) -> Line:
    """The whole: a person has one message a campaign, so segments simply add up."""
    total = Line(None, "")
    for line in lines:
        for name, value in asdict(line).items():
            if name not in ("segment_id", "name"):
                setattr(total, name, getattr(total, name) + value)
    return total


def _segments_by_priority(lines: Collection[int | None]) -> list[int]:
    wanted = [pk for pk in lines if pk is not None]
    found = Segment.objects.filter(pk__in=wanted).order_by("priority", "name")
    return list(found.values_list("pk", flat=True))


def _links(campaign: Campaign) -> list[LinkLine]:
    followed = Engagement.objects.filter(campaign=campaign, kind=Engagement.Kind.CLICK).order_by()
    people = dict(
        followed.filter(machine=False)
        .values_list("link")
        .annotate(n=Count("customer", distinct=True))
    )
    machine = dict(followed.filter(machine=True).values_list("link").annotate(n=Count("pk")))
    clicks: dict[int, int] = {}
    counted = LinkTotal.objects.filter(campaign=campaign).order_by()
    for link, by_machine, n in counted.values_list("link", "machine").annotate(n=Sum("clicks")):
        into = machine if by_machine else clicks
        into[link] = into.get(link, 0) + n
    return [
        LinkLine(
            link.pk,
            link.url,
            link.position,
            people.get(link.pk, 0),
            clicks.get(link.pk, 0),
            machine.get(link.pk, 0),
        )
        for link in CampaignLink.objects.filter(campaign=campaign)
    ]
