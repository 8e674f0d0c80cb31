"""`{% paired_bars bands %}`: a part beside the whole, as small columns drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django import template

register = template.Library()
WIDTH, FLOOR, TOP = 300.0, 74.0, 4.0


class Band(Protocol):
    """What a pair of columns needs: a short label and two shares, 0 to 1."""

    short: str
    label: str
    share: float
    base_share: float


@register.inclusion_tag("components/paired_bars.html")
def paired_bars(bands: Sequence[Band], title: str) -> dict[str, Any]:
    """Place the columns in a box of 300 × 90; the highest of all reaches the top."""
    highest = max((max(band.share, band.base_share) for band in bands), default=0.0) or 1.0
    step = WIDTH / max(len(bands), 1)
    wide = min(step * 0.36, 16.0)
    columns = []
    for place, band in enumerate(bands):
        middle = step * (place + 0.5)
        heights = [share / highest * (FLOOR - TOP) for share in (band.share, band.base_share)]
        columns.append(
            {
                "band": band,
                "middle": f"{middle:.1f}",
                "width": f"{wide:.1f}",
                "parts": [
                    {"x": f"{x:.1f}", "y": f"{FLOOR - height:.1f}", "height": f"{height:.1f}"}
                    for x, height in zip((middle - wide - 0.5, middle + 0.5), heights, strict=True)
                ],
            }
        )
    return {"title": title, "columns": columns, "floor": f"{FLOOR:.1f}"}
