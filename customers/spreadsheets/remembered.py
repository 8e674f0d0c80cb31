"""How files of the same shape were matched before: the next one is matched the same way.

What is said of consent is not remembered: each file says it anew. Lines that were rejected and
mended are of the same file: the answers given then are proposed, and must be confirmed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from customers.folding import fold
from customers.models import ImportJob
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.fields import fields_of, tag_field
from customers.spreadsheets.guessing import guess_mapping
from customers.spreadsheets.mapping import Mapping, read_mapping
from customers.spreadsheets.reading import Spreadsheet


def shape_of(header: Sequence[str]) -> str:
    """What files with these column names have in common, whatever their order or spelling."""
    names = sorted(fold(name) for name in header)
    return hashlib.blake2b("\x1f".join(names).encode(), digest_size=16).hexdigest()


def last_of_shape(kind: str, header: Sequence[str]) -> ImportJob | None:
    """The last finished import of a file of this kind and shape."""
    done = ImportJob.objects.filter(
        kind=kind, shape=shape_of(header), state=ImportJob.State.DONE
    ).exclude(mapping={})
    return done.order_by("-finished_at", "-pk").first()


def as_before(job: ImportJob, file: Spreadsheet) -> Mapping | None:
    """The mapping of an earlier import for a file of its shape; None where it no longer holds.

    How the file is cut into cells is the file's own; so is what is said of consent.
    """
    told = {
        "columns": job.mapping.get("columns", {}),
        "options": {
            key: value
            for key in ("date_format", "decimal", "on_existing")
            if (value := job.mapping.get("options", {}).get(key))
        },
    }
    try:
        mapping = read_mapping(job.kind, told)
    except SpreadsheetError:
        return None
    known = fields_of(job.kind)
    by_fold = {fold(name): key for name, key in mapping.columns.items()}
    mapping.columns = {}
    for name in file.header:
        key = by_fold.get(fold(name), "")
        # An attribute may have been deleted since.
        mapping.columns[name] = key if key in known or tag_field(key) else ""
    mapping.encoding, mapping.delimiter = file.encoding, file.delimiter
    mapping.sheet, mapping.header_line = file.sheet, file.header_line
    try:
        mapping.bind(file.header)
    except SpreadsheetError:
        return None
    return mapping


def followed(job: ImportJob, file: Spreadsheet) -> ImportJob | None:
    """The earlier import whose mapping a file still has, where a guess would say otherwise."""
    last = last_of_shape(job.kind, file.header)
    before = as_before(last, file) if last is not None else None
    if before is None or before.columns != job.mapping.get("columns"):
        return None
    return last if guess_mapping(file, job.kind).columns != before.columns else None


def forget(job: ImportJob, file: Spreadsheet) -> None:
    """Match a file by a guess again, whatever was done before."""
    job.mapping = guess_mapping(file, job.kind).as_json()
    job.save(update_fields=["mapping"])


def origin_of(kind: str, file: Spreadsheet) -> ImportJob | None:
    """The import whose rejected lines a file holds, mended; None for any other file."""
    if not file.has_reasons:
        return None
    done = ImportJob.objects.filter(
        kind=kind, shape=shape_of(file.header), state=ImportJob.State.DONE
    )
    return done.filter(rejected_bytes__gt=0).order_by("-finished_at", "-pk").first()


def mended_by(file: Spreadsheet) -> int | None:
    """The import of orders whose rejected lines a file holds, if it holds such lines."""
    origin = origin_of(ImportJob.Kind.ORDERS, file)
    return origin.pk if origin is not None else None


def propose_answers(mapping: Mapping, origin: ImportJob) -> bool:
    """Propose what was said of consent when the lines were rejected; whether anything was.

    Only where the answers are then shown, to be confirmed or changed.
    """
    try:
        said = read_mapping(origin.kind, {"options": origin.mapping.get("options", {})})
    except SpreadsheetError:
        return False
    mapping.consent, mapping.sensitive = said.consent, said.sensitive
    return any(each.is_stated for each in (*said.consent.values(), *said.sensitive.values()))
