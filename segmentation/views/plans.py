"""The page where a segment's action plan is written."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from segmentation import gallery, plans
from segmentation.forms import PlanForm
from segmentation.models import Segment


@requires(Capability.EDIT_SEGMENTS)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what the team means to do with a segment."""
    segment = get_object_or_404(Segment, pk=pk)
    form = PlanForm(request.POST or None, instance=plans.of(segment))
    if request.method == "POST" and form.is_valid():
        plans.keep(segment, form.cleaned_data, member_of(request))
        messages.success(request, _("The action plan was saved."))
        return redirect("segmentation:detail", pk=pk)
    context = {"segment": segment, "form": form, "recipe": gallery.by_key(segment.recipe)}
    return render(request, "segmentation/plan.html", context)
