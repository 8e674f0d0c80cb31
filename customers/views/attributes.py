"""The settings pages of custom attributes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts import audit
from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from accounts.templatetags.figures import number
from customers import attribute_changes, attribute_values, attributes
from customers.forms.attributes import AttributeForm
from customers.models import CustomAttribute

ATTRIBUTES = "customers:attributes"


@require_GET
@requires(Capability.MANAGE_SETTINGS)
def attribute_list(request: HttpRequest) -> HttpResponseBase:
    """List the custom attributes."""
    context = {"attributes": CustomAttribute.objects.all()}
    return render(request, "customers/attributes.html", context)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def attribute_create(request: HttpRequest) -> HttpResponseBase:
    """Add a custom attribute."""
    form = AttributeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member = member_of(request)
        attribute = form.save_by(member)
        audit.record(member, "attribute.created", attribute=attribute.pk)
        messages.success(request, _("The attribute is added."))
        return redirect(ATTRIBUTES)
    status = 422 if form.is_bound else 200
    return render(request, "customers/attribute_edit.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def attribute_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Edit a custom attribute, after saying in numbers what people's values would lose."""
    attribute = get_object_or_404(CustomAttribute, pk=pk)
    name = attribute.label
    form = AttributeForm(request.POST or None, instance=attribute)
    if request.method == "POST" and form.is_valid():
        form.save_by(member_of(request))
        messages.success(request, _("The attribute is saved."))
        return redirect(ATTRIBUTES)
    context = {"form": form, "attribute": attribute, "name": name}
    status = 422 if form.is_bound else 200
    return render(request, "customers/attribute_edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def attribute_delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Delete a custom attribute, after saying how many people have a value."""
    attribute = get_object_or_404(CustomAttribute, pk=pk)
    if request.method == "POST":
        try:
            n = attribute_changes.delete(attribute, by=member_of(request))
        except attributes.AttributeInUse as error:
            messages.error(request, str(error))
            return redirect("customers:attribute_delete", pk)
        said = ngettext(
            "The attribute is deleted, with the value of %(n)s person.",
            "The attribute is deleted, with the values of %(n)s people.",
            n,
        )
        messages.success(request, said % {"n": number(n)})
        return redirect(ATTRIBUTES)
    context = {
        "attribute": attribute,
        "people": attribute_values.holders(attribute.key).count(),
        "uses": attributes.uses(attribute),
    }
    return render(request, "customers/attribute_delete.html", context)
