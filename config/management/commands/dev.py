"""`manage.py dev`: every process of Tamis in one terminal, until Ctrl-C."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.processes import address, census, commands, supervisor


class Command(BaseCommand):
    help = "Start the web server, the worker, the clock and, without REDIS_URL, the broker."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only see whether everything could start"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        colour = self.stdout.isatty() and "NO_COLOR" not in os.environ
        terminal = supervisor.Terminal(colour=colour)
        try:
            register = census.Census(settings.VAR_DIR)
        except census.AlreadyRunning as error:
            raise CommandError(
                f"Tamis already runs on {settings.VAR_DIR} (process {error}). Stop it with Ctrl-C "
                "in its terminal."
            ) from error
        variables = commands.environment(os.environ, colour=colour)
        wanted = commands.installation(settings.VAR_DIR, variables)
        supervisor.end_left_behind(register, wanted, terminal)
        try:
            address.refuse_if_taken(settings.HOST, settings.PORT)
            if options["check"]:
                return
            supervisor.Supervisor(wanted, settings.VAR_DIR, register, terminal).run(
                lambda: address.announce(settings.HOST, settings.PORT, terminal.say)
            )
        except (address.Unusable, supervisor.BrokerSilent) as error:
            raise CommandError(str(error)) from error
        finally:
            register.close()
