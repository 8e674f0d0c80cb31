"""How far two points of the Earth are from each other, as the crow flies."""

from __future__ import annotations

import math
from typing import Final

_EARTH_KM: Final = 6371.0

# Latitude and longitude, in degrees of WGS 84.
Point = tuple[float, float]


def distance_km(here: Point, there: Point) -> float:
    """Great circle distance by the haversine formula, on a sphere of 6,371 km."""
    (a, b), (c, d) = (map(math.radians, point) for point in (here, there))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
