"""`manage.py import_spreadsheet`: its report, its exit codes, and what it refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from customers.models import Customer, ImportJob, Order
from tests.customers.imports.making import CDNOW, csv_file, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


def run(*args: object) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON printed."""
    out = io.StringIO()
    try:
        call_command("import_spreadsheet", *map(str, args), "--json", stdout=out)
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, json.loads(out.getvalue())


def test_the_report_has_its_keys_and_the_real_figures(tmp_path: Path) -> None:
    beginning = CDNOW.read_text("utf-8").splitlines()[:501]
    code, report = run("orders", csv_file(tmp_path, "\n".join(beginning)))
    assert code == 0
    assert {
        "rows", "created", "updated", "unchanged", "rejected", "duplicates", "seconds", "errors",
        "rejected_file",
    } <= set(report)  # fmt: skip
    assert (report["rows"], report["created"], report["errors"]) == (500, 500, [])
    assert report["rejected_file"] is None
    assert ImportJob.objects.get().state == "done"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "N° client;E-mail\n1;a@b.fr\n2;faux\n")
    code, report = run("customers", path, "--dry-run")
    assert (code, report["created"], report["rejected"]) == (0, 1, 1)
    assert not Customer.objects.exists()
    assert not ImportJob.objects.exists()


def test_rejected_lines_are_in_a_file_and_listed_by_row_and_column(tmp_path: Path) -> None:
    code, report = run("customers", csv_file(tmp_path, "N° client;E-mail\n1;a@b.fr\n2;faux\n"))
    assert (code, report["created"], report["rejected"]) == (0, 1, 1)
    error = report["errors"][0]
    assert (error["row"], error["column"], error["code"]) == (3, "E-mail", "not_an_email")
    assert "faux" in Path(report["rejected_file"]).read_text("utf-8-sig")


def test_a_mapping_says_what_columns_are_and_how_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(workbook([["Qui", "Quand", "Combien"], ["A", "02/01/2024", "1,234.50"]]))
    mapping = tmp_path / "m.json"
    told = {
        "columns": {"Qui": "customer", "Quand": "placed_at", "Combien": "total"},
        "options": {"date_format": "MDY", "decimal": ".", "sheet": "Feuille1"},
    }
    mapping.write_text(json.dumps(told))
    code, report = run("orders", path, "--mapping", mapping)
    assert (code, report["created"]) == (0, 1)
    order = Order.objects.get()
    assert (str(order.total), order.placed_at.isoformat()) == (
        "1234.50", "2024-01-31T23:00:00+00:00",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "path", "code"),
    [
        ({"columns": {"A": "external_id", "B": "email", "C": "email"}}, "columns.C", "field_twice"),
        ({"columns": {"A": "nothing"}}, "columns.A", "unknown_field"),
        ({"columns": {"A": "orders_count"}}, "columns.A", "derived_field"),
        ({"columns": {"Z": "email"}}, "columns.Z", "unknown_column"),
        ({"columns": {"A": "city"}}, "columns", "no_usable_column"),
        ({"columns": {"A": 3}}, "columns.A", "wrong_type"),
        ({"colums": {}}, "colums", "unknown_key"),
        ({"columns": {}, "options": {"delimeter": ";"}}, "options.delimeter", "unknown_key"),
        ({"options": {"date_format": "DDMM"}}, "options.date_format", "wrong_value"),
        ({"options": {"encoding": "klingon"}}, "options.encoding", "wrong_value"),
        ({"options": {"on_existing": "erase"}}, "options.on_existing", "wrong_value"),
        ({"options": {"consent": {"fax": {}}}}, "options.consent.fax", "unknown_key"),
        (
            {"options": {"consent": {"email": {"state": "withdrawn"}}}},
            "options.consent.email.state",
            "wrong_value",
        ),
        (
            {"options": {"consent": {"email": {"state": "given"}}}},
            "options.consent.email.source",
            "consent_without_source",
        ),
        (
            {"options": {"consent": {"sms": {"source": "x", "collected_at": "2999-01-01"}}}},
            "options.consent.sms.collected_at",
            "in_the_future",
        ),
        ({"attributes": {"A b": {"label": "x"}}}, "attributes.A b", "wrong_value"),
        ({"attributes": {"a": {"type": "colour"}}}, "attributes.a.type", "wrong_value"),
        ([], "mapping", "not_an_object"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_path_and_changes_nothing(
    tmp_path: Path, told: Any, path: str, code: str
) -> None:
    mapping = tmp_path / "m.json"
    mapping.write_text(json.dumps(told))
    file = csv_file(tmp_path, "A;B;C\n1;a@b.fr;c@d.fr\n")
    exit_code, answer = run("customers", file, "--mapping", mapping)
    assert exit_code == 2
    assert (path, code) in [(error["path"], error["code"]) for error in answer["errors"]]
    assert all(error["message"] for error in answer["errors"])
    assert not Customer.objects.exists()
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7", "pdf"),
        (b"", "empty_file"),
        (b"E-mail\n", "header_only"),
        (b"Couleur;Forme\nrouge;rond\n", "no_usable_column"),
        (b"E-mail;X\na@b.fr;" + b"x" * 2_000_000, "line_too_long"),
        (b"E-mail\n\x00\x01\x02", "not_text"),
    ],
)
def test_bad_files_are_refused_with_exit_code_2(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "clients.xlsx"
    path.write_bytes(content)
    exit_code, answer = run("customers", path)
    assert (exit_code, answer["errors"][0]["code"]) == (2, code)
    assert not Customer.objects.exists()
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("content", ["{", "", '{"columns": {"A": "email"}'])
def test_a_mapping_that_is_no_json_is_refused(tmp_path: Path, content: str) -> None:
    mapping = tmp_path / "m.json"
    mapping.write_text(content)
    exit_code, answer = run("customers", csv_file(tmp_path, "A\n1\n"), "--mapping", mapping)
    assert (exit_code, answer["errors"][0]["code"]) == (2, "not_json")


def test_without_json_people_read_sentences(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    path = csv_file(tmp_path, "N° client;E-mail\n1;faux\n")
    call_command("import_spreadsheet", "customers", str(path), stdout=out, stderr=err)
    assert "rejected 1" in out.getvalue()
    with pytest.raises(SystemExit):
        call_command("import_spreadsheet", "customers", "none.csv", stdout=out, stderr=err)
    assert err.getvalue()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_an_encoding_can_be_imposed(tmp_path: Path, encoding: str) -> None:
    mapping = tmp_path / "m.json"
    told = {
        "columns": {"N° client": "external_id", "Nom": "last_name"},
        "options": {"encoding": encoding},
    }
    mapping.write_text(json.dumps(told))
    path = csv_file(tmp_path, "N° client;Nom\n1;Lefèvre\n", encoding=encoding)
    assert run("customers", path, "--mapping", mapping)[0] == 0
    assert Customer.objects.get().last_name == "Lefèvre"
