"""`manage.py import_spreadsheet KIND FILE`: the wizard's engine from a terminal.

Without a mapping, the file is matched as on screen: as the last one of the same shape was, else
by a guess from its header and cells.

Exits 0 when the file was imported (rejected lines are in the report), 2 on bad input with
`{"errors": […]}`, 1 on a fault.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from customers.models import ImportJob
from customers.spreadsheets import engine, jobs, targets
from customers.spreadsheets.errors import SpreadsheetError, refuse
from customers.spreadsheets.guessing import guess_mapping
from customers.spreadsheets.mapping import Mapping, read_mapping
from customers.spreadsheets.reading import Spreadsheet, open_spreadsheet
from customers.spreadsheets.remembered import as_before, last_of_shape, shape_of
from customers.spreadsheets.report import Report

BAD_INPUT = 2
# As people say them; "suppressed" is what the list makes of addresses.
KINDS = {kind.value: kind.value for kind in ImportJob.Kind} | {
    "suppressions": ImportJob.Kind.SUPPRESSIONS.value
}
_TOLD: Final = (
    *("rows", "created", "updated", "unchanged", "rejected", "duplicates", "warned", "seconds"),
)


class Command(BaseCommand):
    help = "Imports customers, orders, events, tags, members or suppressions from a spreadsheet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=[kind for kind in KINDS if kind != "suppressed"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, help="a JSON file; guessed without it")
        parser.add_argument("--guess", action="store_true", help="match no file as before")
        parser.add_argument("--tag", default="", help="tags: one to put on everyone in the file")
        parser.add_argument(
            "--segment",
            default="",
            help="members: a fixed segment by id, or by a name, made if new",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, only")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report, rejected = self._import(options)
        except SpreadsheetError as error:
            self._refuse(error, options["json"])
            sys.exit(BAD_INPUT)
        facts = report.as_json() | {"rejected_file": str(rejected) if rejected else None}
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            self._tell(facts)

    def _import(self, options: dict[str, Any]) -> tuple[Report, Path | None]:
        kind, path, target = KINDS[options["kind"]], options["file"], _target(options)
        if options["mapping"]:
            told = _read_json(options["mapping"])
            mapping = read_mapping(kind, told)
            file = engine.open_for(path, mapping)
            _complete(mapping, guess_mapping(file, kind), told.get("options") or {})
        else:
            file = open_spreadsheet(path)
            mapping = guess_mapping(file, kind)
            if not options["guess"] and (last := last_of_shape(kind, file.header)) is not None:
                mapping = as_before(last, file) or mapping
        # Both passes come first: a file that cannot be read to its end changes nothing.
        targets.check(kind, target, mapping.bind(file.header))
        rows = file.count()
        if options["dry_run"]:
            return engine.check(file, mapping, file_name=path.name, target=target), None
        job = _job(kind, path, file, mapping, rows, target)
        report = jobs.run_here(job)
        return report, jobs.rejected_path(job)

    def _refuse(self, error: SpreadsheetError, as_json: bool) -> None:
        if as_json:
            listed = [issue.as_json() for issue in error.issues]
            self.stdout.write(json.dumps({"errors": listed}, ensure_ascii=False))
            return
        for issue in error.issues:
            row = gettext("line %(row)s") % {"row": issue.row} if issue.row else ""
            where = issue.path or " ".join(part for part in (row, issue.column) if part)
            self.stderr.write(f"{where}: {issue.message}" if where else str(issue.message))

    def _tell(self, facts: dict[str, Any]) -> None:
        self.stdout.write("  ".join(f"{name} {facts[name]}" for name in _TOLD))
        for error in [*facts["errors"][:20], *facts["warnings"][:20]]:
            line = gettext("line %(row)s") % {"row": error["row"]}
            self.stdout.write(f"{line} {error.get('column', '')}: {error['message']}")
        if facts["rejected_file"]:
            self.stdout.write(facts["rejected_file"])


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise refuse("no_file", _("There is no such file."), path="mapping") from None
    except (json.JSONDecodeError, RecursionError):
        raise refuse("not_json", _("This mapping is not valid JSON."), path="mapping") from None


def _complete(mapping: Mapping, guess: Mapping, told: dict[str, Any]) -> None:
    """What a mapping does not say about dates and decimals is told from the file."""
    for name in ("date_format", "decimal"):
        if name not in told:
            setattr(mapping, name, getattr(guess, name))
    if not mapping.columns:
        mapping.columns = guess.columns


def _target(options: dict[str, Any]) -> dict[str, Any]:
    """What the kind needs besides columns, as ImportJob.target keeps it."""
    told: dict[str, Any] = {}
    if tag := options["tag"].strip():
        told["tag"] = tag
    if segment := options["segment"].strip():
        told |= {"segment": int(segment)} if segment.isdecimal() else {"name": segment}
    return told


def _job(
    kind: str,
    path: Path,
    file: Spreadsheet,
    mapping: Mapping,
    rows: int,
    target: dict[str, Any],
) -> ImportJob:
    """The import as the wizard would have made it, so that it is listed and can be resumed."""
    mapping.encoding = mapping.encoding or file.encoding
    mapping.delimiter = mapping.delimiter or file.delimiter
    mapping.sheet = mapping.sheet or file.sheet
    with path.open("rb") as content:
        job = jobs.create(kind, content, path.name, by=None, language=get_language() or "fr")
    job.mapping = mapping.as_json()
    job.rows = rows
    job.target = target
    job.shape = shape_of(file.header)
    job.save()
    return job
