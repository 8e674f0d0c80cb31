"""Making the snapshot's tables from what is staged: all of them, or those of some customers.

Invariant: what is made depends on the rows staged and on `now` alone, and each customer's rows on
their own rows and the small tables alone, so that some can be made anew beside the others.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings

from segmentation.snapshot import profiles, texts
from segmentation.snapshot.tables import Field, Kind, Table, own_column, registry

_ATTRIBUTE_TYPES: Final = {"number": "DECIMAL(18, 4)", "boolean": "BOOLEAN", "date": "DATE"}


def make_tables(connection: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[Table]:
    """Make every declared table in the connection's own database; as they were completed."""
    tables = [_complete(connection, table) for table in registry.tables.values()]
    for table in tables:
        _make(connection, table, now)
    return tables


def _complete(connection: duckdb.DuckDBPyConnection, table: Table) -> Table:
    """The table with the columns the shop added.

    On customers, one a custom attribute; a sensitive one has the values of those who explicitly
    agreed, so that no rule finds others. On events, one a declared property.
    """
    if table.name == "events":
        return replace(table, fields=(*table.fields, *_declared_properties(connection)))
    if table.name != "customers":
        return table
    added = []
    for key, type_, sensitive in connection.execute(
        "SELECT key, type, sensitive FROM stage_attributes ORDER BY key"
    ).fetchall():
        value = f"(s.attributes ->> '$.\"{key}\"')"
        if sensitive:
            value = f"(CASE WHEN list_contains(q.keys, '{key}') THEN {value} END)"
        added.append(_typed(f"attr:{key}", value, type_))
    return replace(table, fields=(*table.fields, *added), joins=table.joins + _AGREED)


def _declared_properties(connection: duckdb.DuckDBPyConnection) -> list[Field]:
    found = connection.execute("SELECT key, type FROM stage_event_properties ORDER BY key")
    return [
        _typed(f"prop:{key}", f"(s.properties ->> '$.\"{key}\"')", type_)
        for key, type_ in found.fetchall()
    ]


def _typed(key: str, value: str, type_: str) -> Field:
    """A column of the shop's own; a value that does not fit its type is missing.

    Values come from forms, imports, web sites and the API.
    """
    if type_ in _ATTRIBUTE_TYPES:
        return Field(own_column(key), f"TRY_CAST({value} AS {_ATTRIBUTE_TYPES[type_]})")
    return Field(own_column(key), value, Kind.TEXT, key)


_AGREED: Final = (
    " LEFT JOIN (SELECT customer_id, list(attribute_key) AS keys FROM stage_said"
    " WHERE subject = 'sensitive' AND state = 'given' GROUP BY 1) q ON q.customer_id = s.id"
)


def _make(connection: duckdb.DuckDBPyConnection, table: Table, now: dt.datetime) -> None:
    zone = ZoneInfo(settings.TIME_ZONE)
    columns, joins = [], []
    written_as = [field.sql for field in table.fields if field.kind == Kind.TEXT]
    if written_as:
        texts.learn_texts(connection, written_as, table.source_of(*written_as))
    for position, field in enumerate(table.fields):
        match field.kind:
            case Kind.PLAIN:
                columns.append(f'{field.sql} AS "{field.name}"')
            case Kind.CODE:
                columns.append(f"NULLIF({field.sql}, '') AS \"{field.name}\"")
            case Kind.TEXT:
                folded = f"t{position}.folded"
                joins.append(f" LEFT JOIN texts t{position} ON t{position}.raw = {field.sql}")
                columns.append(f'{folded} AS "{field.name}"')
                written = f"CASE WHEN {folded} <> {field.sql} THEN {field.sql} END"
                columns.append(f'{written} AS "{field.written}"')
            case Kind.COPY:
                columns.append(f'{field.sql} AS "{field.name}"')
                columns.append(f'{field.sql}_as AS "{field.written}"')
            case Kind.INSTANT:
                day = f"d{position}"
                texts.learn_days(connection, field.sql, table.source_of(field.sql), zone)
                joins.append(f" LEFT JOIN days {day} ON {day}.day = CAST({field.sql} AS DATE)")
                columns.append(f'{field.sql} AS "{field.name}"')
                columns.append(f'{texts.local_date(field.sql, day)} AS "{field.name}_on"')
    connection.execute(
        f'CREATE TABLE main."{table.name}" AS SELECT {", ".join(columns)}'
        f" FROM {table.origin} s {table.joins}{''.join(joins)}"
        f" WHERE {table.where.replace('{now}', profiles.instant(now))}"
    )
