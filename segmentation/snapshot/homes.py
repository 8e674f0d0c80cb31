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
