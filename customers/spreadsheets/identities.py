"""What a line says about who it is about, before anybody is looked for."""

from __future__ import annotations

from typing import Any, NamedTuple


class Identity(NamedTuple):
    """What a line says about who it is about."""

    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str = ""
    last_name: str = ""


def identity_of(values: dict[str, Any]) -> Identity:
    """What the values of a line of customers say about who it is about."""
    return Identity(
        values.get("external_id"),
        values.get("email"),
        values.get("phone"),
        values.get("first_name", ""),
        values.get("last_name", ""),
    )
