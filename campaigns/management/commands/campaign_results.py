"""Print the results of a campaign, in all and per segment."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from campaigns import results
from campaigns.models import Campaign

_COLUMNS = (
    *("chosen", "left_out", "sent", "delivered", "clicked", "anonymous_clicks"),
    *("buyers", "orders", "revenue", "unsubscribed", "failed", "uncertain"),
)


class Command(BaseCommand):
    """The figures of the results page."""

    help = "Print the results of a campaign."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", type=int, help="the campaign's number")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        pk = options["campaign"]
        try:
            found = results.for_campaign(pk)
        except Campaign.DoesNotExist:
            message = _("There is no campaign number %(number)s.") % {"number": pk}
            if options["json"]:
                error = {"path": "campaign", "code": "unknown_campaign", "message": message}
                self.stdout.write(json.dumps({"errors": [error]}, ensure_ascii=False))
            else:
                self.stderr.write(message)
            raise SystemExit(2) from None
        if options["json"]:
            self.stdout.write(json.dumps(results.as_json(found), ensure_ascii=False, indent=1))
            return
        for line in (*found.segments, found.total):
            name = line.name if line.segment_id else "total"
            told = {column: getattr(line, column) for column in _COLUMNS}
            told["revenue"] = f"{line.revenue:.2f}"
            figures = ", ".join(f"{column} {figure}" for column, figure in told.items())
            self.stdout.write(f"{name}: {figures}")
