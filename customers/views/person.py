"""A person's page and what is decided on it: tags, deletion."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import attributes, consent, extensions, removal, sensitive, tagging, timeline
from customers.code_names import COUNTRIES, LANGUAGES, name_of
from customers.figures import key_figures
from customers.forms.notes import NoteForm
from customers.forms.vocabulary import TagForm
from customers.models import Channel, ConsentRecord, Customer, Tag
from customers.reachability import reach
from customers.views.rights import have_files_cleaned

ORDERS = 10


@require_GET
@requires(Capability.SEE_CONTACTS)
def detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a person, or (for htmx, with a mark) the next page of the timeline."""
    person = get_object_or_404(Customer.objects.prefetch_related("tags"), pk=pk)
    mark = timeline.Mark.parse(request.GET.get("suite", ""))
    entries, following = timeline.entries(person, mark)
    context: dict[str, Any] = {
        "customer": person,
        "entries": entries,
        "following": following,
        "continued": mark is not None,
        "note_form": NoteForm(),
    }
    if wants_fragment(request) and mark is not None:
        return render(request, "customers/detail.html#timeline", context)
    return render(request, "customers/detail.html", context | _whole(request, person))


@require_POST
@requires(Capability.EDIT_CONTACTS)
def add_tag(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put a tag on one person."""
    person = get_object_or_404(Customer, pk=pk)
    form = TagForm(request.POST)
    problem = "" if form.is_valid() else _("Write the name of a tag.")
    if not problem:
        try:
            tag = tagging.tag_named(form.cleaned_data["name"])
        except tagging.TagNameError as error:
            problem = str(error)
        else:
            tagging.put_on(Customer.objects.filter(pk=pk), tag, by=member_of(request))
    return _tags(request, person, problem)


@require_POST
@requires(Capability.EDIT_CONTACTS)
def remove_tag(request: HttpRequest, pk: int, tag_pk: int) -> HttpResponseBase:
    """Take a tag off one person."""
    person = get_object_or_404(Customer, pk=pk)
    tag = get_object_or_404(Tag, pk=tag_pk)
    tagging.take_off(Customer.objects.filter(pk=pk), tag, by=member_of(request))
    return _tags(request, person, "")


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Delete a person, after naming what goes with them."""
    person = get_object_or_404(Customer, pk=pk)
    if request.method == "POST":
        asked = "at_their_request" in request.POST
        erased = removal.delete(person, by=member_of(request), at_their_request=asked)
        if erased is not None:
            have_files_cleaned(erased)
        messages.success(request, _("%(name)s is deleted.") % {"name": person.display_name})
        return redirect("customers:list")
    context = {"customer": person, "belongings": removal.belongings(person)}
    return render(request, "customers/delete.html", context)


def _whole(request: HttpRequest, person: Customer) -> dict[str, Any]:
    states = consent.current_states(person)
    suppressed = consent.suppressions_of(person)
    orders = list(person.orders.prefetch_related("lines__product")[: ORDERS + 1])
    return {
        "figures": key_figures([person.pk])[person.pk],
        "reach": [
            reach(person, channel, _state(states[channel]), channel in suppressed)
            for channel in Channel.values
        ],
        "consents": [(subject, states[subject.value]) for subject in consent.SUBJECTS],
        "sensitive": sensitive.by_attribute(person),
        "suppressed": list(suppressed.values()),
        "orders": orders[:ORDERS],
        "more_orders": len(orders) > ORDERS,
        "attributes": attributes.values_of(person),
        "country": name_of(COUNTRIES, person.country),
        "language": name_of(LANGUAGES, person.language),
        "tag_names": Tag.objects.values_list("name", flat=True)[:500],
        "panels": _panels(request, person),
    }


def _state(record: ConsentRecord | None) -> str:
    return record.state if record else consent.UNKNOWN


def _panels(request: HttpRequest, person: Customer) -> list[str]:
    drawn: list[str] = []
    for panel in extensions.panels():
        context = panel.context(request, person)
        if context is not None:
            context = {"customer": person, **context}
            drawn.append(render_to_string(panel.template, context, request))
    return drawn


def _tags(request: HttpRequest, person: Customer, problem: str) -> HttpResponseBase:
    if not wants_fragment(request):
        if problem:
            messages.error(request, problem)
        return redirect("customers:detail", person.pk)
    context = {
        "customer": person,
        "problem": problem,
        "tag_names": Tag.objects.values_list("name", flat=True)[:500],
    }
    response: HttpResponse = render(request, "customers/detail.html#tags", context)
    response.status_code = 422 if problem else 200
    return response
