"""The made-up shop of `population` as facts: the same rows, in the tables of an SQLite database.

Rows go in without triggers and before the indexes, both put back after; a shop is made once in a
folder and found there the next time.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
from django.core.management import call_command
from django.db import connection, models, transaction

from bench import population
from customers.models import Customer
from segmentation.snapshot import staging, triggers
from segmentation.snapshot.tables import Source, registry

_AT_ONCE: Final = 50_000
# What the snapshot keeps a part of, made whole: the field, and its value from what is staged.
_WHOLE: Final = {
    "email_domain": ("email", "CASE WHEN email_domain <> '' THEN 'c' || id || '@' || email_domain"
                              " ELSE '' END"),
    "phone_prefix": ("phone", "CASE WHEN phone_length > 0 THEN rpad(phone_prefix, phone_length,"
                              " '0') ELSE '' END"),
}  # fmt: skip
_LEFT_OUT: Final = {"phone_length"}


def fill(customers: int, seed: int) -> None:
    """Migrate the database of the settings and fill it, unless it holds these customers."""
    assert connection.vendor == "sqlite"
    call_command("migrate", verbosity=0)
    if Customer.objects.count() >= customers:
        return
    triggers.drop()
    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        files = population.write(Path(folder), customers, seed)
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
        indexes = cursor.fetchall()
        cursor.execute("PRAGMA foreign_keys = OFF")
        for name, _sql in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for name, path in files.items():
            if path.stat().st_size:
                _load(registry.sources[name], path)
        for _name, sql in indexes:
            cursor.execute(sql)
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA foreign_keys = ON")
    triggers.install()


def _load(source: Source, path: Path) -> None:
    fields: list[models.Field[Any, Any]] = list(source.model_class._meta.concrete_fields)
    values: dict[str, str] = {}
    for column in source.columns:
        field, sql = _WHOLE.get(column.name, (column.field or column.name, column.name))
        if column.name not in _LEFT_OUT:
            values[source.database_column(column) if sql == column.name else field] = sql
    for other in fields:
        name = str(other.column)
        if name in values:
            continue
        if other.unique and isinstance(other, models.CharField):
            values[name] = f"'{other.name}-' || id"
        elif not other.null:
            values[name] = _literal(other)
    columns = ", ".join(f'"{name}"' for name in values)
    insert = (
        f'INSERT INTO "{source.database_table}" ({columns})'
        f" VALUES ({', '.join(['%s'] * len(values))})"
    )
    with duckdb.connect() as reading, transaction.atomic(), connection.cursor() as cursor:
        texts = ", ".join(f"CAST({sql} AS VARCHAR)" for sql in values.values())
        staged = staging.csv_sql({column.name: column.type for column in source.columns})
        found = reading.execute(f"SELECT {texts} FROM ({staged})", [str(path)])
        while rows := found.fetchmany(_AT_ONCE):
            cursor.executemany(insert, rows)


def _literal(field: models.Field[Any, Any]) -> str:
    """A value for what the population does not tell."""
    value = field.get_default()
    if isinstance(value, dt.datetime):
        value = f"{population.NOW:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool | int | Decimal):
        return str(int(value))
    return "'" + str(value if value is not None else "").replace("'", "''") + "'"
