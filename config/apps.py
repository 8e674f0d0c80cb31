"""Connects the signs of life to Celery's signals."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import heartbeat  # noqa: F401


class TamisAdminConfig(AdminConfig):
    """Django's admin, with our site in its place."""

    default_site = "accounts.admin_site.TamisAdminSite"
