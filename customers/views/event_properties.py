"""The settings pages of declared event properties."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import event_properties
from customers.forms.event_properties import EventPropertyForm
from customers.models import EventProperty

PROPERTIES = "customers:event_properties"
_FILLED_IN = ("key", "type", "label")


@require_GET
@requires(Capability.MANAGE_SETTINGS)
def property_list(request: HttpRequest) -> HttpResponseBase:
    """List what is declared, and what recent events carry besides."""
    context = {
        "properties": EventProperty.objects.all(),
        "proposals": event_properties.proposals(),
        "looked_at": event_properties.LOOKED_AT,
    }
    return render(request, "customers/event_properties.html", context)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def property_declare(request: HttpRequest) -> HttpResponseBase:
    """Declare a property; a proposal's link fills the form in."""
    proposed = {name: request.GET[name] for name in _FILLED_IN if name in request.GET}
    form = EventPropertyForm(request.POST or None, initial=proposed)
    if request.method == "POST" and form.is_valid():
        event_properties.keep(form.instance, by=member_of(request))
        messages.success(request, _("The property is declared; rules know it within minutes."))
        return redirect(PROPERTIES)
    status = 422 if form.is_bound else 200
    return render(request, "customers/event_property_edit.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def property_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Rename a property, or change its type where no rule stands on it."""
    declared = get_object_or_404(EventProperty, pk=pk)
    name = declared.label
    form = EventPropertyForm(request.POST or None, instance=declared)
    if request.method == "POST" and form.is_valid():
        event_properties.keep(form.instance, by=member_of(request))
        messages.success(request, _("The property is saved."))
        return redirect(PROPERTIES)
    context = {"form": form, "declared": declared, "name": name}
    status = 422 if form.is_bound else 200
    return render(request, "customers/event_property_edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def property_delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a declaration back, unless a rule stands on it."""
    declared = get_object_or_404(EventProperty, pk=pk)
    if request.method == "POST":
        try:
            event_properties.delete(declared, by=member_of(request))
        except event_properties.PropertyInUse as error:
            messages.error(request, str(error))
            return redirect("customers:event_property_delete", pk)
        messages.success(request, _("The property is no longer declared; events keep it."))
        return redirect(PROPERTIES)
    context = {"declared": declared, "uses": event_properties.uses(declared)}
    return render(request, "customers/event_property_delete.html", context)
