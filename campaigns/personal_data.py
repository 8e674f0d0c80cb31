"""What campaigns hold about people: messages, what they did with them, the test outbox.

Invariant: after an erasure no address, text or provider's reference of a message to that person
is kept; the rows stay, empty, so that the sums of past campaigns stay right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns import conf
from campaigns.channels import provider_for
from campaigns.models import Campaign, Engagement, Message, OutboxMessage
from customers.models import Channel, Customer
from customers.rights.holdings import Activity, Holding, Row, Section
from customers.rights.holdings import register as register_holding


def register() -> None:
    """Declare what campaigns hold."""
    register_holding(Holding("campaigns", _sections, _erase, _since, _activities))


def _sections() -> Sequence[Section]:
    sent = {
        "campaign": gettext_lazy("Campaign"),
        "channel": gettext_lazy("Channel"),
        "address": gettext_lazy("Address"),
        "state": gettext_lazy("State"),
        "reason": gettext_lazy("Reason"),
        "sent_at": pgettext_lazy("date", "Sent"),
        "delivered_at": pgettext_lazy("date", "Delivered"),
    }
    reactions = {
        "kind": gettext_lazy("What"),
        "campaign": gettext_lazy("Campaign"),
        "link": gettext_lazy("Link"),
        "occurred_at": gettext_lazy("Date"),
    }
    return (
        Section("messages", gettext_lazy("Messages sent to you"), sent, _messages),
        Section("engagements", gettext_lazy("What you did with them"), reactions, _engagements),
    )


def _messages(customer: Customer) -> Iterator[Row]:
    rows = Message.objects.filter(customer=customer).select_related("campaign")
    for row in rows.order_by("pk").iterator(500):
        yield {
            "campaign": row.campaign.name,
            "channel": Channel(row.channel).label,
            "address": row.address or "",
            "state": row.get_state_display(),
            "reason": row.get_reason_display(),
            "sent_at": row.sent_at,
            "delivered_at": row.delivered_at,
        }


def _engagements(customer: Customer) -> Iterator[Row]:
    rows = Engagement.objects.filter(customer=customer).select_related("campaign", "link")
    for row in rows.order_by("occurred_at", "pk").iterator(500):
        yield {
            "kind": row.get_kind_display(),
            "campaign": row.campaign.name if row.campaign else "",
            "link": row.link.url if row.link else "",
            "occurred_at": row.occurred_at,
        }


def _erase(people: Sequence[Customer]) -> dict[str, int]:
    messages = Message.objects.filter(customer__in=[person.pk for person in people])
    recipients = [address for p in people for address in (p.email, p.phone) if address]
    tested = Q(message=None, recipient__in=recipients)
    outbox, _by_model = OutboxMessage.objects.filter(Q(message__in=messages) | tested).delete()
    # First, so that nothing is claimed any more under an address that is about to go.
    skipped = messages.filter(state=Message.State.QUEUED).update(
        state=Message.State.SKIPPED, reason=Message.Reason.SUPPRESSED
    )
    emptied = messages.update(address=None, provider_id="", error="")
    return {"outbox": outbox, "messages_not_sent": skipped, "messages_kept": emptied}


def _since(instant: dt.datetime) -> Sequence[QuerySet[Any]]:
    """Messages sent and people's own reactions; what machines did is nobody's activity."""
    return (
        Message.objects.filter(sent_at__gte=instant),
        Engagement.objects.filter(occurred_at__gte=instant, machine=False),
    )


def _activities() -> Sequence[Activity]:
    channels = [c for c in Channel if Campaign.objects.filter(channel=c).exists()] or list(Channel)
    recipients = [
        _("%(channel)s: %(provider)s") % {"channel": c.label, "provider": provider_for(c).label}
        for c in channels
    ]
    if conf.smtp_is_set():
        recipients.append(_("The operator of the configured mail server"))
    return (
        Activity(
            "campaigns",
            _("Campaigns by e-mail and SMS"),
            purposes=[
                _("Send offers and news to people who agreed to receive them"),
                _("Send service messages about an order or an account"),
                _("Measure what campaigns bring, per segment"),
            ],
            bases=[
                _("Consent (GDPR 6.1.a, CPCE L34-5)"),
                _("Legitimate interest for customers and similar products (CPCE L34-5)"),
                _("Performance of a contract for service messages"),
            ],
            people=[_("Customers and prospects")],
            data=[
                _("E-mail address or phone number written to, state of the message, dates"),
                _("Unsubscriptions, replies, complaints"),
            ],
            recipients=recipients,
            retention=[_("As long as the customer's record; then without address or person")],
        ),
        Activity(
            "tracking",
            _("Individual tracking of clicks"),
            purposes=[_("Know what interests each person, where they agreed to be followed")],
            bases=[_("Consent, separate from the one to receive")],
            people=[_("Recipients who agreed to be followed")],
            data=[_("Links clicked in messages, with the date")],
            retention=[
                _("Until consent is withdrawn, then as totals; else as the customer's record")
            ],
        ),
    )
