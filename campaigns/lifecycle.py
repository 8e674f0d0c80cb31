"""The states of a campaign and the only moves between them.

draft → scheduled → preparing → sending ⇄ paused → sent; any but sent → cancelled; preparing and
sending → failed, resumed to where it was. Invariant: every move is one conditional update on the
state it leaves, so that of two people (or a person and a worker) only one makes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from campaigns import checks
from campaigns.models import Campaign, CampaignSegment, Message
from campaigns.signals import work_waiting

State = Campaign.State
EDITABLE: Final = frozenset({State.DRAFT})
OVERDUE: Final = dt.timedelta(hours=1)
_RETURNING: Final = dt.timedelta(days=1)
_CANCELLABLE: Final = (
    *(State.DRAFT, State.SCHEDULED, State.PREPARING, State.SENDING, State.PAUSED, State.FAILED),
)


class WrongState(Exception):
    """The campaign is no longer in a state that allows the move; carries the state it is in."""

    def __init__(self, state: str) -> None:
        super().__init__(f"The campaign is {state}.")
        self.state = state


class NotReady(Exception):
    """The campaign must not start; carries its blocking problems."""

    def __init__(self, problems: list[checks.Problem]) -> None:
        super().__init__("; ".join(str(problem.message) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Moves:
    """What may be done with a campaign in its state."""

    edit: bool
    launch: bool
    unschedule: bool
    pause: bool
    resume: bool
    cancel: bool
    requeue: bool
    delete: bool


def may(campaign: Campaign) -> Moves:
    """The moves open from the campaign's present state."""
    state = campaign.state
    uncertain = Message.objects.filter(campaign=campaign, state=Message.State.UNCERTAIN)
    return Moves(
        edit=state in EDITABLE,
        launch=state in (State.DRAFT, State.SCHEDULED),
        unschedule=state == State.SCHEDULED,
        pause=state == State.SENDING,
        resume=state in (State.PAUSED, State.FAILED),
        cancel=state in _CANCELLABLE,
        requeue=state in (State.SENDING, State.PAUSED, State.SENT) and uncertain.exists(),
        delete=state == State.DRAFT,
    )


def launch(campaign: Campaign, user: User | None, at: dt.datetime | None = None) -> None:
    """Start now, or at `at`; also a person's word for a scheduled campaign found too late.

    Raises NotReady with the blocking problems, WrongState when it was launched already.
    """
    with transaction.atomic():
        # Held, so that nothing can be changed between its check and its launch.
        Campaign.objects.select_for_update().filter(pk=campaign.pk).first()
        campaign.refresh_from_db()
        blocking = [problem for problem in checks.problems(campaign) if problem.blocking]
        if blocking:
            raise NotReady(blocking)
        now = timezone.now()
        later = at if at is not None and at > now else None
        _move(
            campaign,
            (State.DRAFT, State.SCHEDULED),
            State.SCHEDULED if later else State.PREPARING,
            scheduled_at=at,
            launched_at=None if later else now,
            launched_by=user,
            leased_until=None,
            state_reason="",
        )
        _note(user, f"campaign.{'scheduled' if later else 'launched'}", campaign)


def start_due(now: dt.datetime | None = None) -> int:
    """Start the scheduled campaigns whose time has come; those over an hour late are left."""
    now = now or timezone.now()
    due = Campaign.objects.filter(
        state=State.SCHEDULED, scheduled_at__lte=now, scheduled_at__gte=now - OVERDUE
    )
    started = 0
    for campaign in due:
        if any(problem.blocking for problem in checks.problems(campaign)):
            # What was right when it was scheduled is wrong now; a person must look.
            reason = _("It could not start at its time: something in it must be mended.")
            started += _try(campaign, (State.SCHEDULED,), State.DRAFT, state_reason=str(reason))
            continue
        moved = _try(campaign, (State.SCHEDULED,), State.PREPARING, launched_at=now)
        if moved:
            _note(None, "campaign.launched", campaign)
        started += moved
    return started


def is_overdue(campaign: Campaign, now: dt.datetime | None = None) -> bool:
    """Whether a scheduled campaign is so late that only a person may start it."""
    if campaign.state != State.SCHEDULED or campaign.scheduled_at is None:
        return False
    return campaign.scheduled_at < (now or timezone.now()) - OVERDUE


def unschedule(campaign: Campaign, user: User | None) -> None:
    """Take a scheduled campaign back to be edited."""
    _move(campaign, (State.SCHEDULED,), State.DRAFT, state_reason="")
    _note(user, "campaign.unscheduled", campaign)


def pause(campaign: Campaign, user: User | None, reason: str = "") -> None:
    """Stop claiming; it takes effect with the next request to the provider."""
    _move(campaign, (State.SENDING,), State.PAUSED, state_reason=reason)
    _note(user, "campaign.paused", campaign)


