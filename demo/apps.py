from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """The demo shop; its settings page is the way out of it."""

    name = "demo"

    def ready(self) -> None:
        """Offer "empty the demo" among the settings."""
        from accounts import journal
        from accounts.models import Installation
        from accounts.roles import Capability
        from accounts.settings_pages import register

        register(
            _("Empty the demo"),
            "demo:empty",
            Capability.MANAGE_SETTINGS,
            "trash",
            _("Delete the demo shop and start with your own customers."),
            order=900,
            shown=lambda: Installation.objects.filter(demo=True).exists(),
        )
        journal.name("demo.emptied", journal.Action(_("Emptied the demo")))
