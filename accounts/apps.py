"""The accounts app: team members, roles, sign-in and the shell shared by every page."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Team")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import journal_words
        from accounts.roles import Capability
        from accounts.settings_pages import register

        register(
            _("Your profile"),
            "accounts:profile",
            Capability.SEE_FIGURES,
            "user",
            _("Your name, your language, your password."),
            order=10,
        )
        register(
            _("Team and roles"),
            "accounts:team",
            Capability.MANAGE_TEAM,
            "users-group",
            _("Who works here, and what each person may see and do."),
            order=20,
        )
        register(
            _("API access"),
            "accounts:api_tokens",
            Capability.MANAGE_SETTINGS,
            "key",
            _("Tokens by which your other programs write and read customers and orders."),
            order=70,
        )
        register(
            _("Exports and decisions"),
            "accounts:journal",
            Capability.MANAGE_SETTINGS,
            "history",
            _("Who exported, merged, imported or erased what, when, and in how many."),
            order=25,
        )
        journal_words.register()
