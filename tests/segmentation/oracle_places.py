"""Distances on a sphere of 6,371 km for the oracle, by unit vectors and not by the haversine."""

from __future__ import annotations

import math

Vector = tuple[float, float, float]


def _on_the_sphere(latitude: float, longitude: float) -> Vector:
    north, east = math.radians(latitude), math.radians(longitude)
    return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _length(a: Vector) -> float:
    return math.sqrt(_dot(a, a))


def kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """The great circle between two points in degrees, by the angle between unit vectors."""
    a, b = _on_the_sphere(*here), _on_the_sphere(*there)
    return 6371 * math.atan2(_length(_cross(a, b)), _dot(a, b))
