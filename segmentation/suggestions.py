"""Values to choose from while typing: what the snapshot holds, the most frequent first.

Invariant: only kinds that hold words of the shop (cities, products, tags …) are in the snapshot's
labels; nothing here names a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from customers.folding import fold
from segmentation import snapshot

LIMIT: Final = 50
_FOUND: Final = """
    SELECT label, n FROM labels
    WHERE kind = $kind AND contains(folded, $typed)
    ORDER BY starts_with(folded, $typed) DESC, n DESC, label LIMIT $most
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value and how many rows or people have it."""

    label: str
    count: int


def search(kind: str, typed: str, most: int = LIMIT) -> list[Suggestion]:
    """The values of a kind that contain what is typed; those that begin with it come first."""
    asked = {"kind": kind, "typed": fold(typed[:200]), "most": most}
    try:
        with snapshot.cursor() as cursor:
            rows = cursor.execute(_FOUND, asked).fetchall()
    except snapshot.NoSnapshot:
        return []
    return [Suggestion(label, count) for label, count in rows]
