"""A world of plain rows as an in-memory DuckDB with the snapshot's schema.

The profiles are made by the snapshot's own SQL, so the oracle judges it as well.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from segmentation.snapshot.profiles import select_sql
from tests.segmentation.oracle import INSTANT_OF, World
from tests.segmentation.oracle_values import SETS, TEXTS, folded

SCHEMA = {
    "customers": (
        "id BIGINT NOT NULL, gender VARCHAR, birth_date DATE, children INTEGER,"
        " marital_status VARCHAR, education VARCHAR, profession VARCHAR, income_band VARCHAR,"
        " language VARCHAR, acquisition_source VARCHAR, interests VARCHAR[],"
        " signed_up_at TIMESTAMP, signed_up_at_on DATE, city VARCHAR, postal_code VARCHAR,"
        " department VARCHAR, region VARCHAR, area VARCHAR, latitude DOUBLE, longitude DOUBLE,"
        " country VARCHAR, has_email BOOLEAN, has_mobile BOOLEAN,"
        " email_domain VARCHAR, phone_country VARCHAR, email_consent VARCHAR,"
        " sms_consent VARCHAR, tracking_consent VARCHAR, reachable_email BOOLEAN,"
        " reachable_sms BOOLEAN, preferred_frequency VARCHAR, preferred_channel VARCHAR,"
        ' "attr:size" DECIMAL(20,6), "attr:vip" BOOLEAN, "attr:colour" VARCHAR,'
        ' "attr:wedding" DATE, "attr:tier" VARCHAR'
    ),
    "customer_tags": "customer_id BIGINT NOT NULL, tag_id BIGINT, tag VARCHAR",
    "orders": (
        "id BIGINT, customer_id BIGINT NOT NULL, total DECIMAL(14,2), discount DECIMAL(14,2),"
        " status VARCHAR, channel VARCHAR, store VARCHAR, promo_code VARCHAR,"
        " placed_at TIMESTAMP, placed_at_on DATE"
    ),
    "items": (
        "id BIGINT, order_id BIGINT, customer_id BIGINT NOT NULL, product VARCHAR,"
        " category VARCHAR, brand VARCHAR, quantity DECIMAL(12,3), amount DECIMAL(14,2),"
        " total DECIMAL(14,2), discount DECIMAL(14,2), status VARCHAR, channel VARCHAR,"
        " store VARCHAR, promo_code VARCHAR, placed_at TIMESTAMP, placed_at_on DATE"
    ),
    "events": (
        "id BIGINT, customer_id BIGINT NOT NULL, name VARCHAR, product VARCHAR,"
        " category VARCHAR, page VARCHAR, value DECIMAL(14,2), occurred_at TIMESTAMP,"
        ' occurred_at_on DATE, "prop:shade" VARCHAR, "prop:stars" DECIMAL(14,2),'
        ' "prop:sale" BOOLEAN, "prop:delivery" DATE'
    ),
    "messages": (
        "id BIGINT, customer_id BIGINT NOT NULL, campaign BIGINT, channel VARCHAR,"
        " status VARCHAR, sent_at TIMESTAMP, sent_at_on DATE"
    ),
    "engagements": (
        "id BIGINT, customer_id BIGINT NOT NULL, kind VARCHAR, channel VARCHAR,"
        " campaign BIGINT, link VARCHAR, machine BOOLEAN, occurred_at TIMESTAMP,"
        " occurred_at_on DATE"
    ),
    "static_members": "segment_id BIGINT, customer_id BIGINT",
    "segment_changes": (
        "segment_id BIGINT, customer_id BIGINT, kind VARCHAR, occurred_at TIMESTAMP,"
        " occurred_at_on DATE"
    ),
}


class Warehouse:
    """One connection, refilled for each world."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.connection = duckdb.connect()
        self.connection.execute("SET threads = 1")
        for name, columns in SCHEMA.items():
            self.connection.execute(f'CREATE TABLE "{name}" ({columns})')

    def fill(self, world: World, static: dict[int, list[int]] | None = None) -> None:
        """Replace every row but the profiles'."""
        self._replace("customers", world["customers"])
        tags = [
            {"customer_id": c["id"], "tag_id": 1, "tag": tag}
            for c in world["customers"]
            for tag in c["tags"]
        ]
        self._replace("customer_tags", tags)
        for source in INSTANT_OF:
            self._replace(source, world[source])
        members = [
            {"segment_id": segment, "customer_id": customer}
            for segment, customers in (static or {}).items()
            for customer in customers
        ]
        self._replace("static_members", members)
        self._replace("segment_changes", world.get("segment_changes", []))

    def store_profiles(self, now: dt.datetime) -> None:
        """Store the profiles as of an instant, by the snapshot's own SQL."""
        self.connection.execute(f"CREATE OR REPLACE TABLE profiles AS {select_sql(now)}")

    def ids(self, sql: str) -> set[int]:
        """The first column of a query's rows."""
        return {row[0] for row in self.connection.execute(sql).fetchall()}

    def _replace(self, table: str, rows: list[dict[str, Any]]) -> None:
        self.connection.execute(f'DELETE FROM "{table}"')
        if not rows:
            return
        names = [
            part.strip().split(" ")[0].strip('"')
            for part in SCHEMA[table].replace("(14,2)", "").replace("(12,3)", "").split(",")
            if not part.strip().startswith("6)")
        ]
        values = [self._stored(row, name) for row in rows for name in names]
        one = "(" + ", ".join("?" * len(names)) + ")"
        self.connection.execute(
            f'INSERT INTO "{table}" VALUES {", ".join([one] * len(rows))}', values
        )

    def _stored(self, row: dict[str, Any], name: str) -> Any:
        if name.endswith("_on") and name.removesuffix("_on") in row:
            instant = row[name.removesuffix("_on")]
            return None if instant is None else instant.astimezone(self.zone).date()
        value = row.get(name)
        if isinstance(value, dt.datetime):
            return value.astimezone(dt.UTC).replace(tzinfo=None)
        if name in TEXTS or name == "tag":
            return folded(value)
        if name in SETS:
            return sorted({folded(v) for v in value or ()} - {None}) or None
        return value
