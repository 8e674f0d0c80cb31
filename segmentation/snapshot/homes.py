"""Where customers live, found offline from postcode and city: each distinct pair once.

Invariant: what is stored of a home is the commune's or postcode's middle, never an address; where
only the department is certain there are no coordinates, so that no distance is measured from it.
"""

from __future__ import annotations

from typing import Final

import duckdb

from customers.geography.france import Location, Precision, locate

_COLUMNS: Final = (
    "postal_code VARCHAR, city VARCHAR, department VARCHAR, region VARCHAR, area VARCHAR,"
    " latitude DOUBLE, longitude DOUBLE"
)
_CHUNK: Final = 20_000
_FRENCH: Final = "upper(country) = 'FR' AND (postal_code <> '' OR city <> '')"

_POSTAL: Final = "replace(s.postal_code, ' ', '')"
# Overseas postcodes name their department by three digits, Corsica's by the third one. The 203,
# 204 and 207 are the post boxes of Ajaccio, Bastia and Ajaccio.
BY_POSTCODE: Final = f"""CASE
  WHEN upper(s.country) <> 'FR' OR NOT regexp_full_match({_POSTAL}, '[0-9]{{5}}') THEN NULL
  WHEN left({_POSTAL}, 2) IN ('97', '98') THEN left({_POSTAL}, 3)
  WHEN left({_POSTAL}, 3) IN ('200', '201', '203', '207') THEN '2A'
  WHEN left({_POSTAL}, 3) IN ('202', '204', '206') THEN '2B'
  WHEN left({_POSTAL}, 2) IN ('00', '20', '96', '99') THEN NULL
  ELSE left({_POSTAL}, 2) END"""

# The place found, if any.
JOIN: Final = (
    " LEFT JOIN homes h ON h.postal_code = COALESCE(s.postal_code, '')"
    " AND h.city = COALESCE(s.city, '') AND upper(s.country) = 'FR'"
)


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `homes` for the customers staged."""
    connection.execute(f"CREATE TEMP TABLE homes({_COLUMNS})")
    pairs = connection.execute(
        "SELECT DISTINCT COALESCE(postal_code, ''), COALESCE(city, '') FROM stage_customers"
        f" WHERE {_FRENCH}"
    ).fetchall()
    found = [
        (postal_code, city, *_told(home))
        for postal_code, city in pairs
        if (home := locate(postal_code, city)) is not None
    ]
    marks = ", ".join(f"unnest(${i})" for i in range(1, 8))
    for start in range(0, len(found), _CHUNK):
        columns = [list(column) for column in zip(*found[start : start + _CHUNK], strict=True)]
        connection.execute(f"INSERT INTO homes SELECT {marks}", columns)


def _told(home: Location) -> tuple[str, str, str | None, float | None, float | None]:
    if home.precision == Precision.DEPARTMENT:
        return home.department, home.region, None, None, None
    return home.department, home.region, home.area, home.latitude, home.longitude
