"""A segment's file: downloaded, and brought in again to be seen before it is kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import requires
from accounts.roles import Capability
from segmentation import editing, exchange
from segmentation.forms import BringForm
from segmentation.models import Segment
from segmentation.rules import RuleError

# What was brought waits in the session for the builder, which is asked for it as for a recipe.
WAITING: Final = "brought_segment"
BROUGHT: Final = "importe"


@requires(Capability.SEE_FIGURES)
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Download a dynamic segment as a file."""
    segment = get_object_or_404(Segment, pk=pk, kind=Segment.Kind.DYNAMIC)
    try:
        text = exchange.as_text(segment)
    except RuleError:
        # Its page says what to do about a rule that can no longer be read.
        return redirect("segmentation:detail", pk)
    answer = HttpResponse(text, content_type=exchange.CONTENT_TYPE)
    name = slugify(segment.name) or f"segment-{pk}"
    answer["Content-Disposition"] = f'attachment; filename="{name}.segment.json"'
    return answer


@requires(Capability.EDIT_SEGMENTS)
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Read a segment from a file or a text; open it in the builder, or say what is wrong where."""
    posted = request.method == "POST"
    form = BringForm(request.POST, request.FILES) if posted else BringForm()
    faults: list[exchange.Fault] = []
    if posted and form.is_valid():
        content = form.content()
        try:
            brought = exchange.read(content)
        except RuleError as refused:
            faults = exchange.faults(refused, content)
            form = _with(content)
        else:
            request.session[WAITING] = asdict(brought)
            return redirect(f"{reverse('segmentation:create')}?modele={BROUGHT}")
    context = {"form": form, "faults": faults}
    status = 422 if form.errors or faults else 200
    return render(request, "segmentation/bring.html", context, status=status)


def fill(request: HttpRequest, segment: Segment) -> None:
    """Give a new segment what was brought last, if anything was."""
    waiting = request.session.get(WAITING)
    if waiting is None:
        return
    segment.name = editing.free_name(waiting["name"] or _("Imported segment"))
    segment.description = waiting["description"]
    segment.rule = waiting["rule"]


def _with(content: str | bytes) -> BringForm:
    """The page's form with the text that was read, to be mended there."""
    text = content.decode("utf-8-sig", "replace") if isinstance(content, bytes) else content
    return BringForm(initial={"text": text})
