"""What somebody is editing: kept while they do, let go of when they say so, and whom it would move.

Invariant: a draft is its author's; nobody else's is ever shown or touched here.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from segmentation import comings, drafts, preview
from segmentation.builder.form import from_fields
from segmentation.catalogue import load_catalogue
from segmentation.models import Segment

WAYS: Final[dict[str, comings.Way]] = {"entrent": "enter", "sortent": "leave"}


def named(request: HttpRequest) -> Segment | None:
    """The segment a builder's form says it is about; None for a new one."""
    number = request.POST.get("segment", "")
    own = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
    return Segment.objects.filter(pk=own).first() if own else None


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep what stands in the form of a page that is being left."""
    draft = from_fields(dict(request.POST.lists()))
    beside = drafts.beside(request.POST)
    drafts.keep(member_of(request), named(request), draft, beside, load_catalogue())
    return HttpResponse(status=204)


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Let go of what one had begun, and open the builder on what is stored."""
    segment = named(request)
    if drafts.discard(member_of(request), segment):
        messages.success(request, _("What you had begun was dropped."))
    if segment is not None:
        return redirect("segmentation:edit", pk=segment.pk)
    recipe = request.POST.get("modele", "")
    asked = "?" + urlencode({"modele": recipe}) if recipe else ""
    return redirect(reverse("segmentation:create") + asked)


@requires(Capability.SEE_CONTACTS)
@require_GET
def moving(request: HttpRequest, pk: int) -> HttpResponse:
    """Who would enter and leave if what one is editing were saved, by name."""
    segment = get_object_or_404(Segment, pk=pk, kind=Segment.Kind.DYNAMIC)
    begun = drafts.of(member_of(request), segment)
    if begun is None:
        messages.info(request, _("You have changed nothing yet: nobody would enter or leave."))
        return redirect("segmentation:edit", pk=pk)
    draft, _beside = drafts.read(begun)
    written, _rule, _wrong = preview.accepted(draft, load_catalogue())
    way: comings.Way | None = WAYS.get(request.GET.get("sens", ""))
    found = comings.page(segment.rule, written.rule, way, request.GET.get("page"))
    context = {"segment": segment, "found": found, "way": found.way, "page": found.page}
    return render(request, "segmentation/comings.html", context)
