"""The customers app: the facts about people, their consents, tags, orders and events."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.roles import Capability
        from accounts.settings_pages import register
        from customers import on_person_page, on_privacy_pages
        from customers.ingestion import scopes

        on_person_page.register()
        on_privacy_pages.register()
        from customers import journal_words
        from customers.views import exported_tables

        exported_tables.register()
        journal_words.register()
        pre_migrate.connect(let_go_of_the_search, sender=self)
        post_migrate.connect(keep_the_search, sender=self)
        register(
            _("Tags"),
            "customers:tags",
            Capability.EDIT_CONTACTS,
            "tags",
            _("The words your team puts on people: rename, merge, delete."),
            order=40,
        )
        register(
            _("Places"),
            "customers:places",
            Capability.MANAGE_SETTINGS,
            "map-pin",
            _("Your shops and stands, with coordinates: who lives near them."),
            order=60,
        )
        register(
            _("Custom attributes"),
            "customers:attributes",
            Capability.MANAGE_SETTINGS,
            "adjustments",
            _("What your shop keeps about people besides: a shoe size, a loyalty card…"),
            order=50,
        )
        register(
            _("Event properties"),
            "customers:event_properties",
            Capability.MANAGE_SETTINGS,
            "click",
            _("What your site sends with a visit or a cart, and segments may ask about."),
            order=55,
        )
        register(
            _("Connected shops"),
            "customers:shops",
            Capability.MANAGE_SETTINGS,
            "building-store",
            _("WooCommerce, Shopify, PrestaShop and your web site: what they send by themselves."),
            order=60,
        )
        register(
            _("Sign-up forms"),
            "customers:signup_forms",
            Capability.EDIT_CONTACTS,
            "user-plus",
            _("Forms people fill in on your site to hear from you, with the proof of consent."),
            order=30,
        )
        scopes.register()


def let_go_of_the_search(using: str, plan: list[Any], **_: Any) -> None:
    """Before a migration of ours: the search's triggers would be lost under it."""
    from customers import search_index

    if using == DEFAULT_DB_ALIAS and any(each.app_label == "customers" for each, _back in plan):
        search_index.let_go()


def keep_the_search(using: str, **_: Any) -> None:
    """After any migration: make the index unless it stands as declared."""
    from customers import search_index

    if using == DEFAULT_DB_ALIAS and search_index.can_be_made() and not search_index.stands():
        search_index.install()
