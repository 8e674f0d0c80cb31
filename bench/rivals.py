"""PostgreSQL with the same rows: plain tables with their indexes, and listmonk's way of keeping
people, whose attributes are one JSON column.

The rows are those of the snapshot's file (texts folded, dates local), so that the questions are
the same; what the snapshot derives of the orders is left out of the plain tables, and is among
the attributes of the JSON column, where a listmonk user would have put it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
import psycopg

# A machine of its own for the database: caches held in memory, what a query needs in memory too.
TUNING: Final = {
    "shared_buffers": "2GB", "work_mem": "256MB", "maintenance_work_mem": "1GB",
    "effective_cache_size": "8GB", "random_page_cost": "1.1", "jit": "off",
    "max_parallel_workers_per_gather": "2", "max_parallel_workers": "2",
    "max_parallel_maintenance_workers": "2", "max_wal_size": "8GB",
}  # fmt: skip
_TABLES: Final[dict[str, dict[str, str]]] = {
    "customers": {
        "id": "bigint", "gender": "text", "birth_date": "date", "children": "int",
        "city": "text", "region": "text", "latitude": "float8", "longitude": "float8",
        "interests": "text[]", "reachable_email": "boolean",
    },
    "orders": {
        "id": "bigint", "customer_id": "bigint", "total": "numeric(14, 2)", "status": "text",
        "placed_at": "timestamp",
    },
    "items": {
        "id": "bigint", "customer_id": "bigint", "product": "text", "category": "text",
        "status": "text", "placed_at": "timestamp",
    },
    "events": {
        "id": "bigint", "customer_id": "bigint", "name": "text", "product": "text",
        "occurred_at": "timestamp", "occurred_at_on": "date",
    },
}  # fmt: skip
_ARRAY: Final = """'{' || array_to_string([concat('"', x, '"') FOR x IN interests], ',') || '}'"""
# Keys, the usual filters, and covering ones for what is gathered by customer and by time.
_INDEXES: Final = (
    "ALTER TABLE customers ADD PRIMARY KEY (id)",
    "CREATE INDEX ON customers (region, gender, birth_date) INCLUDE (reachable_email)",
    "CREATE INDEX ON customers (city)",
    "CREATE INDEX ON customers (latitude, longitude)",
    "CREATE INDEX ON customers USING gin (interests)",
    "CREATE INDEX ON orders (customer_id, placed_at) INCLUDE (total) WHERE status = 'paid'",
    "CREATE INDEX ON orders (placed_at) INCLUDE (customer_id, status)",
    "CREATE INDEX ON items (customer_id, product, placed_at)",
    "CREATE INDEX ON items (category, placed_at) INCLUDE (customer_id, status)",
    "CREATE INDEX ON events (name, occurred_at) INCLUDE (customer_id, product, occurred_at_on)",
    "CREATE INDEX ON events (customer_id, occurred_at)",
    "CREATE INDEX ON events (occurred_at) INCLUDE (customer_id, occurred_at_on)",
)
_SUBSCRIBER_INDEXES: Final = (
    "CREATE UNIQUE INDEX ON subscribers (lower(email))",
    "CREATE INDEX ON subscribers (status)",
    "CREATE UNIQUE INDEX ON subscriber_lists (subscriber_id, list_id)",
    "CREATE INDEX ON subscriber_lists (list_id)",
)
_SUBSCRIBERS: Final = """
SELECT id, 'someone' || id || '@example.org' AS email, 'Someone ' || id AS name,
  'enabled' AS status,
  to_json({
    'gender': gender, 'birth_date': birth_date, 'city': city, 'region': region,
    'department': department, 'children': children, 'interests': interests,
    'reachable_email': reachable_email, 'orders_count': orders_count,
    'total_spent': total_spent, 'first_order_at': first_order_at,
    'last_order_at': last_order_at, 'monetary_score': monetary_score
  }) AS attribs