def resume(campaign: Campaign, user: User | None) -> None:
    """Go on with a paused or failed campaign, with a fresh look at its failures."""
    to = State.SENDING if campaign.prepared_at else State.PREPARING
    fresh = {"state_reason": "", "window_done": 0, "window_failed": 0, "leased_until": None}
    _move(campaign, (State.PAUSED, State.FAILED), to, **fresh)
    _note(user, "campaign.resumed", campaign)


def cancel(campaign: Campaign, user: User | None) -> None:
    """End it: what waits is skipped, what is with the provider goes its way."""
    with transaction.atomic():
        _move(campaign, _CANCELLABLE, State.CANCELLED, finished_at=timezone.now())
        skip_waiting([campaign.pk])
    _note(user, "campaign.cancelled", campaign)


def skip_returned(now: dt.datetime | None = None) -> int:
    """Skip what came back to the queue from a request under way when its campaign was cancelled."""
    lately = (now or timezone.now()) - _RETURNING
    ended = Campaign.objects.filter(state=State.CANCELLED, finished_at__gte=lately)
    return skip_waiting(list(ended.values_list("pk", flat=True)))


def skip_waiting(campaign_ids: list[int]) -> int:
    """Skip what is queued in cancelled campaigns."""
    waiting = Message.objects.filter(campaign__in=campaign_ids, state=Message.State.QUEUED)
    if not campaign_ids or not waiting.exists():
        return 0
    return waiting.update(state=Message.State.SKIPPED, reason=Message.Reason.CANCELLED)


def fail(campaign_id: int, reason: str) -> bool:
    """Stop a campaign that cannot go on, and say why; a person resumes it."""
    campaign = Campaign.objects.get(pk=campaign_id)
    states = (State.PREPARING, State.SENDING)
    return _try(campaign, states, State.FAILED, state_reason=reason, leased_until=None)


def finish(campaign_id: int) -> bool:
    """`sent`, once nothing is queued nor being sent; False while something is."""
    # One question for both states: asked one after the other, a message put back in between by
    # another worker would be in neither.
    open_states = [Message.State.QUEUED, Message.State.SENDING]
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
        if campaign.state != State.SENDING:
            return False
        if Message.objects.filter(campaign_id=campaign_id, state__in=open_states).exists():
            return False
        return _try(
            campaign, (State.SENDING,), State.SENT, finished_at=timezone.now(), leased_until=None
        )


def requeue_uncertain(campaign: Campaign, user: User | None) -> int:
    """Send again what may or may not have arrived, by a person's word; reopens the campaign.

    Returns how many messages wait again. Raises WrongState for one that is cancelled or failed.
    """
    now = timezone.now()
    with transaction.atomic():
        found = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if found.state not in (State.SENDING, State.PAUSED, State.SENT):
            raise WrongState(found.state)
        uncertain = Message.objects.filter(campaign=found, state=Message.State.UNCERTAIN)
        number = uncertain.update(
            state=Message.State.QUEUED, claim=None, leased_until=None, due_at=now, error=""
        )
        if number and found.state == State.SENT:
            _move(found, (State.SENT,), State.SENDING, finished_at=None)
    campaign.refresh_from_db()
    _note(user, "campaign.requeued", campaign, messages=number)
    work_waiting.send(sender=Campaign, campaign_id=campaign.pk)
    return number


def duplicate(campaign: Campaign, user: User | None) -> Campaign:
    """A new draft with the same audience and words."""
    name = _("%(name)s (copy)") % {"name": campaign.name[:110]}
    same = ("channel", "kind", "service_reason", "subject", "body", "attribution_days")
    with transaction.atomic():
        copy = Campaign.objects.create(
            name=str(name),
            created_by=user,
            **{field: getattr(campaign, field) for field in same},
        )
        targets = campaign.targets.values_list("segment_id", "excluded")
        CampaignSegment.objects.bulk_create(
            CampaignSegment(campaign=copy, segment_id=segment, excluded=excluded)
            for segment, excluded in targets
        )
    return copy


def _try(campaign: Campaign, states: Iterable[str], to: str, **fields: Any) -> bool:
    """Make the move where the state still allows it, on the row and on the instance."""
    fields |= {"state": to, "updated_at": timezone.now()}
    moved = Campaign.objects.filter(pk=campaign.pk, state__in=list(states)).update(**fields)
    if moved:
        for name, value in fields.items():
            setattr(campaign, name, value)
        if to in (State.PREPARING, State.SENDING):
            work_waiting.send(sender=Campaign, campaign_id=campaign.pk)
    return bool(moved)


def _move(campaign: Campaign, states: Iterable[str], to: str, **fields: Any) -> None:
    if not _try(campaign, states, to, **fields):
        campaign.refresh_from_db()
        raise WrongState(campaign.state)


def _note(user: User | None, action: str, campaign: Campaign, **facts: Any) -> None:
    facts |= {"campaign": campaign.pk}
    if campaign.kind == Campaign.Kind.SERVICE:
        facts |= {"kind": campaign.kind, "reason": campaign.service_reason}
    audit.record(user, action, **facts)
