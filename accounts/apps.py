"""The accounts app: team members, roles, sign-in and the shell shared by every page."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Team")
    default_auto_field = "django.db.models.BigAutoField"
