"""Freeze a campaign's audience and start sending it, as the button on its check page does."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.models import Campaign


class Command(BaseCommand):
    """The sending itself is the worker's; this returns once the campaign is on its way."""

    help = "Launch a campaign: its audience is frozen and sent by the worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", type=int, help="the campaign's number")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        pk, as_json = options["campaign"], options["json"]
        campaign = Campaign.objects.filter(pk=pk).first()
        if campaign is None:
            message = _("There is no campaign number %(number)s.") % {"number": pk}
            self._refuse([("unknown_campaign", message)], as_json)
        assert campaign is not None
        try:
            lifecycle.launch(campaign, None)
        except lifecycle.NotReady as refused:
            self._refuse([(p.code, str(p.message)) for p in refused.problems], as_json)
        except lifecycle.WrongState as refused:
            state = Campaign.State(refused.state).label
            message = _("This campaign cannot be launched. Its state: %(state)s.") % {
                "state": state
            }
            self._refuse([("wrong_state", message)], as_json)
        done = {"campaign": pk, "state": campaign.state}
        self.stdout.write(json.dumps(done) if as_json else f"Campaign {pk}: {campaign.state}")

    def _refuse(self, problems: list[tuple[str, str]], as_json: bool) -> None:
        if as_json:
            errors = [{"path": "campaign", "code": c, "message": m} for c, m in problems]
            self.stdout.write(json.dumps({"errors": errors}, ensure_ascii=False))
        else:
            for _code, message in problems:
                self.stderr.write(message)
        raise SystemExit(2)
