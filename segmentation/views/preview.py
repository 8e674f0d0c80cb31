"""What the builder asks while one edits: new counts, and values to choose from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import can, requires
from accounts.roles import Capability
from segmentation import preview as looking
from segmentation import suggestions, tasks
from segmentation.builder.drawing import draw
from segmentation.builder.form import from_fields
from segmentation.catalogue import load_catalogue
from segmentation.models import Segment


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The counts, figures and sentence of what stands in the form, to be put in their places."""
    catalogue = load_catalogue()
    draft = from_fields(dict(request.POST.lists()))
    number = request.POST.get("segment", "")
    own = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
    saved = Segment.objects.filter(pk=own).values_list("rule", flat=True).first() if own else None
    drawn = draw(draft, catalogue, {})
    seen = looking.look(
        draft,
        catalogue,
        saved=saved,
        people=can(request.user, Capability.SEE_CONTACTS),
        draw_of=looking.nth(request.POST),
    )
    if seen.newer_facts:
        tasks.ask_for_sync()
    looking.put_counts(drawn, seen, with_errors=True)
    context = {
        "nodes": [node for node in drawn.all() if not node.top],
        "base": seen.base,
        "preview": seen,
    }
    return render(request, "segmentation/_counted.html", context)


@requires(Capability.EDIT_SEGMENTS)
@require_GET
def values(request: HttpRequest) -> JsonResponse:
    """Values the data holds for a field, the most frequent first: `{"results": […]}`."""
    found = suggestions.search(request.GET.get("kind", ""), request.GET.get("q", ""))
    results = [{"value": s.label, "text": s.label, "n": s.count} for s in found]
    return JsonResponse({"results": results})
