"""The list of segments, their order of precedence, and where a new one starts from."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from segmentation import editing, listing
from segmentation.models import Segment

# All on one page, so that they can be put in order.
PER_PAGE = 200


@requires(Capability.SEE_FIGURES)
@require_GET
def segments(request: HttpRequest) -> HttpResponse:
    """The segments in use, or those put away, searched by name."""
    part = "#rows" if wants_fragment(request) else ""
    return render(request, f"segmentation/list.html{part}", _listed(request))


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def reorder(request: HttpRequest) -> HttpResponse:
    """Store the order of precedence; `up` or `down` moves one by one place, as keys do."""
    ids = [
        int(text) for text in request.POST.getlist("segment") if text.isascii() and text.isdigit()
    ]
    moved = None
    for verb, step in (("up", -1), ("down", 1)):
        asked = request.POST.get(verb, "")
        if asked.isascii() and asked.isdigit() and int(asked) in ids:
            moved = int(asked)
            place = ids.index(moved)
            ids.insert(min(max(place + step, 0), len(ids) - 1), ids.pop(place))
    editing.rank(ids)
    if not wants_fragment(request):
        return redirect("segmentation:list")
    context = _listed(request)
    if moved is not None:
        told = {"place": ids.index(moved) + 1, "total": len(ids)}
        context["said"] = _("Now number %(place)s of %(total)s.") % told
    return render(request, "segmentation/list.html#rows", context)


def _listed(request: HttpRequest) -> dict[str, Any]:
    query = request.GET.get("q", "").strip()
    archived = request.GET.get("archives") == "1"
    page = Paginator(listing.found(query, archived=archived), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = listing.rows(page.object_list)
    return {
        "page": page,
        "rows": rows,
        "query": query,
        "archived": archived,
        "base": listing.base(),
        "any_archived": archived or Segment.objects.exclude(archived_at=None).exists(),
        "can_reorder": not (query or archived or page.has_other_pages()) and len(rows) > 1,
        "moving": any(row.moving for row in rows),
        # What the rows ask for again while some are being counted: never the address of a move.
        "address": request.get_full_path()
        if request.method == "GET"
        else reverse("segmentation:list"),
    }
