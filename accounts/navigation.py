"""The sections of the product, in the order in which the top bar shows them.

A section is shown only to those whose role may open it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import can
from accounts.roles import Capability


@dataclass(frozen=True)
class Section:
    """One entry of the top bar; `key` is what a page names in its `nav` block."""

    key: str
    label: str | Promise
    url_name: str
    icon: str
    capability: Capability
    beside: bool = False


@dataclass(frozen=True)
class Entry:
    """A section as one person sees it."""

    section: Section
    url: str
    current: bool


SECTIONS: Final = (
    Section(
        "dashboard",
        _("Dashboard"),
        "campaigns:dashboard",
        "layout-dashboard",
        Capability.SEE_FIGURES,
    ),
    Section("customers", _("Customers"), "customers:list", "users", Capability.SEE_CONTACTS),
    Section("segments", _("Segments"), "segmentation:list", "filter", Capability.SEE_FIGURES),
    Section("campaigns", _("Campaigns"), "campaigns:list", "send", Capability.SEE_FIGURES),
    Section(
        "results",
        _("Results"),
        "campaigns:results",
        "chart-bar",
        Capability.SEE_FIGURES,
    ),
    Section(
        "imports",
        _("Import"),
        "customers:imports",
        "upload",
        Capability.EDIT_CONTACTS,
        beside=True,
    ),
    Section(
        "outbox",
        _("Test outbox"),
        "campaigns:outbox",
        "inbox",
        Capability.SEE_CONTACTS,
        beside=True,
    ),
    Section(
        "settings",
        _("Settings"),
        "accounts:settings",
        "settings",
        Capability.SEE_FIGURES,
        beside=True,
    ),
)


def entries(user: Any, current: str) -> list[Entry]:
    """List the sections `user` may open; `current` is the key of the one being read."""
    return [
        Entry(section, reverse(section.url_name), section.key == current)
        for section in SECTIONS
        if can(user, section.capability)
    ]
