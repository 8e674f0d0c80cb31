"""One segment: what it means, its figures over time, how fresh they are, who uses it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import Capability
from segmentation import answers, editing, extensions, life, listing, lists
from segmentation.models import Segment


@requires(Capability.SEE_FIGURES)
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A segment's page; the figures are those of its last refresh."""
    segment = get_object_or_404(Segment.objects.select_related("created_by"), pk=pk)
    row = listing.rows([segment])[0]
    context = {
        "segment": segment,
        "row": row,
        "sentence": answers.told(segment),
        "rule_json": answers.as_text(segment),
        "days": life.movements(segment),
        "next_reason": life.next_reason(segment),
        "waiting": lists.waiting(segment),
        "referring": editing.referring_to(segment),
        "panels": extensions.panels_for(request, segment),
        "charts": life.charts(segment),
    }
    return render(request, "segmentation/detail.html", context)


@requires(Capability.SEE_FIGURES)
@require_GET
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The chip that says how fresh the members are; asked again while a refresh runs.

    Once it has ended the page is drawn anew, for all its figures have changed.
    """
    segment = get_object_or_404(Segment, pk=pk)
    row = listing.rows([segment])[0]
    context = {"segment": segment, "row": row, "poll": True}
    response = render(request, "segmentation/_state.html", context)
    if not row.moving:
        response["HX-Refresh"] = "true"
    return response