FROM customers JOIN profiles ON customer_id = id
"""
# The shape of its query that counts whom a condition on attributes means: lists and a search by
# name are optional, and left out here as where nothing is chosen.
LISTMONK_COUNT: Final = """
SELECT count(*) AS total FROM subscribers
LEFT JOIN subscriber_lists ON (
  (CASE WHEN cardinality(%(lists)s::int[]) > 0 THEN true ELSE false END)
  AND subscriber_lists.subscriber_id = subscribers.id
  AND (%(status)s = '' OR subscriber_lists.status = %(status)s)
)
WHERE (cardinality(%(lists)s::int[]) = 0 OR subscriber_lists.list_id = ANY(%(lists)s::int[]))
  AND (CASE WHEN %(search)s <> '' THEN name ~* %(search)s OR email ~* %(search)s ELSE true END)
  AND ({condition})
"""
Rows = psycopg.Connection[tuple[Any, ...]]


@contextlib.contextmanager
def server() -> Iterator[Rows]:
    """A connection to a PostgreSQL of its own, tuned; it ends with the block."""
    from tests import postgresql

    binaries = postgresql.binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed here.")
    with postgresql.server(binaries, TUNING) as url:
        folder = "/" + url.split("@//")[1].rpartition("/")[0]
        with psycopg.connect(
            host=folder, user="tamis", dbname="postgres", autocommit=True
        ) as connection:
            yield connection


def load(connection: Rows, snapshot: duckdb.DuckDBPyConnection) -> None:
    """The plain tables, indexed and analysed."""
    for table, columns in _TABLES.items():
        declared = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        connection.execute(f"CREATE TABLE {table} ({declared})")
        shown = ", ".join(_ARRAY if type_ == "text[]" else n for n, type_ in columns.items())
        _copy(connection, snapshot, table, f"SELECT {shown} FROM {table}")
    _finish(connection, _INDEXES)


def load_subscribers(connection: Rows, snapshot: duckdb.DuckDBPyConnection) -> None:
    """People with their attributes as JSON, on one list each."""
    connection.execute(
        "CREATE TABLE subscribers (id int PRIMARY KEY, email text, name text, status text,"
        " attribs jsonb)"
    )
    _copy(connection, snapshot, "subscribers", _SUBSCRIBERS)
    connection.execute(
        "CREATE TABLE subscriber_lists (subscriber_id int, list_id int, status text)"
    )
    connection.execute("INSERT INTO subscriber_lists SELECT id, 1, 'confirmed' FROM subscribers")
    _finish(connection, _SUBSCRIBER_INDEXES)


def _copy(connection: Rows, snapshot: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table}.csv"
        snapshot.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
        copy = f"COPY {table} FROM STDIN (FORMAT csv, NULL '\\N')"
        with connection.cursor() as cursor, cursor.copy(copy) as target, path.open("rb") as file:
            while block := file.read(1 << 20):
                target.write(block)


def _finish(connection: Rows, indexes: Iterable[str]) -> None:
    for index in indexes:
        connection.execute(index)
    connection.execute("VACUUM ANALYZE")


def number(connection: Rows, sql: str) -> int:
    """The number a statement gives."""
    row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def subscribers(connection: Rows, condition: str) -> int:
    """How many subscribers a condition on attributes means, as listmonk counts them."""
    nothing_chosen: dict[str, Any] = {"lists": [], "status": "", "search": ""}
    row = connection.execute(LISTMONK_COUNT.format(condition=condition), nothing_chosen).fetchone()
    assert row is not None
    return int(row[0])


def work(connection: Rows) -> float:
    """The processor's time, in milliseconds, of this connection and of workers that ended.

    A worker's time comes to the server that waited for its end.
    """
    row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    server_pid = (Path(row[0]) / "postmaster.pid").read_text().split()[0]
    own = _times(str(connection.info.backend_pid))[:2]
    ended = _times(server_pid)[2:]
    return (sum(own) + sum(ended)) * 1000 / os.sysconf("SC_CLK_TCK")


def _times(pid: str) -> list[int]:
    """A process's time in user and kernel mode, then that of the children it waited for."""
    after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(ticks) for ticks in after_the_name[11:15]]
