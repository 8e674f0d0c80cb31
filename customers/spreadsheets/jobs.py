"""The life of an import: uploaded, matched, checked, queued, run, taken up again, forgotten.

Each step that a worker does is claimed by a conditional update with a lease, so that two workers
never hold one job and a dead one lets go of it.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog
from django.conf import settings
from django.core.files.base import File
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext

from customers.models import ImportJob, ImportTrace
from customers.spreadsheets import engine, rejects
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.guessing import guess_mapping
from customers.spreadsheets.mapping import Mapping, read_mapping
from customers.spreadsheets.reading import Spreadsheet, open_spreadsheet
from customers.spreadsheets.remembered import (
    as_before,
    last_of_shape,
    origin_of,
    propose_answers,
    shape_of,
)
from customers.spreadsheets.report import Report

log = structlog.get_logger(__name__)
State = ImportJob.State
# A queued job is left this long to the worker it was handed to before it is offered again.
PATIENCE: Final = dt.timedelta(seconds=20)
KEPT: Final = dt.timedelta(days=30)


def create(
    kind: str, file: BinaryIO | File[bytes], name: str, *, by: Any, language: str
) -> ImportJob:
    """Keep an uploaded file, under a name of our own, as a new import to be matched."""
    job = ImportJob(
        kind=kind,
        file_name=Path(name.replace("\\", "/")).name[:200] or "?",
        created_by=by,
        language=language,
    )
    job.file.save(f"{secrets.token_hex(12)}.upload", File(file), save=False)
    job.save()
    return job


def receive(
    kind: str,
    file: BinaryIO | File[bytes],
    name: str,
    *,
    by: Any,
    language: str,
    target: dict[str, Any] | None = None,
) -> ImportJob:
    """Keep an uploaded file if it can be read to its end, its columns guessed.

    They are matched as those of the last file of the same shape were. `target` is what the kind
    needs besides columns (ImportJob.target). Raises SpreadsheetError otherwise, and keeps nothing.
    """
    job = create(kind, file, name, by=by, language=language)
    try:
        found = open_spreadsheet(path_of(job))
        job.rows = found.count()
        last = last_of_shape(kind, found.header)
        mapping = as_before(last, found) if last is not None else None
        mapping = mapping or guess_mapping(found, kind)
        if (origin := origin_of(kind, found)) is not None:
            propose_answers(mapping, origin)
        job.mapping = mapping.as_json()
        job.shape = shape_of(found.header)
        job.target = target or {}
    except SpreadsheetError:
        job.file.storage.delete(str(job.file.name))
        job.delete()
        raise
    job.save()
    return job


def open_as_received(job: ImportJob) -> Spreadsheet:
    """Open the file the way its mapping says it is read."""
    return engine.open_for(path_of(job), read_mapping(job.kind, job.mapping))


def path_of(job: ImportJob) -> Path:
    """Where the job's file is kept."""
    return Path(job.file.path)


def ask_for_check(job: ImportJob, mapping: Mapping) -> None:
    """Note how the file is matched and that it is to be checked. Nothing is checked yet."""
    job.mapping = mapping.as_json()
    job.state = State.CHECKING
    job.error, job.position, job.check_report, job.leased_until = "", 0, {}, None
    job.started_at = timezone.now()
    job.save()


def check(pk: int) -> None:
    """Check a job that waits for it; does nothing when another worker has it."""
    job = _claim(ImportJob.objects.filter(pk=pk, state=State.CHECKING))
    if job is None:
        return
    with translation.override(job.language):
        try:
            mapping = read_mapping(job.kind, job.mapping)
            file = engine.open_for(path_of(job), mapping)
            rows = file.count()
            ImportJob.objects.filter(pk=pk).update(rows=rows, position=0)

            def progress(done: int) -> None:
                until = timezone.now() + engine.LEASE
                checking = ImportJob.objects.filter(pk=pk, state=State.CHECKING)
                if not checking.update(position=done, leased_until=until):
                    raise engine.Overtaken

            report = engine.check(
                file, mapping, file_name=job.file_name, target=job.target, progress=progress
            )
        except SpreadsheetError as error:
            _end(job, State.MAPPING, error.text)
        except engine.Overtaken:
            log.info("check given up", job=pk)
        except (OperationalError, MemoryError):
            # The database was busy or away: the lease passes and the check is taken up again.
            raise
        except Exception:
            _end(job, State.MAPPING, _fault())
            raise
        else:
            checked = ImportJob.objects.filter(pk=pk, state=State.CHECKING)
            checked.update(
                state=State.CHECKED, check_report=report.as_json(), position=0, leased_until=None
            )


def ask_for_import(job: ImportJob) -> bool:
    """Queue a checked job; False when it was not waiting for that (a second click)."""
    waiting = ImportJob.objects.filter(pk=job.pk, state=State.CHECKED)
    return bool(
        waiting.update(
            state=State.QUEUED,
            position=0,
            report={},
            started_at=timezone.now(),
            leased_until=None,
            cancel_asked=False,
        )
    )


