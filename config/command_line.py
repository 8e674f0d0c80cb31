"""The command line: Django's, with a plain word where the database was not brought up to date."""

from __future__ import annotations

from typing import Final

from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor

ADVICE: Final = (
    "The database is not up to date with this version of Tamis: run `manage.py migrate`, then"
    " this command again."
)


def execute(arguments: list[str]) -> None:
    """Run a command. A table or column that is missing ends it with advice, and exit status 1."""
    try:
        execute_from_command_line(arguments)
    except (OperationalError, ProgrammingError) as error:
        connection.close()
        if not _lags_behind():
            raise
        raise SystemExit(f"{ADVICE} ({str(error).splitlines()[0]})") from error


def _lags_behind() -> bool:
    """Whether migrations wait to be applied."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
