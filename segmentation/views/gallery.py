"""The gallery: what a new segment may start from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import Capability
from segmentation.gallery import showing


@requires(Capability.EDIT_SEGMENTS)
@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Ready-made segments by theme; the counts come in a second request, or at once without."""
    counted = request.GET.get("compter") == "1"
    shown = showing.cards(timezone.now(), counted=counted)
    context = {
        "themes": [(theme, cards) for theme, cards in shown.items() if cards],
        "total": sum(map(len, shown.values())),
        "counted": counted,
    }
    name = "segmentation/gallery.html"
    return render(request, f"{name}#cards" if getattr(request, "htmx", False) else name, context)
