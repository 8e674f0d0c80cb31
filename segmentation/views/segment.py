"""One segment: what it means, its figures, who is in it, and who came and went."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import Capability
from segmentation import answers, editing, extensions, listing
from segmentation.models import Membership, Segment

PER_PAGE = 50


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
        "days": listing.movements(segment),
        "referring": editing.referring_to(segment),
        "panels": extensions.panels_for(request, segment),
        "chart": listing.chart(segment),
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
    response = render(request, "segmentation/_state.html", {"segment": segment, "row": row})
    if row.state not in listing.MOVING:
        response["HX-Refresh"] = "true"
    return response


@requires(Capability.SEE_CONTACTS)
@require_GET
def members(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in the segment, those who entered last first."""
    segment = get_object_or_404(Segment, pk=pk)
    listed = (
        Membership.objects.filter(segment=segment)
        .select_related("customer")
        .order_by("-entered_at", "-pk")
    )
    page = _Pages(listed, PER_PAGE, known=segment.size).get_page(request.GET.get("page"))
    context = {"segment": segment, "page": page, "row": listing.rows([segment])[0]}
    name = "segmentation/members.html"
    return render(request, f"{name}#rows" if getattr(request, "htmx", False) else name, context)


class _Pages(Paginator[Membership]):
    """Pages over a list whose length the segment already knows."""

    def __init__(self, listed: QuerySet[Membership], per_page: int, *, known: int | None) -> None:
        super().__init__(listed, per_page)
        self._known = known

    @cached_property
    def count(self) -> int:
        """The size of the last refresh; counted only where there is none."""
        return super().count if self._known is None else self._known
