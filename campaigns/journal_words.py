"""How the decisions about campaigns read in the journal."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.journal import Action, Facts, name

_LABELS: Final[dict[str, Promise]] = {
    "campaign.launched": _("Launched a campaign"),
    "campaign.unscheduled": _("Took a campaign off the schedule"),
    "campaign.paused": _("Paused a campaign"),
    "campaign.resumed": _("Resumed a campaign"),
    "campaign.cancelled": _("Cancelled a campaign"),
    "campaign.requeued": _("Sent uncertain messages again"),
    "campaign.scheduled": _("Scheduled a campaign"),
}


def register() -> None:
    """Name the actions of this app."""
    for action, label in _LABELS.items():
        name(action, Action(label, url=_page))
    name("sending.settings_changed", Action(_("Changed the sending settings")))


def _page(facts: Facts) -> str:
    campaign = facts.get("campaign")
    return reverse("campaigns:detail", args=[campaign]) if campaign else ""
