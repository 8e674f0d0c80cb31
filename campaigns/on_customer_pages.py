"""What campaigns show on the pages of customers: messages and reactions in a person's life."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from campaigns.models import Engagement, Message
from customers import extensions
from customers.extensions import Belonging, TimelineEntry, TimelineSource, Touch
from customers.models import Channel, Customer, ImportJob

_REACTION_ICONS = {
    Engagement.Kind.CLICK: "click",
    Engagement.Kind.UNSUBSCRIBE: "user-minus",
    Engagement.Kind.REPLY: "message",
}


def register() -> None:
    """Add the sources to a person's timeline, and messages to what a deletion names."""
    extensions.register_timeline_source(TimelineSource("messages", _messages))
    extensions.register_timeline_source(TimelineSource("engagements", _engagements))
    extensions.register_touch(Touch("messages", _written_to))
    extensions.register_belonging(Belonging("messages", _count, _sentence))
    extensions.register_move("messages", _move)


def _written_to(job: ImportJob) -> QuerySet[Message]:
    """Whoever was written to stays, whichever import made them."""
    return Message.objects.filter(customer=OuterRef("pk"))


def _messages(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    sent = customer.messages.filter(sent_at__lte=until).select_related("campaign")
    for message in sent.order_by("-sent_at", "-id")[:limit]:
        assert message.sent_at is not None
        failed = message.state in (Message.State.BOUNCED, Message.State.FAILED)
        yield TimelineEntry(
            at=message.sent_at,
            title=gettext("Received “%(name)s”") % {"name": message.campaign.name}
            if not failed
            else gettext("Did not get “%(name)s”") % {"name": message.campaign.name},
            detail=f"{Channel(message.channel).label} · {message.get_state_display()}",
            icon="device-mobile" if message.channel == Channel.SMS else "mail",
            url=reverse("campaigns:detail", args=[message.campaign_id]),
            tone="bad" if failed else "",
        )


def _engagements(customer: Customer, until: dt.datetime, limit: int) -> Iterable[TimelineEntry]:
    seen = customer.engagements.filter(occurred_at__lte=until, machine=False)
    reactions = seen.select_related("campaign", "link").order_by("-occurred_at", "-id")
    for reaction in reactions[:limit]:
        kind = reaction.get_kind_display()
        name = reaction.campaign.name if reaction.campaign else ""
        yield TimelineEntry(
            at=reaction.occurred_at,
            title=gettext("%(what)s: “%(name)s”") % {"what": kind, "name": name} if name else kind,
            detail=reaction.link.url if reaction.link else "",
            icon=_REACTION_ICONS.get(Engagement.Kind(reaction.kind), "bell"),
            tone="bad" if reaction.kind == Engagement.Kind.UNSUBSCRIBE else "",
        )


def _count(customer: Customer) -> int:
    return customer.messages.exclude(state=Message.State.LEFT_OUT).count()


def _sentence(number: int) -> str:
    return ngettext("%(n)s message", "%(n)s messages", number) % {"n": number}


# Of two messages of one campaign to what is one person, the one that went furthest stays.
_FURTHEST = [
    Message.State.DELIVERED,
    Message.State.SENT,
    Message.State.SENDING,
    Message.State.UNCERTAIN,
    Message.State.BOUNCED,
    Message.State.FAILED,
    Message.State.QUEUED,
    Message.State.SKIPPED,
    Message.State.LEFT_OUT,
]


def _move(survivor: Customer, other: Customer) -> dict[str, int]:
    """Two people made one: one message a campaign, and every reaction."""
    mine = {message.campaign_id: message for message in survivor.messages.all()}
    moved = dropped = 0
    for message in other.messages.all():
        twin = mine.get(message.campaign_id)
        if twin is not None:
            spare = max(twin, message, key=lambda each: _FURTHEST.index(Message.State(each.state)))
            spare.delete()
            dropped += 1
            if spare is message:
                continue
        moved += Message.objects.filter(pk=message.pk).update(customer=survivor)
    reactions = other.engagements.update(customer=survivor)
    said = {"messages": moved, "reactions": reactions, "messages_dropped": dropped}
    return {key: n for key, n in said.items() if n}
