"""The frozen audience between the instant it is chosen and the moment its rows are written.

Invariant: the first whole list written is the list: a preparation that is interrupted and run again
reads it back, and two that run at once read the same one. The file holds two numbers a person
(customer, segment of record), is private, and is deleted once the rows stand.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from campaigns.models import Campaign

_DIGEST: Final = 16


@dataclass(frozen=True)
class FrozenAudience:
    """Customers in ascending order, and each one's segment of record at the same place."""

    customers: array[int]
    segments: array[int]

    def __len__(self) -> int:
        return len(self.customers)


def path_of(campaign: Campaign) -> Path:
    """Where a launch's list lies; another launch never finds it."""
    assert campaign.launched_at is not None
    instant = int(campaign.launched_at.timestamp() * 1e6)
    return Path(settings.SNAPSHOT_DIR) / "audiences" / f"{campaign.pk}-{instant}.audience"


def write(campaign: Campaign, pairs: Iterable[tuple[int, int]]) -> FrozenAudience:
    """Publish a list sorted by customer; where another was first, that one is returned."""
    customers, segments = array("q"), array("q")
    for customer, segment in sorted(pairs):
        customers.append(customer)
        segments.append(segment)
    content = customers.tobytes() + segments.tobytes()
    path = path_of(campaign)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_digest(content) + content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            already = read(campaign)
            if already is not None:
                return already
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return FrozenAudience(customers, segments)


def read(campaign: Campaign) -> FrozenAudience | None:
    """The published list; None where there is none yet, or what is there is damaged."""
    try:
        content = path_of(campaign).read_bytes()
    except FileNotFoundError:
        return None
    digest, numbers = content[:_DIGEST], content[_DIGEST:]
    if digest != _digest(numbers) or len(numbers) % 16:
        return None
    half = len(numbers) // 2
    customers, segments = array("q"), array("q")
    customers.frombytes(numbers[:half])
    segments.frombytes(numbers[half:])
    return FrozenAudience(customers, segments)


def size(campaign: Campaign) -> int | None:
    """How many people the published list holds, without reading it."""
    if campaign.launched_at is None:
        return None
    try:
        return (path_of(campaign).stat().st_size - _DIGEST) // 16
    except FileNotFoundError:
        return None


def delete(campaign: Campaign) -> None:
    """Forget the list, once nothing needs it."""
    if campaign.launched_at is not None:
        path_of(campaign).unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
