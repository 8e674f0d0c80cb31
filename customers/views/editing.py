"""Adding and editing a person by hand, with a word about addresses that are already known."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers.doubts import Doubt, doubts_about
from customers.forms.person import NewPersonForm, PersonForm
from customers.models import Channel, Customer
from customers.rights import requests


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def create(request: HttpRequest) -> HttpResponseBase:
    """Add a person by hand."""
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.save_by(member_of(request))
        messages.success(request, _("%(name)s is added.") % {"name": person.display_name})
        return _saved(request, person)
    status = 422 if form.is_bound else 200
    return render(request, "customers/edit.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Edit a person."""
    person = get_object_or_404(Customer, pk=pk)
    name = person.display_name
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            person = form.save_by(member_of(request))
        except Customer.DoesNotExist as gone:
            raise Http404 from gone
        if asked := _request_for_rectification(request):
            fields = list(form.changed_data)
            requests.rectified(asked, person, fields, by=member_of(request))
        messages.success(request, _("The changes are saved."))
        return _saved(request, person)
    context = {"form": form, "customer": person, "name": name}
    status = 422 if form.is_bound else 200
    return render(request, "customers/edit.html", context, status=status)


@require_POST
@requires(Capability.EDIT_CONTACTS)
def address_check(request: HttpRequest, channel: str) -> HttpResponseBase:
    """Say, while it is being typed, who else has an address and whether it is suppressed.

    By POST, so that no address stands in the address of a page.
    """
    own = request.POST.get("person", "")
    address = request.POST.get("email" if channel == Channel.EMAIL else "phone", "")
    try:
        doubts = doubts_about(
            channel,
            address,
            country=request.POST.get("country", ""),
            besides=int(own) if own.isascii() and own.isdigit() else None,
        )
    except ValidationError as error:
        doubts = [Doubt(" ".join(error.messages), serious=True)]
    return render(request, "customers/edit.html#doubts", {"doubts": doubts})


def _request_for_rectification(request: HttpRequest) -> int | None:
    """The request that led here, if one did."""
    text = request.GET.get("demande", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _saved(request: HttpRequest, person: Customer) -> HttpResponseBase:
    for channel, address in (("email", person.email), ("sms", person.phone)):
        for doubt in doubts_about(channel, address or "", besides=person.pk):
            messages.warning(request, doubt.sentence)
    return redirect("customers:detail", person.pk)
