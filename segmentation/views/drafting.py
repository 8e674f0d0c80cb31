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
    """Let go of what one had begun; the page it was offered on stays as it is."""
    segment = named(request)
    gone = drafts.discard(member_of(request), segment, request.POST.get("begun", ""))
    if getattr(request, "htmx", False):
        return HttpResponse()
    if gone:
        messages.success(request, _("What you had begun was dropped."))
    return redirect(_builder(segment, {"modele": request.POST.get("modele", "")}))


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def take_up(request: HttpRequest) -> HttpResponse:
    """Go on with what one had begun, in the page that opens."""
    segment = named(request)
    tab = drafts.take_up(member_of(request), segment, request.POST.get("begun", ""))
    if not tab:
        messages.info(request, _("What you had begun is saved or dropped already."))
    begun = [each for each in drafts.of(member_of(request), segment) if each.tab == tab]
    recipe = begun[0].read()[1]["modele"] if begun else ""
    return redirect(_builder(segment, {"modele": recipe, "brouillon": tab}))


def _builder(segment: Segment | None, asked: dict[str, str]) -> str:
    at = (
        reverse("segmentation:edit", args=[segment.pk])
        if segment
        else reverse("segmentation:create")
    )
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{at}?{query}" if query else at


@requires(Capability.SEE_CONTACTS)
@require_GET
def moving(request: HttpRequest, pk: int) -> HttpResponse:
    """Who would enter and leave if what one is editing were saved, by name."""
    segment = get_object_or_404(Segment, pk=pk, kind=Segment.Kind.DYNAMIC)
    tab = request.GET.get("brouillon")
    begun = [d for d in drafts.of(member_of(request), segment) if tab in (None, d.tab)]
    if not begun:
        messages.info(request, _("You have changed nothing yet: nobody would enter or leave."))
        return redirect("segmentation:edit", pk=pk)
    draft, _beside = begun[0].read()
    written, _rule, _wrong = preview.accepted(draft, load_catalogue())
    way: comings.Way | None = WAYS.get(request.GET.get("sens", ""))
    found = comings.page(segment.rule, written.rule, way, request.GET.get("page"))
    context = {"segment": segment, "found": found, "way": found.way, "page": found.page}
    context["tab"] = begun[0].tab
    return render(request, "segmentation/comings.html", context)
