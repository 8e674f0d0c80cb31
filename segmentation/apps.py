"""Wires segmentation to what happens around it: migrations, and writes to the facts."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class SegmentationConfig(AppConfig):
    name = "segmentation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Watch migrations and the facts. Every table is there once the first app is told."""
        from accounts import journal, settings_pages
        from accounts.roles import Capability
        from customers.signals import facts_changed
        from segmentation import extensions, on_customers, on_segments, personal_data

        pre_migrate.connect(let_go_of_tables, sender=self)
        post_migrate.connect(watch_tables, sender=self)
        facts_changed.connect(ask_for_a_sync)
        on_customers.register()
        settings_pages.register(
            _("Life cycle"),
            "segmentation:lifecycle",
            Capability.MANAGE_SETTINGS,
            "refresh",
            _("After how long without an order a buyer is at risk, and lost."),
            order=65,
        )
        personal_data.register()
        extensions.register_panel(
            extensions.Panel("plan", "segmentation/_plan.html", on_segments.plan, order=10)
        )
        extensions.register_panel(
            extensions.Panel(
                "versions", "segmentation/_versions.html", on_segments.latest_version, order=60
            )
        )
        journal.name("segment.restored", journal.Action(_("Restored a version of a segment")))
        journal.name("segment.listed", journal.Action(_("Put people on a fixed list")))
        journal.name("segment deleted", journal.Action(_("Deleted a segment")))
        journal.name("segment.planned", journal.Action(_("Wrote an action plan")))
        journal.name("lifecycle.changed", journal.Action(_("Changed the life cycle")))


def let_go_of_tables(using: str, plan: list[Any], **_kwargs: Any) -> None:
    """Before a migration that does something: triggers would break it, or break under it."""
    from segmentation.snapshot import triggers

    if using == DEFAULT_DB_ALIAS and plan:
        triggers.drop()


def watch_tables(using: str, **_kwargs: Any) -> None:
    """After any migration: put the triggers back unless they stand as declared."""
    from segmentation.snapshot import triggers

    if using == DEFAULT_DB_ALIAS and triggers.migrated() and not triggers.stand():
        triggers.install()


def ask_for_a_sync(**_kwargs: Any) -> None:
    """Once the writes are committed, ask the worker to bring the snapshot up to date."""
    from segmentation.tasks import ask_for_sync

    transaction.on_commit(ask_for_sync, robust=True)
