"""Rejected lines come back in the original's format, ready to be mended and imported again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from customers.models import Customer, ImportJob
from customers.spreadsheets import jobs
from customers.spreadsheets.lines import LineReader
from customers.spreadsheets.mapping import read_mapping
from customers.spreadsheets.reading import open_spreadsheet
from customers.spreadsheets.rejects import append_rejected
from tests.customers.imports.making import csv_file, figures, import_file, job_for, workbook

pytestmark = pytest.mark.django_db

LINES = "N° client\tE-mail\tVille\tNaissance\n1\ta@exemple.fr\tSète\t\n2\tfaux\tOrléans, là-bas\t\n"


def rejects_of(path: Path, kind: str = "customers") -> Path:
    job = job_for(path, kind)
    jobs.run(job.pk)
    job.refresh_from_db()
    found = jobs.rejected_path(job)
    assert found is not None
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "mac-roman", "cp850"])
def test_a_text_file_comes_back_in_its_encoding_and_delimiter(
    tmp_path: Path, encoding: str
) -> None:
    path = csv_file(tmp_path, LINES + LINES.split("\n")[1] * 0, encoding=encoding)
    found = rejects_of(path)
    assert found.suffix == ".csv"
    text = found.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    header, line = text.splitlines()
    assert header.split("\t")[:4] == ["N° client", "E-mail", "Ville", "Naissance"]
    assert line.split("\t")[:4] == ["2", "faux", "Orléans, là-bas", ""]
    assert len(line.split("\t")) == 5


def test_a_mended_file_goes_through_its_reasons_left_out(tmp_path: Path) -> None:
    found = rejects_of(csv_file(tmp_path, LINES))
    mended = tmp_path / "mended.csv"
    mended.write_bytes(found.read_bytes().replace(b"faux", b"b@exemple.fr"))
    assert open_spreadsheet(mended).header == ["N° client", "E-mail", "Ville", "Naissance"]
    assert figures(import_file(mended, "customers")) == (1, 0, 0, 0, 0)
    assert Customer.objects.get(email="b@exemple.fr").city == "Orléans, là-bas"


def test_a_workbook_comes_back_as_a_workbook_its_cells_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    born = dt.datetime(1980, 12, 31)  # noqa: DTZ001 - as a workbook holds it
    rows: list[list[Any]] = [
        ["N° client", "E-mail", "Naissance", "Téléphone"],
        [1, "a@exemple.fr", born, 612345678],
        [2, "@cmd", born, 612345679],
    ]
    path.write_bytes(workbook(rows))
    found = rejects_of(path)
    assert (found.suffix, list(found.parent.glob("*.jsonl"))) == (".xlsx", [])
    again = open_spreadsheet(found)
    assert again.header == rows[0]
    assert list(again.rows()) == [(2, [2, "'@cmd", born.date(), 612345679])]


def test_the_rejects_of_a_stopped_import_can_be_had(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(workbook([["N° client", "E-mail"], [2, "faux"]]))
    job = job_for(path, "customers")
    file = open_spreadsheet(path)
    lines = next(LineReader(file, read_mapping(job.kind, job.mapping)).batches(10))
    append_rejected(job, file, lines)
    job.state = ImportJob.State.FAILED
    job.save()
    found = jobs.rejected_path(job)
    assert found is not None
    assert open_spreadsheet(found).count() == 1


def test_a_line_that_cannot_be_cut_comes_back_with_the_cells_it_seems_to_have(
    tmp_path: Path,
) -> None:
    found = rejects_of(
        csv_file(tmp_path, 'N° client;E-mail;Ville\n1;"a@b.fr;Lyon\n2;c@d.fr;Sète\n')
    )
    assert next(open_spreadsheet(found).rows())[1] == ["1", "a@b.fr", "Lyon"]
