"""Erase again whom a restored backup brought back: see docs/operator.md."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from customers.rights import reapplying


class Command(BaseCommand):
    """Runs after a backup is restored, before anything is sent."""

    help = "Erase again, after restoring a backup, everyone whose erasure it did not know."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A journal kept elsewhere may be given; the installation's own is always read."""
        parser.add_argument("journal", nargs="*", type=Path, help="other erasures.jsonl to read")
        parser.add_argument("--dry-run", action="store_true", help="say who, change nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was done; exit 2 on a journal that cannot be read."""
        missing = [path for path in options["journal"] if not path.is_file()]
        try:
            if missing:
                raise ValueError(f"{missing[0]}: no such file")
            done = reapplying.reapply(options["journal"], dry_run=options["dry_run"])
        except ValueError as error:
            message = {"path": "journal", "code": "unreadable", "message": str(error)}
            self.stderr.write(json.dumps({"errors": [message]}))
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(vars(done)))
            return
        self.stdout.write(f"{done.known} hashes known, {done.erased} people erased again.")
        if done.to_look_at:
            listed = ", ".join(map(str, done.to_look_at))
            self.stdout.write(f"To look at by hand, only partly known: {listed}")
