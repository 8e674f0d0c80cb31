"""What an import did to each record, noted so that it can be undone.

Invariant: the notes of a batch are written in the transaction of the batch. A check notes
nothing, nor does an import without a job.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from itertools import repeat
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from customers.among import among
from customers.models import ImportChange, ImportJob
from customers.spreadsheets.inserting import insert_rows

_COLUMNS: Final = ("job_id", "record", "record_id", "created", "before", "after", "line", "at")


class Journal:
    """Collects what one batch does; the engine writes it last, once all else is written.

    So its instant is no earlier than the `updated_at` of what the batch wrote, and earlier than
    that of whatever changes it afterwards, which must wait for the batch to be committed.
    """

    def __init__(self, job: ImportJob | None) -> None:
        self.job = job
        self._rows: list[tuple[Any, ...]] = []

    def begin(self) -> None:
        """Start a batch, or the same one again: nothing is noted yet."""
        self._rows.clear()

    def created(
        self, record: str, ids: Iterable[int], lines: Iterable[int | None] = repeat(None)
    ) -> None:
        """Note records (ImportChange.Record) that the import has added, already saved.

        `lines` are the lines of the file that did it, one a record.
        """
        if self.job is not None:
            pairs = zip(ids, lines, strict=False)
            self._rows += [(record, pk, True, "{}", "{}", line) for pk, line in pairs]

    def changed(
        self,
        record: str,
        pk: int,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        line: int | None = None,
    ) -> None:
        """Note the old and new values, by field name, of a record that was there before."""
        if self.job is not None:
            self._rows.append((record, pk, False, as_text(before), as_text(after), line))

    def lines_of(self, record: str, ids: Collection[int]) -> dict[int, int]:
        """Which of these records earlier batches added or changed, and from which line."""
        if self.job is None or not ids:
            return {}
        # Asked for the job too, SQLite would read all that the job did so far, batch after batch.
        noted = ImportChange.objects.filter(record=record, record_id__in=among(ids))
        rows = noted.order_by("-pk").values_list("job_id", "record_id", "line")
        return {pk: line or 0 for job, pk, line in rows if job == self.job.pk}

    def save(self) -> None:
        """Write the notes of the batch."""
        if self.job is None or not self._rows:
            return
        at = connection.ops.adapt_datetimefield_value(timezone.now())
        job = self.job.pk
        insert_rows(ImportChange, _COLUMNS, [(job, *row, at) for row in self._rows])
        self._rows.clear()


def _plain(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value)} has no place in a journal")


as_text = json.JSONEncoder(default=_plain, ensure_ascii=False).encode
"""Old or new values as they are noted: dates and amounts as text."""


def noted(value: Any) -> Any:
    """A value as it is read back from the journal."""
    return json.loads(as_text([value]))[0]
