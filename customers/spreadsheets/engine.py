"""Runs an import batch after batch, in constant memory, so that no interruption loses or doubles.

Invariant: what a batch writes, the job's position, its report and what it must remember are one
transaction. Killed anywhere, the job goes on from the last committed batch once its lease passed.
"""

from __future__ import annotations

import datetime as dt
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.models import CustomAttribute, ImportJob
from customers.signals import facts_changed
from customers.spreadsheets import rejects
from customers.spreadsheets.importers import BatchImporter, Setting, importer_for
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Line, LineReader
from customers.spreadsheets.mapping import Mapping, read_mapping
from customers.spreadsheets.memory import JobMemory, ScratchMemory
from customers.spreadsheets.pace import ahead, room_to_write
from customers.spreadsheets.reading import Spreadsheet, open_spreadsheet
from customers.spreadsheets.rejects import append_rejected
from customers.spreadsheets.remembered import shape_of
from customers.spreadsheets.report import Report

BATCH: Final = 3000
LEASE: Final = dt.timedelta(minutes=2)
_ATTEMPTS: Final = 3
# Made and kept by half a batch: the collector finds next to nothing among them.
_OBJECTS: Final = 50_000


class Cancelled(Exception):
    """Someone asked for this import to stop; what it committed stays."""


class Overtaken(Exception):
    """Another worker went on with this import; this one must stop and write nothing."""


def open_for(path: Path, mapping: Mapping) -> Spreadsheet:
    """Open a file the way a mapping says it is read."""
    return open_spreadsheet(
        path,
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
        sheet=mapping.sheet,
        header_line=mapping.header_line,
    )


def check(
    file: Spreadsheet,
    mapping: Mapping,
    *,
    file_name: str,
    target: dict[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Find what an import would do, writing nothing. `progress` is told the lines done."""
    reader = LineReader(file, mapping)
    report = Report()
    started = time.monotonic()
    memory = ScratchMemory()
    try:
        importer = importer_for(
            Setting(
                reader, mapping, memory, Journal(None), file_name, timezone.now(),
                target=target or {}, write=False,
            )
        )  # fmt: skip
        with _few_collections():
            for lines in reader.batches(BATCH):
                importer.batch(lines, report)
                report.warn(lines)
                if progress is not None:
                    progress(report.rows)
    finally:
        memory.close()
    report.seconds = time.monotonic() - started
    return report


def run(job: ImportJob, path: Path) -> Report:
    """Import a job's file from its position to the end. The job must be running and leased to us.

    Raises SpreadsheetError for a file or mapping that cannot be imported, Overtaken when another
    worker has gone on with it. A job asked to stop ends as cancelled before its next batch.
    """
    mapping = read_mapping(job.kind, job.mapping)
    file = open_for(path, mapping)
    reader = LineReader(file, mapping)
    if not job.shape:
        job.shape = shape_of(file.header)
        job.save(update_fields=["shape"])
    _create_attributes(mapping)
    memory = JobMemory(job)
    journal = Journal(job)
    began = job.started_at or timezone.now()
    importer = importer_for(
        Setting(
            reader, mapping, memory, journal, job.file_name, began, job.created_by, job.target
        )
    )  # fmt: skip
    try:
        coming = ahead(reader.batches(BATCH, job.position))
        with _few_collections(), room_to_write() as committed, closing(coming):
            for lines in coming:
                _commit(job, lines, reader, importer, journal)
                committed()
    except Cancelled:
        _finish(job, memory, ImportJob.State.CANCELLED)
    else:
        job.rows = job.position
        _finish(job, memory, ImportJob.State.DONE)
    facts_changed.send(sender=ImportJob)
    return Report.from_json(job.report)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Spare the garbage collector what was there before: it looked through all of it, and again.

    A third of an import's time went there, since every batch makes many thousands of objects.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _finish(job: ImportJob, memory: JobMemory, state: ImportJob.State) -> None:
    rejects.finish(job)
    with transaction.atomic():
        memory.forget()
        job.state = state
        job.finished_at = timezone.now()
        job.leased_until = None
        job.save(update_fields=["state", "finished_at", "rows", "leased_until", "rejected_file"])
    rejects.forget_waiting(job)


def _commit(
    job: ImportJob,
    lines: list[Line],
    reader: LineReader,
    importer: BatchImporter,
    journal: Journal,
) -> None:
    """One batch, all of it or nothing; tried again when someone else wrote the same key."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                _commit_once(job, lines, reader, importer, journal)
            return
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
            lines = [reader.line(line.number, line.cells) for line in lines]


def _commit_once(
    job: ImportJob,
    lines: list[Line],
    reader: LineReader,
    importer: BatchImporter,
    journal: Journal,
) -> None:
    started = time.monotonic()
    held = ImportJob.objects.select_for_update().get(pk=job.pk)
    if held.position != job.position or held.state != ImportJob.State.RUNNING:
        raise Overtaken
    if held.cancel_asked:
        raise Cancelled
    report = Report.from_json(held.report)
    journal.begin()
    rejected = importer.batch(lines, report)
    report.warn(lines)
    journal.save()
    append_rejected(held, reader.file, rejected)
    report.seconds += time.monotonic() - started
    held.position += len(lines)
    held.rows = max(held.rows, held.position)
    held.report = report.as_json()
    held.leased_until = timezone.now() + LEASE
    written = ("position", "rows", "report", "rejected_file", "rejected_bytes", "leased_until")
    held.save(update_fields=written)
    for name in written:
        setattr(job, name, getattr(held, name))


def _create_attributes(mapping: Mapping) -> None:
    for key, new in mapping.attributes.items():
        named = ("label", "type", "choices", "purpose")
        defaults = {name: getattr(new, name) for name in named}
        CustomAttribute.objects.get_or_create(key=key, defaults=defaults)
