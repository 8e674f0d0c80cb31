"""Distances on a sphere, as SQL: the haversine formula, with a band of latitude before it.

The formula is compared without its inverse: within r of a point is sin²(r / 2R) or less, where R
is 6,371 km; the band spares most customers the trigonometry.
"""

from __future__ import annotations

import math
from typing import Final

from sqlglot import exp

from segmentation.catalogue import Point
from segmentation.catalogue.expressions import number
from segmentation.compiler.conditions import every, some
from segmentation.compiler.references import Locate
from segmentation.rules import Near

Degrees = tuple[float, float]
_EARTH_KM: Final = 6371.0
# Rounding must not put out who stands on the line.
_TOLERANCE: Final = 1e-12


def near(point: Point, value: Near, locate: Locate) -> exp.Expr:
    """Whether a point is within the distance of the given one, or of any of the places."""
    if value.point is not None:
        centres = [(float(value.point[0]), float(value.point[1]))]
    else:
        centres = [locate(place) for place in dict.fromkeys(value.places)]
    return some(_within(point, centre, float(value.km)) for centre in centres)


def _within(point: Point, centre: Degrees, km: float) -> exp.Expr:
    latitude, longitude = centre
    reach = math.degrees(km / _EARTH_KM) + _TOLERANCE
    band = exp.Between(
        this=point.latitude.copy(), low=_float(latitude - reach), high=_float(latitude + reach)
    )
    half = min(km / (2 * _EARTH_KM), math.pi / 2)
    cosines = exp.Mul(
        this=_float(math.cos(math.radians(latitude))),
        expression=_call("cos", _call("radians", point.latitude.copy())),
    )
    chord = exp.Add(
        this=_half_sine(point.latitude, latitude),
        expression=exp.Mul(this=cosines, expression=_half_sine(point.longitude, longitude)),
    )
    limit = math.sin(half) ** 2 + _TOLERANCE
    return every([band, exp.LTE(this=exp.paren(chord, copy=False), expression=_float(limit))])


def _half_sine(degrees: exp.Expr, of: float) -> exp.Expr:
    """sin²(Δ / 2) of a difference of angles in degrees."""
    apart = exp.Sub(this=degrees.copy(), expression=_float(of))
    half = exp.Div(this=_call("radians", apart), expression=number(2), typed=False, safe=False)
    return _call("pow", _call("sin", half), number(2))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _float(value: float) -> exp.Expr:
    written = exp.Literal.number(repr(abs(value)))
    cast = exp.cast(written, exp.DataType.Type.DOUBLE)
    return exp.Neg(this=cast) if value < 0 else cast
