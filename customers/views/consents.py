"""A person's consents: the whole ledger of them, and what is added to it by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import ledger
from customers.consent import ConsentError
from customers.forms.consents import ConsentForm, SensitiveForm
from customers.models import CustomAttribute, Customer


@require_GET
@requires(Capability.SEE_CONTACTS)
def consent_history(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every word this person said, with what proves it, and those that count."""
    person = get_object_or_404(Customer, pk=pk)
    export = reverse("customers:export", query={"table": "ledger", "person": pk})
    context = {"customer": person, "lines": ledger.lines(person), "export_url": export}
    return render(request, "customers/ledger.html", context)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def record_consent(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Append to the ledger what the person said."""
    person = get_object_or_404(Customer, pk=pk)
    asked = {"subject": request.GET.get("subject"), "state": request.GET.get("state")}
    form = ConsentForm(person, request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            form.record(member_of(request))
        except ConsentError as error:
            form.refuse(error)
        else:
            messages.success(request, _("What the person said is recorded."))
            return redirect("customers:detail", pk)
    context = {"customer": person, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "customers/consent.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def sensitive_consent(request: HttpRequest, pk: int, attribute_pk: int) -> HttpResponseBase:
    """Record that the person agrees to a sensitive attribute, or takes their consent back."""
    person = get_object_or_404(Customer, pk=pk)
    attribute = get_object_or_404(CustomAttribute.objects.exclude(sensitive=""), pk=attribute_pk)
    form = SensitiveForm(person, attribute, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            form.record(member_of(request))
        except ConsentError as error:
            form.refuse(error)
        else:
            if form.agreed:
                messages.success(request, _("The consent is taken back and the value erased."))
                return redirect("customers:detail", pk)
            messages.success(request, _("The consent is recorded: the value may be kept."))
            return redirect("customers:edit", pk)
    context = {"customer": person, "attribute": attribute, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "customers/sensitive.html", context, status=status)
