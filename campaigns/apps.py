"""Campaigns: shown on the lower apps' pages through their registries, wired here."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the snapshot, a person's page and the settings what campaigns add to them."""
        from accounts.roles import Capability
        from accounts.settings_pages import register
        from campaigns import (  # noqa: F401
            journal_words,
            on_customer_pages,
            on_segment_pages,
            personal_data,
            service_messages,
            snapshot_tables,
            withdrawals,
        )

        journal_words.register()
        on_customer_pages.register()
        on_segment_pages.register()
        personal_data.register()
        service_messages.register()
        register(
            _("Sending"),
            "campaigns:sending_settings",
            Capability.MANAGE_SETTINGS,
            "send",
            _("Who writes, at what hours, how fast, and through which provider."),
            order=40,
        )
