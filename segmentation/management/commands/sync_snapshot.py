"""Brings the snapshot up to date with the database."""

from __future__ import annotations

import json
from typing import Any

import duckdb
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.translation import gettext as _

from segmentation import snapshot


class Command(BaseCommand):
    help = "Brings the snapshot, from which all figures are computed, up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="build it whole in any case")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = snapshot.sync(rebuild=options["rebuild"])
        except (snapshot.Busy, snapshot.NotMigrated) as error:
            raise CommandError(str(error), returncode=1) from error
        except (duckdb.Error, DatabaseError, OSError) as error:
            # A full disk, most often: what was published last stays.
            said = _("The snapshot could not be brought up to date: %(reason)s")
            raise CommandError(said % {"reason": error}, returncode=1) from error
        if options["json"]:
            report = {
                "version": done.version,
                "tables": dict(done.tables),
                "changed_rows": done.changed_rows,
                "seconds": round(done.seconds, 3),
            }
            self.stdout.write(json.dumps(report))
            return
        if not done.published:
            self.stdout.write(_("Snapshot %(version)d is up to date.") % {"version": done.version})
            return
        if done.whole:
            said = _("Snapshot %(version)d built: %(rows)d rows in %(seconds).1f s.")
        else:
            said = _("Snapshot %(version)d brought up to date: %(rows)d rows in %(seconds).1f s.")
        self.stdout.write(
            said % {"version": done.version, "rows": done.changed_rows, "seconds": done.seconds}
        )