def ask_to_stop(job: ImportJob) -> bool:
    """Stop a check at once, an import before its next batch; False when there is none to stop."""
    mine = ImportJob.objects.filter(pk=job.pk)
    if mine.filter(state=State.CHECKING).update(
        state=State.MAPPING, position=0, leased_until=None, error=""
    ):
        return True
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    # One that has not begun stops here: there may be no worker to hear of it.
    if mine.filter(free, state=State.QUEUED).update(
        state=State.CANCELLED, cancel_asked=True, finished_at=now, leased_until=None
    ):
        return True
    return bool(mine.filter(state=State.RUNNING).update(cancel_asked=True))


def run(pk: int) -> Report | None:
    """Run a queued job, or go on with one whose worker died; None when another has it."""
    waiting = ImportJob.objects.filter(pk=pk, state__in=(State.QUEUED, State.RUNNING))
    job = _claim(waiting, state=State.RUNNING)
    if job is None:
        return None
    log.info("import started", job=pk, kind=job.kind, position=job.position)
    with translation.override(job.language):
        try:
            report = engine.run(job, path_of(job))
        except SpreadsheetError as error:
            _end(job, State.FAILED, error.text)
            return None
        except engine.Overtaken:
            log.info("import overtaken", job=pk)
            return None
        except OperationalError:
            raise
        except Exception:
            _end(job, State.FAILED, _fault())
            raise
    # The file has served; what was refused is kept apart.
    job.file.storage.delete(str(job.file.name))
    log.info("import done", job=pk, rows=report.rows, rejected=report.rejected)
    return report


def run_here(job: ImportJob) -> Report:
    """Run a job in this process, from the command line. Raises SpreadsheetError."""
    ImportJob.objects.filter(pk=job.pk).update(state=State.QUEUED, started_at=timezone.now())
    report = run(job.pk)
    job.refresh_from_db()
    if report is None:
        raise RuntimeError(job.error or "the import was taken over by another process")
    return report


def waiting() -> list[tuple[int, str]]:
    """The jobs nobody holds although there is work to do: (id, state)."""
    now = timezone.now()
    free = Q(leased_until__lt=now) | Q(leased_until=None, started_at__lt=now - PATIENCE)
    states = (State.CHECKING, State.QUEUED, State.RUNNING, State.UNDOING)
    return list(
        ImportJob.objects.filter(free, state__in=states).order_by("pk").values_list("pk", "state")
    )


def forget_old_files(now: dt.datetime) -> int:
    """Delete uploads and rejected lines older than a month; the reports stay."""
    old = ImportJob.objects.filter(created_at__lt=now - KEPT).exclude(file="", rejected_file="")
    forgotten = 0
    under_way = (State.CHECKING, State.QUEUED, State.RUNNING, State.UNDOING)
    for job in old.exclude(state__in=under_way):
        for stored in (job.file, job.rejected_file):
            if stored:
                stored.storage.delete(str(stored.name))
        unfinished = job.state in (State.MAPPING, State.CHECKED)
        state = State.FAILED if unfinished else job.state
        ImportJob.objects.filter(pk=job.pk).update(file="", rejected_file="", state=state)
        ImportTrace.objects.filter(job=job).delete()
        forgotten += 1
    return forgotten


def rejected_path(job: ImportJob) -> Path | None:
    """The file of rejected lines, None when there is none (any more)."""
    if not job.rejected_file:
        return None
    # Of an import that was stopped, they still wait to be made a workbook.
    if not job.is_under_way and rejects.finish(job):
        job.save(update_fields=["rejected_file"])
        rejects.forget_waiting(job)
    path = Path(settings.MEDIA_ROOT) / str(job.rejected_file.name)
    return path if os.path.exists(path) else None


def _claim(jobs: QuerySet[ImportJob], **changes: Any) -> ImportJob | None:
    now = timezone.now()
    with transaction.atomic():
        job = (
            jobs.filter(Q(leased_until=None) | Q(leased_until__lt=now)).select_for_update().first()
        )
        if job is None:
            return None
        job.leased_until = now + engine.LEASE
        for name, value in changes.items():
            setattr(job, name, value)
        job.save(update_fields=["leased_until", *changes])
    return job


def _end(job: ImportJob, state: str, error: str) -> None:
    try:
        ImportJob.objects.filter(pk=job.pk).update(
            state=state, error=error, leased_until=None, finished_at=timezone.now()
        )
        # Whose addresses its lines held is no longer needed, and would outlive them.
        ImportTrace.objects.filter(job=job).delete()
    except DatabaseError:
        log.exception("import could not be marked as ended", job=job.pk)


def _fault() -> str:
    return gettext(
        "Something went wrong on our side. Try again, or show this to your administrator."
    )
