"""How the decisions about the team read in the journal."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.journal import Action, Facts, name
from accounts.roles import ROLE_LABEL


def register() -> None:
    """Name the actions of this app."""
    name("demo_sign_in", Action(gettext_lazy("Signed in to the demonstration"), _role))
    name("member_added", Action(gettext_lazy("Added a member"), _member))
    name("role_changed", Action(gettext_lazy("Changed a role"), _change))
    name("member_deactivated", Action(gettext_lazy("Closed a member's access"), _member))
    name("member_reactivated", Action(gettext_lazy("Opened a member's access again"), _member))
    name("api_token.created", Action(gettext_lazy("Made an API token")))
    name("api_token.revoked", Action(gettext_lazy("Revoked an API token")))


def _role(facts: Facts) -> str:
    return str(ROLE_LABEL.get(str(facts.get("role")), ""))


def _member(facts: Facts) -> str:
    parts = [str(facts.get("member_name") or _("a former member")), _role(facts)]
    return " · ".join(part for part in parts if part)


def _change(facts: Facts) -> str:
    before, after = (str(ROLE_LABEL.get(str(facts.get(key)), "")) for key in ("before", "after"))
    return f"{_member(facts)} · {before} → {after}"
