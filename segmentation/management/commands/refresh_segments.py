"""`manage.py refresh_segments [--segment ID …] [--json]`: work out the members now.

Exit status 0 where all were refreshed, 2 where a segment asked for does not exist, 1 on a fault.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from segmentation import answers, dependencies, membership, snapshot
from segmentation.models import Segment


class Command(BaseCommand):
    help = "Brings the members of segments to what their rules mean now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--segment", type=int, action="append", dest="segments", metavar="ID")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync, then refresh in dependency order; one that fails does not stop the others."""
        used = Segment.objects.filter(archived_at=None)
        wanted = options["segments"]
        ids = list(used.order_by("priority", "pk").values_list("pk", flat=True))
        unknown = [pk for pk in wanted or [] if pk not in ids]
        if unknown:
            self._refuse(unknown, options["as_json"])
        snapshot.sync()
        chosen = dependencies.in_order(wanted or ids, dependencies.graph())
        done, failed = [], []
        for pk in chosen:
            try:
                done.append(membership.refresh(pk))
            except Exception as fault:  # noqa: BLE001 - told at the end, with the others
                failed.append({"segment": pk, "message": answers.explain(fault)})
        self._report(done, failed, options["as_json"])
        if failed:
            raise CommandError(_("Not every segment could be refreshed."), returncode=1)

    def _report(
        self, done: list[membership.Refreshed], failed: list[dict[str, Any]], as_json: bool
    ) -> None:
        if as_json:
            told = [
                {
                    "segment": r.segment,
                    "size": r.size,
                    "entered": r.entered,
                    "left": r.left,
                    "seconds": round(r.seconds, 3),
                }
                for r in done
            ]
            report: dict[str, Any] = {"segments": told}
            if failed:
                report["errors"] = [{"code": "not_refreshed", **f} for f in failed]
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for r in done:
            self.stdout.write(
                f"{r.segment}: {r.size} (+{r.entered} -{r.left}) in {r.seconds:.2f} s"
            )
        for f in failed:
            self.stderr.write(f"{f['segment']}: {f['message']}")

    def _refuse(self, unknown: list[int], as_json: bool) -> None:
        errors = [
            {
                "path": "--segment",
                "code": "unknown_segment",
                "message": _("There is no segment number %(key)s.") % {"key": pk},
            }
            for pk in unknown
        ]
        if as_json:
            self.stdout.write(json.dumps({"errors": errors}, ensure_ascii=False))
        raise CommandError("; ".join(e["message"] for e in errors), returncode=2)
