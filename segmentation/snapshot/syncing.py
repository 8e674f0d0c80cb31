"""Bringing the snapshot up to date with the facts.

Invariants: one builder at a time; the marks taken are deleted only once what they mark is
published, and no others; whatever fails or dies on the way leaves the last good version current
and the marks in place. A version that was not published from this very database is rebuilt.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from segmentation.models import PublishedSnapshot
from segmentation.snapshot import build, marks, profiles, read, reader, triggers, versions
from segmentation.snapshot.tables import registry

# Raised when the same declarations come to be stored otherwise: every snapshot is then rebuilt.
FORMAT: Final = 3
# How long to wait for another builder, in seconds, unless told.
PATIENCE: Final = 600.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did. `tables` counts the rows of each; `changed_rows` those written anew."""

    version: int
    built_at: dt.datetime
    tables: Mapping[str, int]
    changed_rows: int
    seconds: float
    rebuilt: bool


def sync(*, rebuild: bool = False, patience: float = PATIENCE) -> Synced:
    """Make the current version tell every fact committed before the call.

    With `rebuild`, build whole even where nothing changed. Waits up to `patience` seconds for
    another builder. Raises versions.Busy past that, triggers.NotMigrated before migrations, and
    RuntimeError inside a transaction.
    """
    started = time.monotonic()
    if not rebuild and (current := _up_to_date()) is not None:
        versions.sweep_the_superseded()
        return _unchanged(current, started)
    with versions.builder_lock(patience):
        if not triggers.stand():
            log.warning("snapshot_triggers_reinstalled")
            triggers.install()
        # Another builder may have done the work while this one waited.
        if not rebuild and (current := _up_to_date()) is not None:
            return _unchanged(current, started)
        synced = _rebuild(started)
        versions.sweep()
    log.info(
        "snapshot_synced",
        version=synced.version,
        rows=synced.changed_rows,
        seconds=round(synced.seconds, 3),
    )
    return synced


def fingerprint() -> str:
    """A digest of all that decides what is stored and how it is watched."""
    fixed = profiles.select_sql(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    parts = (
        str(FORMAT),
        connection.vendor,
        settings.TIME_ZONE,
        triggers.fingerprint(triggers.declared()),
        repr(registry.sources),
        repr(registry.tables),
        fixed,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _up_to_date() -> reader.Meta | None:
    """What the current version says of itself, if it tells all; None where work is needed."""
    version = versions.current()
    if version is None or not triggers.stand() or marks.any_waiting():
        return None
    if not PublishedSnapshot.objects.filter(token=version.token).exists():
        return None
    try:
        meta = reader.meta()
    except reader.NoSnapshot:
        log.warning("snapshot_unreadable", version=version.number)
        return None
    if meta.version != version.number or meta.fingerprint != fingerprint():
        return None
    return None if meta.stale_at is not None and timezone.now() >= meta.stale_at else meta


def _rebuild(started: float) -> Synced:
    token = secrets.token_hex(8)
    published = PublishedSnapshot.objects.values_list("version", flat=True).first()
    number = versions.next_number(at_least=published or 0)
    marks.set_apart()
    with versions.workshop() as folder:
        with read.consistent():
            # The first query fixes the instant that a consistent read is as of.
            taken = marks.taken()
            now = timezone.now()
            files = read.everything(registry.sources.values(), folder)
        path = folder / "snapshot.duckdb"
        counts = build.build(path, files, build.Identity(number, now, fingerprint()))
        versions.publish(path, number, token, now)
    PublishedSnapshot.objects.update_or_create(
        defaults={"version": number, "token": token, "published_at": timezone.now()}, id=1
    )
    marks.delete(taken)
    return Synced(
        number, now, counts, sum(counts.values()), time.monotonic() - started, rebuilt=True
    )


def _unchanged(meta: reader.Meta, started: float) -> Synced:
    return Synced(
        meta.version, meta.built_at, meta.tables, 0, time.monotonic() - started, rebuilt=False
    )
