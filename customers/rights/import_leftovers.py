"""What past imports keep of people besides their records: files, samples in reports, undo notes.

Invariant: once a person is erased, no kept file and no report names them. A file whose import is
under way is left to it and looked at again afterwards; an upload that names someone erased is
deleted, for it may be in any format, and the lines refused are written again without theirs.
"""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from customers.fieldtypes import text_of
from customers.models import (
    ConsentRecord,
    Customer,
    CustomerTag,
    Event,
    ImportChange,
    ImportJob,
    ImportTrace,
    Order,
    OrderLine,
)
from customers.rights.traces import Traces
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.reading import Spreadsheet, open_spreadsheet

State = ImportJob.State
UNDER_WAY: Final = (State.CHECKING, State.QUEUED, State.RUNNING, State.UNDOING)
_REPORTS: Final = ("check_report", "report", "undo_report")
# The samples of a report: what they list may name people, their counts never do.
_SAMPLES: Final = ("errors", "warnings", "changes", "sharing")


def forget(traces: Traces) -> int:
    """Take people out of every file and report kept; how many imports still have to end first."""
    for job in _kept().exclude(state__in=UNDER_WAY):
        forget_in_files(job, traces)
    forget_in_tables(traces)
    return ImportJob.objects.filter(state__in=UNDER_WAY).count()


def forget_in_tables(traces: Traces) -> None:
    """Take people out of what is kept of imports besides their files."""
    for job in ImportJob.objects.exclude(state__in=UNDER_WAY).iterator(100):
        forget_in_reports(job, traces)
    # What an import that failed remembered of its lines serves nobody.
    ImportTrace.objects.exclude(job__state__in=UNDER_WAY).delete()


def forget_in_files(job: ImportJob, traces: Traces) -> None:
    """Take people out of a job's upload and out of the lines it refused."""
    upload = _path(job.file.name)
    if upload is not None and _names_someone(upload, traces):
        upload.unlink(missing_ok=True)
        unfinished = ImportJob.objects.filter(pk=job.pk, state__in=(State.MAPPING, State.CHECKED))
        unfinished.update(
            state=State.FAILED,
            error=gettext(
                "The file was deleted: it named someone whose data were erased since. "
                "Take the line out of it and import it again."
            ),
        )
        ImportJob.objects.filter(pk=job.pk).update(file="")
    refused = _path(job.rejected_file.name)
    if refused is not None:
        size = _rewrite(refused, traces)
        changes: dict[str, Any] = {"rejected_bytes": size}
        if not size:
            changes["rejected_file"] = ""
        ImportJob.objects.filter(pk=job.pk).update(**changes)


def forget_in_reports(job: ImportJob, traces: Traces) -> None:
    """Drop the samples of a job's reports that name people; the counts stay."""
    changes = {}
    for name in _REPORTS:
        report = getattr(job, name)
        kept = _without(report, traces)
        if kept != report:
            changes[name] = kept
    if changes:
        ImportJob.objects.filter(pk=job.pk).update(**changes)


def forget_undo_notes(ids: Collection[int]) -> int:
    """Delete what imports noted of these people's records; they can no longer be undone there."""
    mine: dict[str, QuerySet[Any]] = {
        ImportChange.Record.CUSTOMER: Customer.all_records.filter(pk__in=ids),
        ImportChange.Record.CONSENT: ConsentRecord.objects.filter(customer_id__in=ids),
        ImportChange.Record.TAG: CustomerTag.objects.filter(customer_id__in=ids),
        ImportChange.Record.ORDER: Order.objects.filter(customer_id__in=ids),
        ImportChange.Record.LINE: OrderLine.objects.filter(order__customer_id__in=ids),
        ImportChange.Record.EVENT: Event.objects.filter(customer_id__in=ids),
    }
    gone = 0
    for record, rows in mine.items():
        noted = ImportChange.objects.filter(record=record, record_id__in=rows.values("pk"))
        gone += noted.delete()[0]
    return gone


def forget_all_samples() -> int:
    """After a purge: delete every kept file of imports that ended, and the samples of reports."""
    ended = ImportJob.objects.exclude(state__in=(*UNDER_WAY, State.MAPPING, State.CHECKED))
    cleared = 0
    for job in ended.iterator(100):
        for name in (job.file.name, job.rejected_file.name):
            if (path := _path(name)) is not None:
                path.unlink(missing_ok=True)
                cleared += 1
        reports = {name: _bare(getattr(job, name)) for name in _REPORTS}
        ImportJob.objects.filter(pk=job.pk).update(
            file="", rejected_file="", rejected_bytes=0, **reports
        )
        ImportTrace.objects.filter(job=job).delete()
    return cleared


def _kept() -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(~Q(file="") | ~Q(rejected_file="")).order_by("pk")


def _path(name: str | None) -> Path | None:
    path = Path(settings.MEDIA_ROOT) / name if name else None
    return path if path is not None and path.is_file() else None


def _names_someone(path: Path, traces: Traces) -> bool:
    try:
        return any(
            traces.name_a_line([text_of(cell) for cell in cells])
            for found in _sheets(path)
            for _number, cells in found.rows()
        )
    except SpreadsheetError:
        # What cannot be read to its end cannot be said to be free of anybody.
        return True


def _sheets(path: Path) -> Iterator[Spreadsheet]:
    first = open_spreadsheet(path)
    yield first
    for name in first.sheets:
        if name != first.sheet:
            # An empty sheet is refused: there is nobody in it.
            with suppress(SpreadsheetError):
                yield open_spreadsheet(path, sheet=name)


def _rewrite(path: Path, traces: Traces) -> int:
    """Write a file of refused lines again without theirs; its new size, 0 where it is deleted."""
    try:
        found = open_spreadsheet(path)
    except SpreadsheetError:
        path.unlink(missing_ok=True)
        return 0
    if found.book is not None:
        if _names_someone(path, traces):
            path.unlink(missing_ok=True)
            return 0
        return path.stat().st_size
    encoding = "utf-8-sig" if found.encoding == "utf-8" else found.encoding
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    left_out = 0
    try:
        with (
            path.open(encoding=encoding, errors="replace", newline="") as old,
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w",
                      encoding=encoding, newline="") as new,
        ):  # fmt: skip
            writer = csv.writer(new, delimiter=found.delimiter)
            for cells in csv.reader(old, delimiter=found.delimiter):
                if traces.name_a_line(cells):
                    left_out += 1
                else:
                    writer.writerow(cells)
        if left_out:
            draft.replace(path)
    except csv.Error:
        path.unlink(missing_ok=True)
        return 0
    finally:
        draft.unlink(missing_ok=True)
    return path.stat().st_size


def _without(value: Any, traces: Traces) -> Any:
    """A report without the entries of its lists that name someone."""
    if isinstance(value, dict):
        return {key: _without(each, traces) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each, traces) for each in value if not _named(each, traces)]
    return value


def _named(entry: Any, traces: Traces) -> bool:
    cells = [str(each) for each in entry.values()] if isinstance(entry, dict) else [str(entry)]
    return traces.name_a_line(cells)


def _bare(report: dict[str, Any]) -> dict[str, Any]:
    return {key: [] if key in _SAMPLES else each for key, each in report.items()}
