"""Countries and languages as choices; a stored value outside those offered stays choosable."""

from __future__ import annotations

from customers.code_names import Names


def with_current(choices: Names, current: str) -> Names:
    """The choices, an empty one first, with the current value even where it is not listed."""
    listed: Names = [("", "–"), *choices]
    if current and current not in dict(choices):
        listed.append((current, current))
    return listed
