"""The list of customers, and tagging a selection of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import push_url

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from accounts.signed_in import member_of
from accounts.templatetags.figures import number
from customers import extensions, listing, tagging
from customers.forms.filters import FilterForm
from customers.forms.selection import selection
from customers.forms.vocabulary import TagForm
from customers.models import Customer
from customers.reachability import few_who_agreed
from customers.search import MINIMUM, is_searchable

LIST = "customers:list"


@require_GET
@requires(Capability.SEE_CONTACTS)
def people(request: HttpRequest) -> HttpResponseBase:
    """Show a page of customers, whole or (for htmx) only what changes with the filters."""
    form = FilterForm(request.GET)
    criteria = form.criteria
    chosen = listing.select(criteria)
    page = listing.page(
        chosen,
        criteria.sort,
        first=criteria.first,
        after=_row(request, "apres"),
        before=_row(request, "avant"),
    )
    count, counted = listing.count(chosen, criteria)
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "count": count,
        "counted": counted,
        "narrows": criteria.narrows,
        "too_short": bool(criteria.q) and not is_searchable(criteria.q),
        "minimum": MINIMUM,
        "selection_actions": extensions.selection_actions(),
    }
    if not wants_fragment(request) and not criteria.narrows:
        context["few"] = few_who_agreed(count)
    part = "#results" if wants_fragment(request) else ""
    response = render(request, f"customers/list.html{part}", context)
    if part and not {"apres", "avant"} & request.GET.keys():
        # The form sends every field; the address kept in history names only those that matter.
        push_url(response, f"{reverse(LIST)}?{form.query}" if form.query else reverse(LIST))
    response["Vary"] = "HX-Request"
    return response


@require_POST
@requires(Capability.EDIT_CONTACTS)
def tag_selection(request: HttpRequest) -> HttpResponseBase:
    """Put a tag on a selection, or take it off, after saying on how many it will act."""
    asked = selection(request)
    chosen = asked.people
    back = f"{reverse(LIST)}?{asked.query}" if asked.query else reverse(LIST)
    removing = request.POST.get("action") == "remove"
    form = TagForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the name of a tag."))
        return redirect(back)
    name = form.cleaned_data["name"]
    total = chosen.count()
    if not total:
        messages.error(request, _("Select at least one person."))
        return redirect(back)
    if "confirmed" in request.POST:
        try:
            messages.success(request, _tag(request, chosen, name, removing))
        except tagging.TagNameError as error:
            messages.error(request, str(error))
        return redirect(back)
    have = tagging.how_many_have(chosen, tagging.find_tag(name))
    context = {
        "name": name,
        "removing": removing,
        "total": total,
        "have": have,
        "acted_on": have if removing else total - have,
        "posted": [
            *asked.posted,
            *((key, request.POST.get(key, "")) for key in ("action", "name")),
        ],
        "back": back,
    }
    return render(request, "customers/tag_selection.html", context)


def _row(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _tag(request: HttpRequest, chosen: QuerySet[Customer], name: str, removing: bool) -> str:
    member = member_of(request)
    if not removing:
        n = tagging.put_on(chosen, tagging.tag_named(name), by=member)
        said = ngettext(
            "The tag “%(tag)s” is now on %(n)s more person.",
            "The tag “%(tag)s” is now on %(n)s more people.",
            n,
        )
        return said % {"tag": name, "n": number(n)}
    tag = tagging.find_tag(name)
    n = tagging.take_off(chosen, tag, by=member) if tag else 0
    said = ngettext(
        "The tag “%(tag)s” was taken off %(n)s person.",
        "The tag “%(tag)s” was taken off %(n)s people.",
        n,
    )
    return said % {"tag": name, "n": number(n)}
