"""Answers where a French address is: coordinates, department, region, kind of area.

The commune is taken where postcode and name agree; else the middle of the postcode's communes,
else the commune of that name in the department, else the department's centre. The answer says
which, since a distance of 10 km means nothing from the centre of a department.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from customers.geography.names import commune_key

TABLE: Final = Path(__file__).parent / "data" / "communes.csv.gz"
_POSTCODE: Final = re.compile(r"\d{5}")
# Of several communes of one name, a city is meant when it is this many times the next one.
_OBVIOUS: Final = 20
_CITY: Final = 20_000


class Precision(StrEnum):
    """How a point was found, the surest first."""

    COMMUNE = "commune"
    POSTCODE = "postcode"
    GROUP = "group"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Commune:
    """A row of the table. `population` is that of the commune of today, 0 for a former one."""

    code: str
    name: str
    department: str
    region: str
    population: int
    latitude: float
    longitude: float
    precision: Precision
    area: str
    postcodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Location:
    """Where an address is; degrees of WGS 84. `commune` is '' where only its surroundings are."""

    commune: str
    department: str
    region: str
    area: str
    latitude: float
    longitude: float
    precision: Precision


@cache
def communes() -> tuple[Commune, ...]:
    """The whole table, read once a process."""
    with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as file:
        return tuple(
            Commune(
                row["code"],
                row["name"],
                row["department"],
                row["region"],
                int(row["population"]),
                float(row["latitude"]),
                float(row["longitude"]),
                Precision(row["precision"]),
                row["area"],
                tuple(row["postcodes"].split()),
            )
            for row in csv.DictReader(file)
        )


def locate(postal_code: str, city: str = "", country: str = "FR") -> Location | None:
    """Find an address; None outside France and where neither postcode nor city tells."""
    if country.upper() not in ("FR", ""):
        return None
    code, key = "".join(postal_code.split()), commune_key(city)
    if not _POSTCODE.fullmatch(code):
        return _at(_named(key)) if key else None
    here = _by_postcode().get(code, ())
    for commune in here:
        if key and commune_key(commune.name) == key:
            return _at(commune)
    if here:
        return _middle(here)
    department = department_of(code)
    if department is None:
        return None
    same = [each for each in _by_name().get(key, ()) if each.department == department]
    if key and same:
        return _at(max(same, key=lambda each: each.population))
    return _centres().get(department)


def department_of(postal_code: str) -> str | None:
    """The department a postcode begins with, None where it is none (20xxx: by the third digit)."""
    code = "".join(postal_code.split())
    if not _POSTCODE.fullmatch(code):
        return None
    if code.startswith(("97", "98")):
        found = code[:3]
    elif code.startswith("20"):
        found = {"0": "2A", "1": "2A", "3": "2A", "7": "2A"}.get(code[2], "2B")
    else:
        found = code[:2]
    return found if found in _centres() else None


def _at(commune: Commune | None) -> Location | None:
    if commune is None:
        return None
    return Location(
        commune.name,
        commune.department,
        commune.region,
        commune.area,
        commune.latitude,
        commune.longitude,
        commune.precision,
    )


def _middle(here: Iterable[Commune], precision: Precision = Precision.POSTCODE) -> Location:
    """The middle of some communes by inhabitants; their area is where most of them live."""
    listed = list(here)
    weights = [each.population or 1 for each in listed]
    total = sum(weights)
    areas: dict[str, int] = defaultdict(int)
    for each, weight in zip(listed, weights, strict=True):
        areas[each.area] += weight
    largest = max(listed, key=lambda each: each.population)
    if len(listed) == 1 and precision == Precision.POSTCODE:
        precision = largest.precision
    return Location(
        largest.name if len(listed) == 1 else "",
        largest.department,
        largest.region,
        max(areas, key=lambda area: areas[area]),
        sum(e.latitude * w for e, w in zip(listed, weights, strict=True)) / total,
        sum(e.longitude * w for e, w in zip(listed, weights, strict=True)) / total,
        precision,
    )


def _named(key: str) -> Commune | None:
    """The one commune of that name, or the city everyone means by it; None in doubt."""
    same = sorted(_by_name().get(key, ()), key=lambda each: -each.population)
    if not same:
        return None
    elsewhere = [each for each in same if each.department != same[0].department]
    second = max((each.population for each in elsewhere), default=0)
    obvious = same[0].population >= max(_CITY, _OBVIOUS * second)
    return same[0] if not elsewhere or obvious else None


@cache
def _by_postcode() -> dict[str, tuple[Commune, ...]]:
    """The communes of each postcode; of Paris, Lyon and Marseille its district, not the city."""
    found: dict[str, dict[str, Commune]] = defaultdict(dict)
    for commune in sorted(communes(), key=lambda each: -len(each.postcodes)):
        for code in commune.postcodes:
            found[code][commune_key(commune.name)] = commune
    return {code: tuple(here.values()) for code, here in found.items()}


@cache
def _by_name() -> dict[str, tuple[Commune, ...]]:
    found: dict[str, list[Commune]] = defaultdict(list)
    for commune in communes():
        found[commune_key(commune.name)].append(commune)
    return {key: tuple(same) for key, same in found.items()}


@cache
def _centres() -> dict[str, Location]:
    found: dict[str, list[Commune]] = defaultdict(list)
    for commune in communes():
        if commune.population:
            found[commune.department].append(commune)
    return {code: _middle(here, Precision.DEPARTMENT) for code, here in found.items()}
