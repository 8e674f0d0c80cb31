"""Parameters of addresses, which anyone may write as they like."""

from __future__ import annotations

_LONGEST = 18  # digits that a database's whole numbers always hold


def whole_number(text: str | None) -> int | None:
    """The number written, None for anything else."""
    if not text or len(text) > _LONGEST or not (text.isascii() and text.isdigit()):
        return None
    return int(text)


def words(text: str | None) -> list[str]:
    """What to search for; no text in the database holds a null character."""
    return (text or "").replace("\0", " ").split()
