"""What an API token may be allowed to do: each app registers its own scopes in `ready()`."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise

_SCOPES: Final[dict[str, str | Promise]] = {}


def register(scope: str, label: str | Promise) -> None:
    """Add a scope, such as "orders:write", with what it allows in words."""
    _SCOPES[scope] = label


def choices() -> list[tuple[str, str | Promise]]:
    """Every scope with its words, in the order of registration."""
    return list(_SCOPES.items())


def labels_of(scopes: list[str]) -> list[str]:
    """What these scopes allow, in words; one that no longer exists by its name."""
    return [str(_SCOPES.get(scope, scope)) for scope in scopes]
