"""Draws what came of a past campaign: its messages, clicks, withdrawals and the orders it caused.

Consent is read from the ledger as it stood on the day, so that no message of the demo was ever
sent to someone who had not agreed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.utils import timezone

from campaigns.models import (
    Campaign,
    CampaignLink,
    CampaignSegment,
    Engagement,
    LinkTotal,
    Message,
)
from customers.models import ConsentRecord, ConsentState, Customer, Subject, Suppression
from demo.life import Drawn, Life
from demo.past import CampaignSpec, SegmentSpec, paid_orders
from demo.people import Habits
from segmentation.models import Segment

LINK = r"https://maison-garance.example/"


@dataclass
class Shop:
    """Everything drawn so far that a past campaign looks at."""

    customers: list[Customer]
    habits: dict[int, Habits]
    ledger: dict[tuple[int, str], list[ConsentRecord]]
    segments: dict[str, tuple[Segment, SegmentSpec]]
    drawn: Drawn


@dataclass
class Outcome:
    """Unsaved rows of one past campaign, apart from the campaign itself."""

    messages: list[Message] = field(default_factory=list)
    engagements: list[Engagement] = field(default_factory=list)
    totals: list[LinkTotal] = field(default_factory=list)
    withdrawals: list[ConsentRecord] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)


class PastCampaign:
    """One campaign of the past, saved, and the drawing of its outcome."""

    def __init__(self, spec: CampaignSpec, shop: Shop, life: Life) -> None:
        self.spec, self.shop, self.life, self.random = spec, shop, life, life.random
        sent_on = timezone.localtime(life.now) - dt.timedelta(days=spec.days_ago)
        # Promotional SMS may not leave on a Sunday.
        sent_on -= dt.timedelta(days=sent_on.weekday() == 6)
        self.at = sent_on.replace(hour=9, minute=30, second=0, microsecond=0)
        self.campaign = Campaign.objects.create(
            name=spec.name,
            channel=spec.channel,
            subject=spec.subject,
            body=spec.body,
            state=Campaign.State.SENT,
            scheduled_at=self.at,
            launched_at=self.at,
            prepared_at=self.at + dt.timedelta(seconds=4),
            finished_at=self.at + dt.timedelta(minutes=3),
            created_at=self.at - dt.timedelta(days=2),
        )
        self.segments = [shop.segments[name] for name in spec.segments]
        CampaignSegment.objects.bulk_create(
            CampaignSegment(campaign=self.campaign, segment=segment, version=segment.version)
            for segment, _ in self.segments
        )
        url = LINK + spec.body.split(LINK, 1)[1].split(")")[0].split()[0]
        self.link = CampaignLink.objects.create(campaign=self.campaign, url=url, position=0)
        self.anonymous: Counter[int] = Counter()

    def draw(self) -> Outcome:
        """Choose the audience as of the day, then what each person did."""
        outcome = Outcome()
        bought = paid_orders(self.shop.drawn.orders)
        for customer in self.shop.customers:
            if customer.signed_up_at and customer.signed_up_at > self.at:
                continue
            past = bought.get(customer.pk, [])
            segment = next((s for s, spec in self.segments if spec.was_in(past, self.at)), None)
            if segment:
                self._message(customer, segment, outcome)
        queued = [m for m in outcome.messages if m.state != Message.State.LEFT_OUT]
        self.campaign.chosen, self.campaign.queued = len(outcome.messages), len(queued)
        self.campaign.save(update_fields=["chosen", "queued"])
        outcome.totals = [
            LinkTotal(campaign=self.campaign, segment=segment, link=self.link, clicks=clicks)
            for segment, _ in self.segments
            if (clicks := self.anonymous[segment.pk])
        ]
        return outcome

    def _message(self, customer: Customer, segment: Segment, outcome: Outcome) -> None:
        address = customer.email if self.spec.channel == "email" else customer.phone
        message = Message(
            campaign=self.campaign,
            customer=customer,
            segment=segment,
            channel=self.spec.channel,
            created_at=self.at,
        )
        outcome.messages.append(message)
        if not address or self._consent(customer, self.spec.channel) != ConsentState.GIVEN:
            message.state = Message.State.LEFT_OUT
            message.reason = Message.Reason.NO_CONSENT if address else Message.Reason.NO_ADDRESS
            return
        message.address = address
        message.sent_at = self.at + dt.timedelta(seconds=len(outcome.messages) / 20)
        if self.random.random() < 0.012:
            message.state = Message.State.BOUNCED
            message.error = "550 5.1.1" if self.spec.channel == "email" else "absent"
            reason = Suppression.Reason.BOUNCE
            outcome.suppressions.append(self._suppression(customer, reason, message.sent_at))
            return
        message.state = Message.State.DELIVERED
        message.delivered_at = message.sent_at + dt.timedelta(seconds=self.random.randint(1, 40))
        self._react(customer, segment, message.delivered_at, outcome)

    def _react(
        self, customer: Customer, segment: Segment, received: dt.datetime, outcome: Outcome
    ) -> None:
        clicks = self.random.random() < self.spec.click_rate
        clicked_at = received + dt.timedelta(hours=self.random.expovariate(1 / 5))
        if clicks and self._consent(customer, Subject.TRACKING) == ConsentState.GIVEN:
            outcome.engagements.append(
                self._engagement(Engagement.Kind.CLICK, customer, segment, clicked_at, self.link)
            )
        elif clicks:
            self.anonymous[segment.pk] += 1
        likely = self.spec.order_rate * (3 if clicks else 0.6)
        if self.random.random() < likely:
            ordered_at = clicked_at + dt.timedelta(hours=self.random.expovariate(1 / 30))
            habits = self.shop.habits[customer.pk]
            self.life.order(customer, habits, ordered_at, self.shop.drawn, self.spec.promo_code)
        if self.random.random() < 0.004:
            self._withdraw(customer, segment, clicked_at, outcome)

    def _withdraw(
        self, customer: Customer, segment: Segment, at: dt.datetime, outcome: Outcome
    ) -> None:
        by_email = self.spec.channel == "email"
        outcome.engagements.append(
            self._engagement(Engagement.Kind.UNSUBSCRIBE, customer, segment, at, None)
        )
        outcome.withdrawals.append(
            ConsentRecord(
                customer=customer,
                subject=self.spec.channel,
                state=ConsentState.WITHDRAWN,
                occurred_at=at,
                source=f"Campagne « {self.campaign.name} »",
            )
        )
        reason = Suppression.Reason.UNSUBSCRIBE if by_email else Suppression.Reason.STOP
        outcome.suppressions.append(self._suppression(customer, reason, at))

    def _suppression(self, customer: Customer, reason: str, at: dt.datetime) -> Suppression:
        address = customer.email_hash if self.spec.channel == "email" else customer.phone_hash
        return Suppression(
            channel=self.spec.channel,
            address_hash=address or "",
            reason=reason,
            source=f"Campagne {self.campaign.pk}",
            created_at=at,
        )

    def _engagement(
        self,
        kind: Engagement.Kind,
        customer: Customer,
        segment: Segment,
        at: dt.datetime,
        link: CampaignLink | None,
    ) -> Engagement:
        return Engagement(
            kind=kind,
            channel=self.spec.channel,
            campaign=self.campaign,
            customer=customer,
            segment=segment,
            link=link,
            occurred_at=min(at, self.life.now),
        )

    def _consent(self, customer: Customer, subject: str) -> str | None:
        said = [
            record
            for record in self.shop.ledger.get((customer.pk, subject), [])
            if record.occurred_at <= self.at
        ]
        return max(said, key=lambda record: record.occurred_at).state if said else None
