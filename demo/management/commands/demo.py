"""`manage.py demo`: fill an empty installation with a believable French shop."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from demo import filling, history


class Command(BaseCommand):
    """Fills the facts, builds the snapshot, fills the segments and their past sizes."""

    help = "Fill an empty installation with the demo shop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=5000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses an installation that already holds something."""
        if not 1 <= options["customers"] <= 10_000:
            # The fictional telephone numbers are ten thousand.
            raise CommandError(_("--customers takes a number from 1 to 10000."), returncode=2)
        try:
            filling.fill(options["customers"], options["seed"], self._say)
        except filling.NotEmpty:
            raise CommandError(
                _("This installation is not empty: the demo shop only fills an empty one."),
                returncode=2,
            ) from None
        self._say("segments")
        history.fill()
        self._say("done")

    def _say(self, step: str) -> None:
        self.stdout.write(f"demo: {step}")
