"""`manage.py first_run`: gives an empty installation its first content, and otherwise does nothing.

The demo shop, or with DEMO=0 the first administrator, asked for in the terminal.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Fill an empty installation with the demo shop or, with DEMO=0, a first administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        if get_user_model().objects.exists():
            return
        if settings.DEMO:
            self.stdout.write("Filling the demonstration shop; DEMO=0 starts empty instead.")
            call_command("demo")
        else:
            call_command("first_admin")
