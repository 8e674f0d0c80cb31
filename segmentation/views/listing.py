"""The list of segments, their order of precedence, and where a new one starts from."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from accounts.roles import Capability
from segmentation import editing, listing
from segmentation.models import Segment

PER_PAGE = 50


@requires(Capability.SEE_FIGURES)
@require_GET
def segments(request: HttpRequest) -> HttpResponse:
    """The segments in use, or those put away, searched by name."""
    query = request.GET.get("q", "").strip()
    archived = request.GET.get("archives") == "1"
    page = Paginator(listing.found(query, archived=archived), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = listing.rows(page.object_list)
    context = {
        "page": page,
        "rows": rows,
        "query": query,
        "archived": archived,
        "base": listing.base(),
        "any_archived": archived or Segment.objects.exclude(archived_at=None).exists(),
        "can_reorder": not (query or archived or page.has_other_pages()) and len(rows) > 1,
        "moving": any(row.moving for row in rows),
    }
    name = "segmentation/list.html"
    return render(request, f"{name}#rows" if getattr(request, "htmx", False) else name, context)


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def reorder(request: HttpRequest) -> HttpResponse:
    """Store the order of precedence; `up` or `down` moves one by one place without scripts."""
    ids = [
        int(text) for text in request.POST.getlist("segment") if text.isascii() and text.isdigit()
    ]
    for verb, step in (("up", -1), ("down", 1)):
        moved = request.POST.get(verb, "")
        if moved.isascii() and moved.isdigit() and int(moved) in ids:
            place = ids.index(int(moved))
            to = min(max(place + step, 0), len(ids) - 1)
            ids.insert(to, ids.pop(place))
    editing.rank(ids)
    return redirect("segmentation:list")
