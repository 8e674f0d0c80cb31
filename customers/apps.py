"""The customers app: the facts about people, their consents, tags, orders and events."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.roles import Capability
        from accounts.settings_pages import register

        register(
            _("Tags"),
            "customers:tags",
            Capability.EDIT_CONTACTS,
            "tags",
            _("The words your team puts on people: rename, merge, delete."),
            order=40,
        )
        register(
            _("Custom attributes"),
            "customers:attributes",
            Capability.MANAGE_SETTINGS,
            "adjustments",
            _("What your shop keeps about people besides: a shoe size, a loyalty card…"),
            order=50,
        )
