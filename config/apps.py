"""Connects the signs of life to Celery's signals."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import heartbeat  # noqa: F401
