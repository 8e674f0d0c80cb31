"""Requests about personal data: the list, a person's own, one request and what is done about it."""

from __future__ import annotations

from typing import Any, Final

import structlog
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from kombu.exceptions import OperationalError as BrokerAway

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import removal, tasks
from customers.consent import address_of, people_with
from customers.forms.rights import RefusalForm, RightsRequestForm
from customers.models import Channel, Customer, RightsRequest
from customers.rights import access, erasure, opposition, register, requests

# By the number's name in a report.
_SENTENCES: Final = {
    "orders_kept": ngettext_lazy(
        "%(n)s order kept without the person", "%(n)s orders kept without the person", "n"
    ),
    "events_kept": ngettext_lazy(
        "%(n)s event kept without the person", "%(n)s events kept without the person", "n"
    ),
    "messages_kept": ngettext_lazy("%(n)s message emptied", "%(n)s messages emptied", "n"),
    "consents": ngettext_lazy("%(n)s consent record deleted", "%(n)s consent records deleted", "n"),
    "addresses_suppressed": ngettext_lazy(
        "%(n)s address never to be written to again",
        "%(n)s addresses never to be written to again",
        "n",
    ),
    "withdrawn": ngettext_lazy("%(n)s withdrawal recorded", "%(n)s withdrawals recorded", "n"),
}
log = structlog.get_logger(__name__)
Kind = RightsRequest.Kind
State = RightsRequest.State


@require_GET
@requires(Capability.EDIT_CONTACTS)
def request_list(request: HttpRequest) -> HttpResponseBase:
    """List the requests: those to be done by their date, or those closed, the latest first."""
    closed = "closes" in request.GET
    found = RightsRequest.objects.select_related("customer", "closed_by")
    if closed:
        found = found.exclude(state=State.OPEN).order_by("-closed_at", "-pk")
    else:
        found = found.filter(state=State.OPEN).order_by("due_on", "pk")
    context = {
        "page_obj": Paginator(found, 30).get_page(request.GET.get("page")),
        "closed": closed,
        "waiting": RightsRequest.objects.filter(state=State.OPEN).count(),
        "today": timezone.localdate(),
    }
    return render(request, "customers/rights_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def of_person(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record what a person asks, below what they asked before."""
    person = get_object_or_404(Customer, pk=pk)
    form = RightsRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.write_down(person, member_of(request))
        return redirect("customers:rights_request", made.pk)
    context = {
        "customer": person,
        "form": form,
        "requests": person.requests.all(),
        "today": timezone.localdate(),
    }
    return render(
        request, "customers/rights_of_person.html", context, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a request with what doing it means; do it where that is confirmed."""
    found = get_object_or_404(RightsRequest.objects.select_related("customer"), pk=pk)
    if request.method == "POST":
        return _do(request, found)
    template = "customers/rights_request.html"
    if wants_fragment(request):
        template += "#done"
    return render(request, template, _context(found, RefusalForm()))


@require_POST
@requires(Capability.EDIT_CONTACTS)
def refuse(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Refuse a request, saying why."""
    found = get_object_or_404(RightsRequest, pk=pk)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        context = _context(found, form)
        return render(request, "customers/rights_request.html", context, status=422)
    try:
        requests.refuse(found, by=member_of(request), reason=form.cleaned_data["reason"])
    except requests.AlreadyClosed:
        messages.warning(request, _("This request was closed meanwhile."))
    return redirect("customers:rights_request", pk)


@require_POST
@requires(Capability.EXPORT_CONTACTS)
def archive(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make the archive of a request for access, and hand it out."""
    found = get_object_or_404(RightsRequest, pk=pk, kind=Kind.ACCESS, customer__erased_at=None)
    person = found.customer
    if person is None:
        return redirect("customers:rights_request", pk)
    file = access.archive(person, by=member_of(request), request=found)
    name = _("personal-data-%(pk)s.zip") % {"pk": person.pk}
    response = FileResponse(file, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


def have_files_cleaned(erased: RightsRequest) -> None:
    """Tell a worker; where the broker is away, the tick finds the request in the table."""

    def tell() -> None:
        try:
            tasks.clean_files.delay(erased.pk)
        except BrokerAway:
            log.warning("files_left_to_the_tick", request=erased.pk)

    transaction.on_commit(tell)


def _do(request: HttpRequest, found: RightsRequest) -> HttpResponse:
    member, person = member_of(request), found.customer
    here = redirect("customers:rights_request", found.pk)
    if found.state != State.OPEN or person is None:
        messages.warning(request, _("This request was closed meanwhile."))
        return here
    try:
        match found.kind:
            case Kind.ERASURE:
                erasure.begin(person, by=member, request=found)
                have_files_cleaned(found)
                messages.success(request, _("The person is erased."))
            case Kind.OPPOSITION:
                opposition.oppose(person, by=member, request=found)
                messages.success(request, _("Nothing will be sent to this person any more."))
            case Kind.RECTIFICATION if "edit" in request.POST:
                edit = reverse("customers:edit", args=[person.pk])
                return redirect(f"{edit}?demande={found.pk}")
            case _:
                requests.close(found, by=member)
                messages.success(request, _("The request is closed."))
    except (requests.AlreadyClosed, Customer.DoesNotExist):
        messages.warning(request, _("This request was closed meanwhile."))
    return here


def _context(found: RightsRequest, form: RefusalForm) -> dict[str, Any]:
    person = found.customer
    context: dict[str, Any] = {
        "found": found,
        "customer": person,
        "refusal": form,
        "today": timezone.localdate(),
        "refused_because": found.report.get("refused_because", ""),
        "done": _told(found.report),
        "fields": [_field_name(name) for name in found.report.get("fields", [])],
        "left": found.report.get(erasure.LEFT, 0),
        "cleaning": erasure.TRACES in found.report,
        "nobody_answers": found.kind == Kind.ACCESS and not register.is_answered_for(),
    }
    if found.state == State.OPEN and person is not None:
        context["belongings"] = removal.belongings(person)
        context["sharing"] = _sharing(person)
    return context


def _sharing(person: Customer) -> int:
    """How many others have an address of theirs, which will be suppressed for them too."""
    others: set[int] = set()
    for channel in Channel.values:
        with_it = people_with(channel, address_of(person, channel)).exclude(pk=person.pk)
        others.update(with_it.values_list("pk", flat=True)[:100])
    return len(others)


def _field_name(name: str) -> str:
    for field in Customer._meta.concrete_fields:
        if field.name == name:
            return str(field.verbose_name)
    return name.removeprefix("attr_")


def _told(report: dict[str, Any]) -> list[str]:
    """What was done, in words and numbers."""
    counted = [(sentence, report.get(name)) for name, sentence in _SENTENCES.items()]
    return [sentence % {"n": number} for sentence, number in counted if number]
