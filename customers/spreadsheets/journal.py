"""What an import did to each record, noted so that it can be undone.

Invariant: the notes of a batch are written in the transaction of the batch. A check notes
nothing, nor does an import without a job.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from customers.models import ImportChange, ImportJob

_NOTHING = "{}"
_COLUMNS = ("job_id", "record", "record_id", "created", "before", "after", "at")


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

    def created(self, record: str, ids: Iterable[int]) -> None:
        """Note records (ImportChange.Record) that the import has added, already saved."""
        if self.job is not None:
            self._rows += [(record, pk, True, _NOTHING, _NOTHING) for pk in ids]

    def changed(
        self, record: str, pk: int, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Note the old and new values, by field name, of a record that was there before."""
        if self.job is not None:
            self._rows.append((record, pk, False, _text(before), _text(after)))

    def save(self) -> None:
        """Write the notes of the batch."""
        if self.job is None or not self._rows:
            return
        quote = connection.ops.quote_name
        columns = ", ".join(map(quote, _COLUMNS))
        marks = ", ".join(["%s"] * len(_COLUMNS))
        table = quote(ImportChange._meta.db_table)
        at = connection.ops.adapt_datetimefield_value(timezone.now())
        rows = [(self.job.pk, *row, at) for row in self._rows]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        self._rows.clear()


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder)
