"""Files and jobs for the tests of imports."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.utils import translation

from customers.models import ImportJob
from customers.spreadsheets import engine, jobs
from customers.spreadsheets.guessing import guess_mapping
from customers.spreadsheets.mapping import Mapping, read_mapping
from customers.spreadsheets.reading import open_spreadsheet
from customers.spreadsheets.report import Report

CDNOW = Path(__file__).resolve().parents[2] / "data" / "cdnow_sample.csv"


def csv_file(folder: Path, text: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def mapping_for(path: Path, kind: str, told: dict[str, Any] | None = None) -> Mapping:
    if told is None:
        return guess_mapping(open_spreadsheet(path), kind)
    return read_mapping(kind, told)


def job_for(path: Path, kind: str, told: dict[str, Any] | None = None) -> ImportJob:
    """A job as the wizard leaves it when its import is asked for."""
    content = ContentFile(path.read_bytes())
    job = jobs.create(kind, content, path.name, by=None, language="en")
    job.mapping = mapping_for(path, kind, told).as_json()
    job.state = ImportJob.State.CHECKED
    job.save()
    jobs.ask_for_import(job)
    return job


def import_file(path: Path, kind: str, told: dict[str, Any] | None = None) -> Report:
    report = jobs.run(job_for(path, kind, told).pk)
    assert report is not None
    return report


def import_text(
    folder: Path, text: str, kind: str = "customers", told: dict[str, Any] | None = None
) -> Report:
    return import_file(csv_file(folder, text), kind, told)


def check_file(path: Path, kind: str, told: dict[str, Any] | None = None) -> Report:
    mapping = mapping_for(path, kind, told)
    # In the language of `job_for`, so that the messages of both can be compared.
    with translation.override("en"):
        return engine.check(engine.open_for(path, mapping), mapping, file_name=path.name)


def figures(report: Report) -> tuple[int, int, int, int, int]:
    """Created, updated, unchanged, rejected, duplicates."""
    return (
        report.created,
        report.updated,
        report.unchanged,
        report.rejected,
        report.duplicates,
    )


def workbook(rows: list[list[Any]], sheets: tuple[str, ...] = ("Feuille1",)) -> bytes:
    """An .xlsx file with these rows on its last sheet."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name in sheets:
        book.create_sheet(name)
    for row in rows:
        book[sheets[-1]].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
