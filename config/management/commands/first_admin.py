"""`manage.py first_admin`: creates an administrator, asking for address and password."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.core.validators import validate_email

from accounts.models import User


class Command(BaseCommand):
    help = "Create an administrator who can sign in and add the rest of the team."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", help="asked for when absent")
        parser.add_argument("--name", default="")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        asks = not (options["email"] and options["password_stdin"])
        if asks and not sys.stdin.isatty():
            raise CommandError(
                "No terminal to ask in. Run: manage.py first_admin --email you@example.org "
                "--password-stdin < file"
            )
        email = self._email(options["email"])
        user = User(email=email, name=options["name"], role=User.Role.ADMINISTRATOR)
        user.set_password(self._password(user, from_stdin=options["password_stdin"]))
        user.save()
        self.stdout.write(self.style.SUCCESS(f"{email} can now sign in as administrator."))

    def _email(self, given: str | None) -> str:
        """A valid address that nobody has yet; asked again until it is one."""
        while True:
            email = User.objects.normalize_email(given or input("E-mail address: ")).strip().lower()
            try:
                validate_email(email)
            except ValidationError as error:
                problem = " ".join(error.messages)
            else:
                if not User.objects.filter(email=email).exists():
                    return email
                problem = f"{email} already has an account."
            if given:
                raise CommandError(problem)
            self.stderr.write(problem)

    def _password(self, user: User, *, from_stdin: bool) -> str:
        """A password that passes the rules of the settings."""
        while True:
            if from_stdin:
                password = sys.stdin.readline().rstrip("\n")
            else:
                password = getpass.getpass("Password (10 characters or more): ")
            try:
                validate_password(password, user)
            except ValidationError as error:
                problem = " ".join(error.messages)
            else:
                if from_stdin or getpass.getpass("The same again: ") == password:
                    return password
                problem = "The two passwords differ."
            if from_stdin:
                raise CommandError(problem)
            self.stderr.write(problem)
