"""What a chart needs on the server: its table's rows, a sparkline's points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from accounts.templatetags import figures

register = template.Library()
FORMATS = {"number": figures.number, "money": figures.money, "percent": figures.percent}


@register.filter
def chart_rows(chart: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Give the chart's table: one row a label, one formatted figure a data set."""
    datasets: Sequence[Mapping[str, Any]] = chart["datasets"]
    rows = []
    for place, label in enumerate(chart["labels"]):
        cells = [
            FORMATS[d.get("unit") or chart.get("unit") or "number"](d["data"][place])
            for d in datasets
        ]
        rows.append((str(label), cells))
    return rows


@register.filter
def sparkline_points(values: Sequence[float | int | None]) -> str:
    """Place a series in a box of 120 × 28, as the points of an SVG polyline."""
    known = [float(v) for v in values if v is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    step = 116 / (len(known) - 1)
    # A flat series is drawn through the middle, not along the floor.
    return " ".join(
        f"{2 + i * step:.1f},{14.0 if high == low else 26 - (v - low) / spread * 24:.1f}"
        for i, v in enumerate(known)
    )


@register.filter
def last(values: Sequence[Any]) -> Any:
    """Give the last value of a series, or nothing."""
    return values[-1] if values else None
