"""The page where segments are looked at together: what they share, and what to do about them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import Capability
from segmentation import advice, overlap, snapshot


@requires(Capability.SEE_FIGURES)
@require_GET
def together(request: HttpRequest) -> HttpResponse:
    """Advice and the matrix of overlaps, as of now."""
    now = timezone.now()
    try:
        overlaps = overlap.look(now)
    except snapshot.NoSnapshot:
        return render(request, "segmentation/together.html", {"overlaps": None})
    context = {
        "overlaps": overlaps,
        "advice": advice.advise(overlaps, now),
        "matrix": [
            (
                row,
                [
                    (other, overlaps.common(row, other), overlaps.part(row, other))
                    for other in overlaps.segments
                ],
            )
            for row in overlaps.segments
        ],
        "in_so_many": [
            (n, people, people / overlaps.base if overlaps.base else 0.0)
            for n, people in overlaps.in_so_many.items()
        ],
    }
    return render(request, "segmentation/together.html", context)
