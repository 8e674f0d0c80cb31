"""Bringing the snapshot up to date with the facts.

Some customers' rows are made anew in a copy of the current version, or everything is built anew
where that is quicker or that version will not do. Invariants: one builder at a time; the marks
taken are deleted only once what they mark is published, and no others; whatever fails or dies on
the way leaves the last good version current and the marks in place. A version that was not
published from this very database is rebuilt.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import duckdb
import phonenumbers
import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from customers.geography.france import TABLE as COMMUNES
from segmentation.models import PublishedSnapshot
from segmentation.snapshot import (
    build,
    marks,
    part,
    profiles,
    read,
    reader,
    telling,
    triggers,
    versions,
)
from segmentation.snapshot.tables import registry

# Raised when the same declarations come to be stored otherwise: every snapshot is then rebuilt.
FORMAT: Final = 6
# Beyond this share of the customers everything is built anew.
SHARE: Final = 0.2
# A file that is this many times as large as the last one built whole is built whole again.
SWOLLEN: Final = 2.5
# How often others may turn out to be concerned before everything is built anew.
_PASSES: Final = 3
# How long to wait for another builder, in seconds, unless told.
PATIENCE: Final = 600.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did. `tables` counts the rows of each; `changed_rows` those written anew.

    `published` says whether there is a new version, `whole` whether all of it was built anew.
    """

    version: int
    built_at: dt.datetime
    tables: Mapping[str, int]
    changed_rows: int
    seconds: float
    published: bool
    whole: bool


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
        synced = _publish_anew(started, None if rebuild else _current())
        versions.sweep()
    log.info(
        "snapshot_synced",
        version=synced.version,
        whole=synced.whole,
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
        _references(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _references() -> str:
    """What values are looked up in; a newer one may tell otherwise of facts that do not change."""
    communes = hashlib.sha256(COMMUNES.read_bytes()).hexdigest()
    return f"{communes} {phonenumbers.__version__} {unicodedata.unidata_version}"


@dataclass(frozen=True, slots=True)
class _Current:
    """The current version, of this very database, and what it says of itself."""

    version: versions.Version
    meta: reader.Meta


def _current() -> _Current | None:
    """The current version; None where it will not do, whatever the marks say."""
    version = versions.current()
    if version is None:
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
    return _Current(version, meta)


def _up_to_date() -> reader.Meta | None:
    """What the current version says of itself, if it tells all; None where work is needed."""
    if not triggers.stand() or marks.any_waiting():
        return None
    current = _current()
    if current is None:
        return None
    stale_at = current.meta.stale_at
    return None if stale_at is not None and timezone.now() >= stale_at else current.meta


def _publish_anew(started: float, current: _Current | None) -> Synced:
    """Publish a new version, made from the current one where that will do."""
    for _ in range(_PASSES):
        try:
            return _publish(started, current)
        except _OthersConcerned as others:
            log.info("snapshot_concerns_others", customers=len(others.customers))
            marks.add(others.customers)
        except (duckdb.Error, FileNotFoundError) as error:
            # What cannot be brought up to date can still be built anew.
            if current is None:
                raise
            log.warning("snapshot_not_renewed", error=type(error).__name__)
            current = None
    return _publish(started, None)


class _OthersConcerned(Exception):
    """The facts concern customers whom nothing marks yet."""

    def __init__(self, customers: Sequence[int]) -> None:
        super().__init__(f"{len(customers)} customers")
        self.customers = customers


def _publish(started: float, current: _Current | None) -> Synced:
    """Raises _OthersConcerned, or what DuckDB raises of a file it cannot read or write."""
    token = secrets.token_hex(8)
    published = PublishedSnapshot.objects.values_list("version", flat=True).first()
    number = versions.next_number(at_least=published or 0)
    sources = registry.sources.values()
    marks.set_apart()
    with versions.workshop() as folder:
        with read.consistent():
            # The first query fixes the instant that a consistent read is as of.
            reach = marks.reach()
            taken = marks.taken()
            now = timezone.now()
            if current is not None and not _will_do(current, reach, now):
                current = None
            if current is None:
                rows = read.everything(sources, folder)
            else:
                rows = read.of_marked(sources, folder)
        path = folder / "snapshot.duckdb"
        made = _make(path, rows, telling.Identity(number, now, fingerprint()), current)
        whole_size = None if current is None else current.version.whole_size
        versions.publish(path, number, token, now, whole_size)
    PublishedSnapshot.objects.update_or_create(
        defaults={"version": number, "token": token, "published_at": timezone.now()}, id=1
    )
    marks.delete(taken)
    return Synced(
        number,
        now,
        made.tables,
        made.changed_rows,
        time.monotonic() - started,
        published=True,
        whole=current is None,
    )


def _will_do(current: _Current, reach: marks.Reach, now: dt.datetime) -> bool:
    """Whether the current version can be brought up to date, and quicker than by building anew."""
    return (
        not reach.everything
        and reach.customers <= SHARE * current.meta.customers
        and current.version.size <= SWOLLEN * current.version.whole_size
        # What has happened by the clock of that version may be yet to come by one set back.
        and now >= current.meta.built_at
    )


def _make(
    path: Path, rows: read.Rows, identity: telling.Identity, current: _Current | None
) -> part.Renewed:
    if current is None:
        tables = build.build(path, rows.files, identity)
        return part.Renewed(tables, sum(tables.values()))
    versions.copy(current.version, path)
    made = part.renew(path, rows, identity, current.meta.built_at)
    if isinstance(made, part.Neglected):
        raise _OthersConcerned(made.customers)
    return made


def _unchanged(meta: reader.Meta, started: float) -> Synced:
    seconds = time.monotonic() - started
    return Synced(
        meta.version, meta.built_at, meta.tables, 0, seconds, published=False, whole=False
    )
