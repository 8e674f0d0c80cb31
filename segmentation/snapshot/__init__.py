"""The snapshot: a columnar, read-only copy of the facts, from which every answer comes.

Read in this order: tables, sources, declarations, triggers, marks, read, staging, making, build,
part, versions, syncing, reader. What other modules need is named here.
"""

from __future__ import annotations

import datetime as dt

from segmentation.snapshot import declarations, profiles
from segmentation.snapshot.marks import pending
from segmentation.snapshot.reader import Meta, NoSnapshot, cursor, meta
from segmentation.snapshot.syncing import Synced, sync
from segmentation.snapshot.triggers import NotMigrated
from segmentation.snapshot.versions import Busy, Version
from segmentation.snapshot.versions import current as current_version

__all__ = [
    "Busy",
    "Meta",
    "NoSnapshot",
    "NotMigrated",
    "Synced",
    "Version",
    "as_of",
    "current_version",
    "cursor",
    "declarations",
    "meta",
    "pending",
    "profiles",
    "sync",
]


def as_of() -> dt.datetime | None:
    """The instant the current version tells of; None where there is no version."""
    version = current_version()
    return version.built_at if version is not None else None
