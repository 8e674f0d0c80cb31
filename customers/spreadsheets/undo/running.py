"""Takes an import back batch after batch, so that no interruption loses or doubles anything.

Invariant: what a batch takes back, its figures, and the end of the notes it came from are one
transaction: an undo that was killed goes on with the notes that are left.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from customers.models import ImportChange, ImportJob
from customers.signals import facts_changed
from customers.spreadsheets.engine import LEASE
from customers.spreadsheets.undo import definitions, ledger, people, records, registry

log = structlog.get_logger(__name__)
State = ImportJob.State
BATCH: Final = 500
DAYS: Final = 30
UNDOABLE: Final = (State.DONE, State.CANCELLED, State.FAILED)

registry.register(ImportChange.Record.CUSTOMER, people.undo_people)
registry.register(ImportChange.Record.CONSENT, ledger.undo_consents)
registry.register(ImportChange.Record.TAG, records.undo_tags)
registry.register(ImportChange.Record.SUPPRESSION, records.undo_suppressions)
registry.register(ImportChange.Record.PRODUCT, records.undo_products)
registry.register(ImportChange.Record.ORDER, records.undo_orders)
registry.register(ImportChange.Record.LINE, records.undo_order_lines)
registry.register(ImportChange.Record.EVENT, records.undo_events)
registry.register(ImportChange.Record.MEMBER, records.undo_members)


class Overtaken(Exception):
    """Another worker went on with this undo; this one must stop and write nothing."""


def last_day(job: ImportJob) -> dt.datetime | None:
    """Until when an import can be undone, None before it has ended."""
    return job.finished_at + dt.timedelta(days=DAYS) if job.finished_at else None


def can_undo(job: ImportJob) -> bool:
    """Whether there is anything left to take back, and time to; one query."""
    until = last_day(job)
    if job.state not in UNDOABLE or until is None or until < timezone.now():
        return False
    return ImportChange.objects.filter(job=job).exists()


def ask_for_undo(job: ImportJob, by: Any) -> bool:
    """Queue the undoing of an import; False where it cannot be (a second click, too late)."""
    if not can_undo(job):
        return False
    with transaction.atomic():
        changed = ImportJob.objects.filter(pk=job.pk, state__in=UNDOABLE).update(
            state=State.UNDOING,
            undo_report={"was": job.state, "total": ImportChange.objects.filter(job=job).count()},
            started_at=timezone.now(),
            leased_until=None,
        )
        if changed:
            audit.record(by, "customers.import_undone", job=job.pk)
    return bool(changed)


def run(pk: int) -> None:
    """Take back an import that waits for it, or go on where a worker died."""
    job = _claim(pk)
    if job is None:
        return
    log.info("undo started", job=pk)
    try:
        for record in registry.ORDER:
            while _batch(job, record):
                pass
        _finish(job)
    except Overtaken:
        log.info("undo overtaken", job=pk)
        return
    finally:
        facts_changed.send(sender=ImportJob)
    log.info("undo done", job=pk)


def forget_old_changes(now: dt.datetime) -> int:
    """Delete the notes of imports that can no longer be undone, some at a time."""
    before = now - dt.timedelta(days=DAYS)
    old = ImportJob.objects.exclude(state=State.UNDOING).filter(finished_at__lt=before)
    rows = ImportChange.objects.filter(job__in=old)
    forgotten = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:5_000]):
        forgotten += ImportChange.objects.filter(pk__in=ids).delete()[0]
    return forgotten


def _claim(pk: int) -> ImportJob | None:
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = ImportJob.objects.filter(free, pk=pk, state=State.UNDOING)
    if not waiting.update(leased_until=now + LEASE):
        return None
    return ImportJob.objects.get(pk=pk)


def _batch(job: ImportJob, record: str) -> bool:
    """Take back some changes of one kind of record; False when there is none left."""
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().get(pk=job.pk)
        if held.state != State.UNDOING or held.leased_until != job.leased_until:
            raise Overtaken
        noted = ImportChange.objects.filter(job=job, record=record)
        # What was made goes before what was changed, and the last change before the first.
        changes = list(noted.order_by("-created", "-pk")[:BATCH])
        if not changes:
            return False
        counts = held.undo_report.setdefault("counts", {}).setdefault(record, {})
        for outcome, number in registry.undoer_of(record)(held, changes).items():
            counts[outcome] = counts.get(outcome, 0) + number
        ImportChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
        held.leased_until = timezone.now() + LEASE
        held.save(update_fields=["undo_report", "leased_until"])
    job.leased_until, job.undo_report = held.leased_until, held.undo_report
    return True


def _finish(job: ImportJob) -> None:
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().get(pk=job.pk)
        if held.state != State.UNDOING or held.leased_until != job.leased_until:
            raise Overtaken
        if removed := definitions.undo_attributes(held):
            held.undo_report.setdefault("counts", {})[registry.ATTRIBUTE] = removed
        held.undo_report["at"] = timezone.now().isoformat()
        held.state, held.leased_until = State.UNDONE, None
        held.save(update_fields=["undo_report", "state", "leased_until"])
