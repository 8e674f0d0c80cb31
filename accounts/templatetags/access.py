"""`{% if request.user|can:"export_contacts" %}`: capabilities in templates."""

from __future__ import annotations

from typing import Any

from django import template

from accounts import access, roles, settings_pages

register = template.Library()


@register.filter
def can(user: Any, capability: str) -> bool:
    """Say whether `user` has the capability of that name; a wrong name raises ValueError."""
    return access.can(user, roles.Capability(capability))


@register.filter
def role_label(role: str) -> str:
    """Give a role's name in the reader's language."""
    return str(roles.ROLE_LABEL.get(role, role))


@register.inclusion_tag("components/settings_list.html", takes_context=True)
def settings_list(context: template.Context) -> dict[str, Any]:
    """The list of settings pages, beside each of them."""
    request = context["request"]
    return {"pages": settings_pages.pages_for(request.user), "path": request.path}
