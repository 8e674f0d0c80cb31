"""What the builder asks while one edits: new counts, and values to choose from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import can, requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from segmentation import choice_counts, drafts, suggestions, tasks
from segmentation import preview as looking
from segmentation.builder.drawing import outline
from segmentation.builder.form import from_fields
from segmentation.builder.settling import settle
from segmentation.catalogue import load_catalogue
from segmentation.views import drafting


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The counts, figures and sentence of what stands in the form, to be put in their places."""
    catalogue = load_catalogue()
    draft = from_fields(dict(request.POST.lists()))
    segment = drafting.named(request)
    beside = drafts.beside(request.POST)
    kept = drafts.keep(member_of(request), segment, draft, beside, catalogue)
    settle(draft, catalogue)
    drawn = outline(draft)
    seen = looking.look(
        draft,
        catalogue,
        saved=segment.rule if segment else None,
        people=can(request.user, Capability.SEE_CONTACTS),
        draw_of=looking.nth(request.POST),
    )
    if seen.newer_facts:
        tasks.ask_for_sync()
    looking.put_counts(drawn, seen, with_errors=True)
    context = {
        "nodes": list(drawn.all()),
        "base": seen.base,
        "preview": seen,
        "segment": segment,
        "tab": beside["tab"],
        "others": drafts.others(segment, member_of(request)) if segment else [],
        "behind": segment is not None
        and drafts.instant(beside["edition"]) not in (None, segment.updated_at),
    }
    response = render(request, "segmentation/_counted.html", context)
    response["Tamis-Draft"] = "kept" if kept else "none"
    return response


@requires(Capability.EDIT_SEGMENTS)
@require_GET
def values(request: HttpRequest) -> JsonResponse:
    """Values the data holds for a field, the most frequent first: `{"results": […]}`.

    With `of`, how many people each value of a closed choice stands for: `{"counts": {code: n}}`.
    """
    if of := request.GET.get("of"):
        near = request.GET.get("km", "")
        return JsonResponse(
            {"counts": choice_counts.counts(of, load_catalogue(), timezone.now(), near)}
        )
    found = suggestions.search(request.GET.get("kind", ""), request.GET.get("q", ""))
    results = [{"value": s.label, "text": s.label, "n": s.count} for s in found]
    return JsonResponse({"results": results})
