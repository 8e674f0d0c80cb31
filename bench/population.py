"""A made-up shop, written as the files the snapshot's builder reads, and built by it.

N customers, 6 N orders of one to three lines, 12 N events; the same for the same seed and size.
Every value is a hash of its row's number, so that DuckDB makes millions of rows a second on all
cores. Orders and events are in the order of time, their customers scattered and unequal; homes
are communes drawn by population; each customer looks at a few favourite products.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from customers.geography.france import TABLE as COMMUNES
from segmentation.snapshot import build, read, syncing, versions
from segmentation.snapshot.tables import Source, registry

# Everything is asked, and has happened, as of this instant.
NOW: Final = dt.datetime(2026, 3, 2, 15, 0, tzinfo=dt.UTC)
ORDERS_EACH, EVENTS_EACH, PRODUCTS = 6, 12, 600

CATEGORIES: Final = (
    "cosmétiques bio", "soins du visage", "parfums", "maquillage", "cheveux", "bain et corps",
    "maison", "textile", "épicerie", "bébé", "bien-être", "accessoires",
)  # fmt: skip
INTERESTS: Final = (
    "écologie", "jardin", "cuisine", "sport", "voyages", "lecture", "mode", "musique", "cinéma",
    "bricolage", "yoga", "animaux",
)  # fmt: skip
_MACROS: Final = """
CREATE MACRO u(i, salt) AS CAST(hash(i, salt, {seed}) AS DOUBLE) / 18446744073709551616.0;
CREATE MACRO pick(list, i, salt) AS list[1 + CAST(floor(u(i, salt) * len(list)) AS INTEGER)];
CREATE MACRO ago(days) AS
  CAST('{now}' AS TIMESTAMP) - to_seconds(CAST(1 + days * 86400 AS BIGINT));
-- Few customers do much, many little, and three in ten nothing at all.
CREATE MACRO doer(i, salt, share) AS
  1 + (CAST(floor({n} * share * pow(u(i, salt), 1.7)) AS BIGINT) * 7919 + 13) % {n};
"""
_HOMES: Final = """
CREATE TABLE homes AS
SELECT name, postcode, sum(population) OVER (ORDER BY code) - population AS since,
  sum(population) OVER () AS everyone
FROM (
  SELECT code, name, split_part(postcodes, ' ', 1) AS postcode, population
  FROM read_csv('{communes}', header = true, all_varchar = false,
    types = {{'code': 'VARCHAR', 'postcodes': 'VARCHAR', 'population': 'BIGINT'}})
  WHERE population > 0 ORDER BY population DESC LIMIT 6000
)
"""
# What each staged source holds, by column; the columns left out are missing, other sources empty.
_ROWS: Final[Mapping[str, str]] = {
    "customers": """
SELECT i AS id,
  CASE WHEN u(i, 'g') < .55 THEN 'female' WHEN u(i, 'g') < .95 THEN 'male' ELSE '' END AS gender,
  pick(['single', 'couple', 'married', ''], i, 'm') AS marital_status,
  pick(['', 'Bac', 'Licence', 'Master', 'Doctorat'], i, 'e') AS education,
  pick(['', 'Cadre', 'Employée', 'Ouvrier', 'Artisan', 'Enseignante', 'Retraité'], i, 'p')
    AS profession,
  pick(['', 'moins de 20 k€', '20 à 40 k€', 'plus de 40 k€'], i, 'b') AS income_band,
  pick(['fr', 'fr', 'fr', 'fr', 'fr', 'fr', 'en', 'de'], i, 'l') AS language,
  pick(['Site', 'Boutique', 'Parrainage', 'Salon', 'Publicité', ''], i, 'a') AS acquisition_source,
  name AS city, postcode AS postal_code, 'FR' AS country, sha256('e' || i) AS email_hash,
  sha256('p' || i) AS phone_hash,
  CASE WHEN u(i, 'd') < .9 THEN DATE '1940-01-01' + CAST(u(i, 'y') * 24800 AS INTEGER) END
    AS birth_date,
  CASE WHEN u(i, 'c') < .7 THEN CAST(floor(u(i, 'k') * 4) AS INTEGER) END AS children,
  to_json(list_distinct([pick({interests}, i, s) FOR s IN range(CAST(u(i, 'n') * 5 AS INTEGER))]))
    AS interests,
  json_object('ecology', CAST(floor(u(i, 'eco') * 11) AS INTEGER),
    'card', pick(['none', 'silver', 'gold'], i, 'card')) AS attributes,
  ago(u(i, 's') * 1500) AS signed_up_at,
  CASE WHEN u(i, 'w') < .9
    THEN pick(['gmail.com', 'orange.fr', 'free.fr', 'wanadoo.fr', 'example.org'], i, 'f')
    ELSE '' END AS email_domain,
  CASE WHEN u(i, 't') < .7
    THEN '+336' || CAST(CAST(10000 + u(i, 'h') * 89999 AS INTEGER) AS VARCHAR) ELSE '' END
    AS phone_prefix,
  CASE WHEN u(i, 't') < .7 THEN 12 ELSE 0 END AS phone_length
