"""The settings pages of the shop's places."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import places
from customers.forms.places import PlaceForm
from customers.models import Place

PLACES = "customers:places"


@require_safe
@requires(Capability.MANAGE_SETTINGS)
def place_list(request: HttpRequest) -> HttpResponseBase:
    """List the places, and the shops that orders name and that are none yet."""
    context = {"places": Place.objects.all(), "unknown": places.named_in_orders()}
    return render(request, "customers/places.html", context)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def place_create(request: HttpRequest) -> HttpResponseBase:
    """Add a place."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def place_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Edit a place."""
    return _edit(request, get_object_or_404(Place, pk=pk))


@require_POST
@requires(Capability.MANAGE_SETTINGS)
def place_delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Delete a place."""
    places.delete(get_object_or_404(Place, pk=pk), by=member_of(request))
    messages.success(request, _("The place is deleted."))
    return redirect(PLACES)


def _edit(request: HttpRequest, place: Place | None) -> HttpResponseBase:
    initial = {"name": request.GET.get("name", "")[:80]}
    name = place.name if place else ""
    form = PlaceForm(request.POST or None, instance=place, initial=None if place else initial)
    if request.method == "POST" and form.is_valid():
        try:
            place = form.save(commit=False)
            saved = places.save(place, form.coordinates(), by=member_of(request))
        except places.PlaceTaken as error:
            form.add_error("name", str(error))
        except places.NowhereKnown as error:
            form.add_error("postal_code", str(error))
        else:
            said = _("The place “%(name)s” is saved.") % {"name": saved.name}
            messages.success(request, said)
            return redirect(PLACES)
    context = {"form": form, "place": place, "name": name}
    status = 422 if form.is_bound else 200
    return render(request, "customers/place_edit.html", context, status=status)
