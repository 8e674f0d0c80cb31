from __future__ import annotations

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the snapshot which of our tables it mirrors."""
        from campaigns import snapshot_tables  # noqa: F401
