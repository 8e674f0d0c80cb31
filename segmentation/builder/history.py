"""Steps back and forth where no script keeps them: earlier drafts, packed into one hidden field.

Invariant: whatever the field holds makes some history of bounded size; one that cannot be read is
empty, and the draft on the page is never touched by it.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from segmentation.builder.draft import Group
from segmentation.builder.form import from_fields, to_fields

STEPS: Final = ("undo", "redo")
MOST_STEPS: Final = 30
# What a page carries along at most, packed and unpacked.
MOST_PACKED: Final = 60_000
MOST_BYTES: Final = 4_000_000
Fields = dict[str, list[str]]


@dataclass(slots=True)
class History:
    """Drafts before and after the one that was drawn, `now`; the nearest come last."""

    past: list[Fields] = field(default_factory=list)
    future: list[Fields] = field(default_factory=list)
    now: Fields | None = None

    @classmethod
    def read(cls, packed: str) -> History:
        """The history in a posted field."""
        try:
            raw = zlib.decompressobj().decompress(
                base64.b64decode(packed, validate=True), MOST_BYTES
            )
            past, future, now = json.loads(raw)
            return cls([*map(_fields, past)], [*map(_fields, future)], _fields(now))
        except (binascii.Error, zlib.error, ValueError, TypeError, AttributeError, RecursionError):
            # Cut short or tampered with: there is nothing to go back to.
            return cls()

    def changed(self, draft: Group) -> None:
        """Keep a step where a draft is not the one last drawn."""
        if self.now is not None and from_fields(self.now) != draft:
            self.past.append(self.now)
            self.future.clear()
        self.now = to_fields(draft)

    def step(self, command: str) -> Group | None:
        """The draft before (`undo`) or after (`redo`) this one; None where there is none."""
        steps, others = self.past, self.future
        if command == "redo":
            steps, others = others, steps
        if not steps or self.now is None:
            return None
        others.append(self.now)
        self.now = steps.pop()
        return from_fields(self.now)

    @property
    def packed(self) -> str:
        """The history as a field, the farthest steps left out where it would grow too long."""
        for most in (MOST_STEPS, MOST_STEPS // 4, 1, 0):
            kept = [
                self.past[-most:] if most else [],
                self.future[-most:] if most else [],
                self.now,
            ]
            text = base64.b64encode(zlib.compress(json.dumps(kept).encode())).decode()
            if len(text) <= MOST_PACKED:
                break
        return text


def _fields(data: Any) -> Fields:
    if not isinstance(data, Mapping):
        raise TypeError(data)
    return {str(name): [str(value) for value in values] for name, values in data.items()}
