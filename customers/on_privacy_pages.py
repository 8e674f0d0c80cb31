"""Where requests, retention and the register show: a person's page, and the settings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import can
from accounts.roles import Capability
from accounts.settings_pages import register as register_page
from customers import extensions
from customers.extensions import Panel
from customers.models import Customer, RightsRequest


def register() -> None:
    """Add the card to a person's page, and the pages to the settings."""
    extensions.register_panel(Panel("rights", "customers/rights_panel.html", _panel, order=300))
    register_page(
        _("Requests about personal data"),
        "customers:rights",
        Capability.EDIT_CONTACTS,
        "shield-check",
        _("What people ask about their data, due within a month."),
        order=70,
    )
    register_page(
        _("Retention"),
        "customers:retention",
        Capability.EDIT_CONTACTS,
        "clock",
        _("Who has not been heard of for years, and purging them."),
        order=72,
    )
    register_page(
        _("Register of processing"),
        "customers:register",
        Capability.MANAGE_SETTINGS,
        "list",
        _("What is done with personal data, as article 30 of the GDPR asks."),
        order=74,
    )


def _panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    if not can(request.user, Capability.EDIT_CONTACTS):
        return None
    waiting = customer.requests.filter(state=RightsRequest.State.OPEN).order_by("due_on", "pk")
    return {"requests": list(waiting[:5]), "today": timezone.localdate()}
