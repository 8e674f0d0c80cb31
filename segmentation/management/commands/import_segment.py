"""`manage.py import_segment`: a new segment from the file of another installation.

Exits 0 with its number, 2 on bad input with `{"errors": […]}` on standard output (each with its
JSON path and line), 1 on a fault. With --dry-run nothing is stored.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils.translation import gettext

from segmentation import answers, editing, exchange
from segmentation.catalogue import load_catalogue
from segmentation.management.bad_input import content_of, refuse
from segmentation.rules import RuleError


class Command(BaseCommand):
    help = "Stores a segment that export_segment (or its page) wrote; its members follow."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file; - reads standard input")
        parser.add_argument("--name", help="another name than the file's")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be stored")
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        content = content_of(options["file"], self.stdout, option="FILE", most=exchange.MOST_BYTES)
        try:
            brought = exchange.read(content)
        except RuleError as refused:
            self._refuse(refused, content)
        name = (options["name"] or brought.name).strip()
        if not 0 < len(name) <= editing.NAME_LENGTH:
            message = gettext("Give a name of at most 120 characters with --name.")
            refuse(self.stdout, [{"path": "$.name", "code": "bad_name", "message": message}])
        answer: dict[str, Any] = {"name": name, "rule": brought.rule}
        if not options["dry_run"]:
            answer["segment"] = self._stored(name, brought, content)
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            catalogue = load_catalogue()
            sentence = answers.in_words(brought.rule, catalogue)
            self.stdout.write(f"{name} ({answer.get('segment', '–')}): {sentence}")

    def _stored(self, name: str, brought: exchange.Brought, content: bytes) -> int:
        try:
            return editing.create(name, brought.description, brought.rule, None).pk
        except editing.NameTaken:
            message = gettext("Another segment already has this name.")
            refuse(self.stdout, [{"path": "$.name", "code": "name_taken", "message": message}])
        except RuleError as refused:
            # A segment it names was deleted since the file was read.
            self._refuse(refused, content)

    def _refuse(self, refused: RuleError, content: bytes) -> NoReturn:
        refuse(self.stdout, [asdict(fault) for fault in exchange.faults(refused, content)])
