"""Building a version whole: staged facts become the snapshot's tables, profiles, labels and meta.

Invariant: what is built depends on the facts read and on `now` alone. Staging tables are temporary
ones, outside the file, so nothing undeclared is ever written into it.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings

from segmentation.snapshot import consents, engine, homes, phones, profiles, read, texts
from segmentation.snapshot.tables import Field, Kind, Source, Table, registry

# A line holds an event's properties whole, which may be long.
LONGEST_LINE: Final = 16 * 1024 * 1024
_ATTRIBUTE_TYPES: Final = {"number": "DECIMAL(18, 4)", "boolean": "BOOLEAN", "date": "DATE"}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a version will say of itself."""

    number: int
    now: dt.datetime
    fingerprint: str


def build(path: Path, files: dict[str, Path], identity: Identity) -> dict[str, int]:
    """Fill a new file at `path` from the CSV files; they are deleted as they are loaded.

    Returns the number of rows by table.
    """
    connection = engine.open_to_build(path, path.with_name("spill"))
    try:
        path.chmod(0o600)
        for name, file in files.items():
            _stage(connection, registry.sources[name], file)
            file.unlink()
        phones.load(connection)
        homes.load(connection)
        texts.prepare(connection)
        _stage_interests(connection)
        consents.stage(connection, identity.now, ZoneInfo(settings.TIME_ZONE))
        counts = {}
        for table in registry.tables.values():
            counts[table.name] = _make(connection, _complete(connection, table), identity.now)
        counts["profiles"] = _rows_of(connection, "profiles", profiles.select_sql(identity.now))
        counts["labels"] = _rows_of(connection, "labels", _LABELS)
        _tell(connection, identity, counts)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return counts


_LABELS: Final = """
SELECT kind, folded, trim(arg_max(raw, (n, raw))) AS label, CAST(sum(n) AS BIGINT) AS n
FROM spellings JOIN texts USING (raw) WHERE folded IS NOT NULL GROUP BY kind, folded
"""


def _stage(connection: duckdb.DuckDBPyConnection, source: Source, file: Path) -> None:
    columns = ", ".join(f"'{column.name}': '{column.type}'" for column in source.columns)
    connection.execute(
        f"CREATE TEMP TABLE {source.stage} AS SELECT * FROM read_csv($1, auto_detect = false,"
        f" header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n',"
        f" nullstr = '{read.MISSING}', allow_quoted_nulls = false,"
        f" max_line_size = {LONGEST_LINE}, columns = {{{columns}}})",
        [str(file)],
    )


def _stage_interests(connection: duckdb.DuckDBPyConnection) -> None:
    members = (
        "(SELECT id AS customer_id, unnest(from_json(interests, '[\"VARCHAR\"]')) AS raw"
        " FROM stage_customers WHERE json_type(interests) = 'ARRAY') s"
    )
    texts.learn_texts(connection, "interest", "s.raw", members)
    connection.execute(
        "CREATE TEMP TABLE stage_interests AS"
        " SELECT s.customer_id, list(DISTINCT t.folded ORDER BY t.folded) AS interests"
        f" FROM {members} JOIN texts t ON t.raw = s.raw AND t.folded IS NOT NULL GROUP BY 1"
    )


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


def _typed(name: str, value: str, type_: str) -> Field:
    """A column of the shop's own; a value that does not fit its type is missing.

    Values come from forms, imports, web sites and the API.
    """
    if type_ in _ATTRIBUTE_TYPES:
        return Field(name, f"TRY_CAST({value} AS {_ATTRIBUTE_TYPES[type_]})")
    return Field(name, value, Kind.TEXT, name)


_AGREED: Final = (
    " LEFT JOIN (SELECT customer_id, list(attribute_key) AS keys FROM stage_said"
    " WHERE subject = 'sensitive' AND state = 'given' GROUP BY 1) q ON q.customer_id = s.id"
)


def _make(connection: duckdb.DuckDBPyConnection, table: Table, now: dt.datetime) -> int:
    table = replace(table, joins=table.joins.replace("{now}", profiles.instant(now)))
    zone = ZoneInfo(settings.TIME_ZONE)
    columns, joins = [], []
    for position, field in enumerate(table.fields):
        match field.kind:
            case Kind.PLAIN:
                columns.append(f'{field.sql} AS "{field.name}"')
            case Kind.CODE:
                columns.append(f"NULLIF({field.sql}, '') AS \"{field.name}\"")
            case Kind.TEXT:
                source = table.source_of(field.sql, table.weight)
                texts.learn_texts(connection, field.label, field.sql, source, table.weight)
                joins.append(f" LEFT JOIN texts t{position} ON t{position}.raw = {field.sql}")
                columns.append(f't{position}.folded AS "{field.name}"')
            case Kind.INSTANT:
                day = f"d{position}"
                texts.learn_days(connection, field.sql, table.source_of(field.sql), zone)
                joins.append(f" LEFT JOIN days {day} ON {day}.day = CAST({field.sql} AS DATE)")
                columns.append(f'{field.sql} AS "{field.name}"')
                columns.append(f'{texts.local_date(field.sql, day)} AS "{field.name}_on"')
    query = f"SELECT {', '.join(columns)} FROM {table.origin} s {table.joins}{''.join(joins)}"
    return _rows_of(connection, table.name, query)


def _rows_of(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> int:
    """Create the table in the file from the query; its number of rows."""
    made = connection.execute(f'CREATE TABLE main."{name}" AS {query}').fetchall()
    return int(made[0][0])


def _tell(
    connection: duckdb.DuckDBPyConnection, identity: Identity, counts: dict[str, int]
) -> None:
    now = profiles.instant(identity.now)
    next_row, next_consent = connection.execute(
        f"SELECT (SELECT min(placed_at) FROM orders WHERE placed_at > {now}),"
        f" (SELECT min(occurred_at) FROM stage_consents WHERE occurred_at > {now})"
    ).fetchall()[0]
    stale = min((each for each in (next_row, next_consent) if each is not None), default=None)
    told = {
        "built_at": identity.now.astimezone(dt.UTC).replace(tzinfo=None).isoformat(),
        "version": str(identity.number),
        "next_row_at": next_row.isoformat() if next_row else None,
        "stale_at": stale.isoformat() if stale else None,
        "customers": str(counts["customers"]),
        "time_zone": settings.TIME_ZONE,
        "fingerprint": identity.fingerprint,
        "tables": json.dumps(counts),
    }
    connection.execute("CREATE TABLE meta(key VARCHAR, value VARCHAR)")
    connection.execute(
        "INSERT INTO meta SELECT unnest($1), unnest($2)", [list(told), list(told.values())]
    )
