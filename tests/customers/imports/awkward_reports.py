"""What the import of each file of tests/data/imports says, as kept beside it in JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command
from django.db import connection, transaction

from customers.models import ImportJob
from customers.spreadsheets.guessing import guess_mapping
from customers.spreadsheets.reading import open_spreadsheet
from tests.customers.imports.awkward import FOLDER

COUNTS: Final = ("rows", "created", "updated", "unchanged", "rejected", "duplicates")
_READ: Final = ("format", "encoding", "delimiter", "sheet", "header_line")


def awkward_files() -> list[Path]:
    """The files, without the reports beside them."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")


def kind_of(path: Path) -> str:
    """What the file's lines are, by its name."""
    return "orders" if path.name.startswith("orders") else "customers"


def expected_of(path: Path) -> dict[str, Any]:
    """The report kept beside a file."""
    told = json.loads(path.with_name(f"{path.name}.json").read_text("utf-8"))
    assert isinstance(told, dict)
    return told


def said_by_command(path: Path) -> dict[str, Any]:
    """How the command reads a file and what it reports, having imported it."""
    out = io.StringIO()
    try:
        call_command("import_spreadsheet", kind_of(path), str(path), "--json", stdout=out)
    except SystemExit:
        return {"refused": [error["code"] for error in json.loads(out.getvalue())["errors"]]}
    return _how_it_is_read(path) | {"report": brief(json.loads(out.getvalue()))}


def brief(report: dict[str, Any]) -> dict[str, Any]:
    """The figures of a report and where each error and each warning is."""
    errors = [[each["row"], each.get("column", ""), each["code"]] for each in report["errors"]]
    warned = [[each["row"], each.get("column", ""), each["code"]] for each in report["warnings"]]
    warnings = {"warnings": warned} if warned else {}
    return {name: report[name] for name in COUNTS} | {"errors": errors} | warnings


def _how_it_is_read(path: Path) -> dict[str, Any]:
    file = open_spreadsheet(path)
    mapping = guess_mapping(file, kind_of(path))
    read = {name: getattr(file, name) for name in _READ}
    read |= {"date_format": mapping.date_format, "decimal": mapping.decimal}
    return {
        "read": {name: value for name, value in read.items() if value != ""},
        "columns": mapping.columns,
    }


def write_reports() -> None:
    """Import every file into an empty database of its own and keep what is said."""
    connection.creation.create_test_db(verbosity=0)
    try:
        for path in awkward_files():
            with transaction.atomic():
                told = said_by_command(path)
                transaction.set_rollback(True)
            text = json.dumps(told, ensure_ascii=False, indent=1)
            path.with_name(f"{path.name}.json").write_text(f"{text}\n", "utf-8")
            assert not ImportJob.objects.exists()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
