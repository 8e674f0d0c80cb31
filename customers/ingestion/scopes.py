"""What an API token may be allowed to do with customers."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import scopes as api_scopes


class Scope(StrEnum):
    """One right of a token."""

    CUSTOMERS_WRITE = "customers:write"
    CUSTOMERS_READ = "customers:read"
    CONSENTS_WRITE = "consents:write"
    ORDERS_WRITE = "orders:write"
    EVENTS_WRITE = "events:write"


LABEL: Final[dict[str, str | Promise]] = {
    Scope.CUSTOMERS_WRITE: _("Create and update customers"),
    Scope.CUSTOMERS_READ: _("Read customers"),
    Scope.CONSENTS_WRITE: _("Record consents"),
    Scope.ORDERS_WRITE: _("Write orders"),
    Scope.EVENTS_WRITE: _("Write events"),
}


def register() -> None:
    """Offer these rights to those who make tokens."""
    for scope, label in LABEL.items():
        api_scopes.register(str(scope), label)
