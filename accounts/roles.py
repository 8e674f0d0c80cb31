"""Who may do what: three roles, and the capabilities each one carries.

The table below is the only place where a role is given a right. Views and templates ask for a
capability, never for a role, so that a fourth role is one more line here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Capability(StrEnum):
    """One thing a person may be allowed to do."""

    SEE_FIGURES = "see_figures"
    SEE_CONTACTS = "see_contacts"
    EDIT_CONTACTS = "edit_contacts"
    EXPORT_CONTACTS = "export_contacts"
    EDIT_SEGMENTS = "edit_segments"
    RUN_CAMPAIGNS = "run_campaigns"
    MANAGE_TEAM = "manage_team"
    MANAGE_SETTINGS = "manage_settings"


ADMINISTRATOR: Final = "administrator"
MARKETER: Final = "marketer"
ANALYST: Final = "analyst"

ROLE: Final[dict[str, frozenset[Capability]]] = {
    ADMINISTRATOR: frozenset(Capability),
    MARKETER: frozenset(Capability) - {Capability.MANAGE_TEAM, Capability.MANAGE_SETTINGS},
    ANALYST: frozenset({Capability.SEE_FIGURES}),
}

ROLE_LABEL: Final[dict[str, Promise]] = {
    ADMINISTRATOR: _("Administrator"),
    MARKETER: _("Marketer"),
    ANALYST: _("Analyst"),
}

ROLE_SUMMARY: Final[dict[str, Promise]] = {
    ADMINISTRATOR: _("Does everything, manages the team and the settings."),
    MARKETER: _("Works with customers, segments and campaigns."),
    ANALYST: _("Reads figures and results; sees no contact data and exports none."),
}


def role_can(role: str, capability: Capability) -> bool:
    """Say whether `role` carries `capability`; an unknown role carries nothing."""
    return capability in ROLE.get(role, frozenset())


def roles_with(capability: Capability) -> list[str]:
    """List the roles that carry `capability`, the least powerful first."""
    return sorted((r for r in ROLE if role_can(r, capability)), key=lambda r: len(ROLE[r]))
