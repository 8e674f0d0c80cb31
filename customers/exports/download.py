"""A table on its way out: the answer that streams it, and the line it leaves in the trail.

The line is written when the last row has gone, or when the reader hangs up, with the number of
rows that went out and whether that was all of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from customers.exports import csv_file, xlsx_file
from customers.exports.tables import Table

EXPORTED: Final = "data.exported"
CSV, PLAIN_CSV, XLSX = "csv", "csv_plain", "xlsx"
FORMATS: Final = {
    CSV: _("CSV for Excel in French (semicolons, decimal commas)"),
    XLSX: _("Excel workbook (.xlsx)"),
    PLAIN_CSV: _("CSV for other programs (commas, decimal points)"),
}
_TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    PLAIN_CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def response(
    table: Table,
    found: QuerySet[Any],
    *,
    file_format: str,
    columns: Sequence[str] = (),
    by: User,
) -> StreamingHttpResponse:
    """Answer with the rows as a file of this format (a key of FORMATS)."""
    answer = StreamingHttpResponse(
        content(table, found, file_format=file_format, columns=columns, by=by),
        content_type=_TYPES[file_format],
    )
    extension = "xlsx" if file_format == XLSX else "csv"
    name = f"{table.file_name}-{timezone.localdate().isoformat()}.{extension}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    # A proxy that kept the file would keep personal data.
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


def content(
    table: Table, found: QuerySet[Any], *, file_format: str, columns: Sequence[str], by: User
) -> Generator[bytes, None, None]:
    """The bytes of the file; what is read from it last is the line in the trail."""
    # A stream is read once the request, and its language, are over.
    language = get_language() or ""
    resource = table.resource()
    headers = resource.headers(columns)
    count = _Count()
    rows = count.through(resource.rows(found, columns))
    if file_format == XLSX:
        chunks = xlsx_file.chunks(headers, rows, str(table.label))
    else:
        dialect = csv_file.FRENCH if file_format == CSV else csv_file.PLAIN
        chunks = csv_file.chunks(headers, rows, dialect)
    try:
        while True:
            with override(language):
                chunk = next(chunks, None)
            if chunk is None:
                break
            yield chunk
    finally:
        audit.record(
            by,
            EXPORTED,
            table=table.key,
            format=file_format,
            rows=count.rows,
            columns=len(headers),
            complete=count.ended,
        )


class _Count:
    """Counts what passes through, and knows whether it came to its end."""

    def __init__(self) -> None:
        self.rows = 0
        self.ended = False

    def through(self, rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
        for row in rows:
            self.rows += 1
            yield row
        self.ended = True