FROM (SELECT range + 1 AS i, u(range + 1, 'home') * (SELECT max(everyone) FROM homes) AS place
  FROM range({n})) ASOF JOIN homes ON place >= since""",
    "consents": """
SELECT row_number() OVER () AS id, i AS customer_id, subject,
  CASE WHEN u(i, subject || 's') < .85 THEN 'given' ELSE 'withdrawn' END AS state,
  'consent' AS basis, '' AS attribute_key, ago(u(i, subject || 'd') * 1000) AS occurred_at
FROM (SELECT range + 1 AS i, unnest(['email', 'sms']) AS subject FROM range({n}))
WHERE u(i, subject) < .75""",
    "tags": "SELECT range + 1 AS id, 'Étiquette ' || (range + 1) AS name FROM range(20)",
    "customer_tags": """
SELECT row_number() OVER () AS id, customer_id, tag_id FROM (
  SELECT DISTINCT doer(range, 'tc', 1) AS customer_id,
    1 + CAST(floor(20 * pow(u(range, 'tt'), 2)) AS BIGINT) AS tag_id FROM range({n} // 2))""",
    "attributes": """
SELECT unnest([1, 2]) AS id, unnest(['ecology', 'card']) AS key,
  unnest(['number', 'choice']) AS type, '' AS sensitive""",
    "products": """
SELECT range + 1 AS id, 'Produit ' || (range + 1) AS name,
  {categories}[1 + CAST(range % 12 AS INTEGER)] AS category, 'Marque ' || (range % 40) AS brand
FROM range({products})""",
    "orders": """
SELECT i AS id, doer(i, 'oc', .7) AS customer_id,
  CAST(12 - 55 * ln(1 - u(i, 'ot') * .999) AS DECIMAL(14, 2)) AS total,
  CASE WHEN u(i, 'od') < .2 THEN CAST(2 + u(i, 'oa') * 10 AS DECIMAL(14, 2)) ELSE 0 END
    AS discount,
  CASE WHEN u(i, 'os') < .92 THEN 'paid' WHEN u(i, 'os') < .95 THEN 'refunded'
    WHEN u(i, 'os') < .98 THEN 'cancelled' ELSE 'pending' END AS status,
  pick(['web', 'web', 'store'], i, 'ow') AS channel,
  pick(['', '', 'Lyon', 'Lille', 'Paris 3'], i, 'oh') AS store,
  CASE WHEN u(i, 'op') < .15 THEN 'PROMO' || CAST(floor(u(i, 'on') * 30) AS INTEGER) ELSE '' END
    AS promo_code,
  ago(1095 * pow(1 - i / ({n} * {orders} + 1.0), 1.2)) AS placed_at
FROM (SELECT range + 1 AS i FROM range({n} * {orders}))""",
    "lines": """
SELECT row_number() OVER () AS id, i AS order_id,
  1 + CAST(floor({products} * pow(u(i * 3 + k, 'lp'), 2)) AS BIGINT) AS product_id,
  CAST(1 + floor(u(i * 3 + k, 'lq') * 2.2) AS DECIMAL(12, 3)) AS quantity,
  CAST(5 - 28 * ln(1 - u(i * 3 + k, 'la') * .999) AS DECIMAL(14, 2)) AS amount
FROM (SELECT i, unnest(range(1 + CAST(floor(pow(u(i, 'ln'), 2) * 3) AS BIGINT))) AS k
  FROM (SELECT range + 1 AS i FROM range({n} * {orders})))""",
    "events": """
SELECT i AS id, customer_id,
  name, '' AS category,
  CASE WHEN name = 'page_view' THEN '/page/' || CAST(floor(u(i, 'ep') * 300) AS INTEGER) ELSE '' END
    AS page,
  CASE WHEN name IN ('product_view', 'add_to_cart') THEN 1 + CAST(hash(customer_id,
    CAST(floor(u(i, 'ef') * 4) AS INTEGER), {seed}) % {products} AS BIGINT) END AS product_id,
  '{{}}' AS properties, ago(365 * pow(1 - i / ({n} * {events} + 1.0), 1.2)) AS occurred_at
FROM (SELECT range + 1 AS i, doer(range + 1, 'ec', .9) AS customer_id,
  CASE WHEN u(range + 1, 'ek') < .55 THEN 'page_view' WHEN u(range + 1, 'ek') < .85
    THEN 'product_view' WHEN u(range + 1, 'ek') < .95 THEN 'add_to_cart' ELSE 'store_visit' END
    AS name FROM range({n} * {events}))""",
}


def publish(customers: int, seed: int) -> versions.Version:
    """Make the population the current version of SNAPSHOT_DIR, with the product's own builder."""
    number = versions.next_number()
    with versions.workshop() as folder:
        path = folder / "snapshot.duckdb"
        identity = build.Identity(number, NOW, syncing.fingerprint())
        build.build(path, write(folder, customers, seed), identity)
        return versions.publish(path, number, secrets.token_hex(8), NOW)


def write(folder: Path, customers: int, seed: int) -> dict[str, Path]:
    """Write every declared source's rows into a CSV file of `folder`; by the source's name."""
    connection = duckdb.connect(config={"memory_limit": "4GiB"})
    connection.execute("SET preserve_insertion_order = true")
    given = {
        "n": customers, "seed": seed, "orders": ORDERS_EACH, "events": EVENTS_EACH,
        "products": PRODUCTS, "now": f"{NOW:%Y-%m-%d %H:%M:%S}", "communes": COMMUNES,
        "categories": list(CATEGORIES), "interests": list(INTERESTS),
    }  # fmt: skip
    connection.execute(_MACROS.format(**given))
    connection.execute(_HOMES.format(**given))
    return {
        source.name: _write(connection, source, folder / f"{source.name}.csv", given)
        for source in registry.sources.values()
    }


def _write(
    connection: duckdb.DuckDBPyConnection, source: Source, path: Path, given: Mapping[str, object]
) -> Path:
    path.touch(mode=0o600)
    if source.name not in _ROWS:
        return path
    rows = connection.sql(_ROWS[source.name].format(**given))
    columns = ", ".join(
        column.name if column.name in rows.columns else f"{missing(column.type)} AS {column.name}"
        for column in source.columns
    )
    rows.project(columns).query("made", f"COPY (SELECT * FROM made) TO '{path}' {_FORMAT}")
    return path


_FORMAT: Final = f"(FORMAT csv, HEADER false, NULLSTR '{read.MISSING}')"


def missing(type_: str) -> str:
    """What a column without a value holds: Django keeps texts empty, everything else NULL."""
    return "''" if type_ == "VARCHAR" else "NULL"
