"""Records that may be one person: the suggestions, two of them side by side, and the decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from accounts.templatetags.figures import number
from customers.consent import current_states
from customers.duplicates import merging, suggestions
from customers.figures import key_figures
from customers.models import Customer
from customers.removal import belongings

# What one press of the button merges; the page says when some are left.
AT_ONCE = 200


@require_http_methods(["GET"])
@requires(Capability.EDIT_CONTACTS)
def duplicates(request: HttpRequest) -> HttpResponseBase:
    """The groups of records that share an address, a number or a name."""
    after = _after(request)
    key, part, page = _opened(request.GET.get("par", ""), after)
    exact = suggestions.exact(part, AT_ONCE + 1) if key == suggestions.EMAIL else []
    context = {
        "keys": suggestions.KEYS,
        "key": key,
        "page": page,
        "exact": sum(len(ids) - 1 for ids in exact[:AT_ONCE]),
        "exact_more": len(exact) > AT_ONCE or not part.everyone,
        "after": after,
        "groups": _with_orders(page.groups),
    }
    return render(request, "customers/duplicates.html", context)


def _opened(asked: str, after: int | None) -> tuple[str, suggestions.Stretch, suggestions.Page]:
    """What is asked for; unasked, the first kind of suggestion there is, lest nothing be found."""
    keys = [asked] if asked in suggestions.KEYS else [*suggestions.KEYS]
    for key in keys:
        part = suggestions.stretch(key, after)
        page = suggestions.page(part)
        if page.groups or page.after is not None:
            return key, part, page
    return keys[0], suggestions.stretch(keys[0], after), suggestions.Page([], None)


def _after(request: HttpRequest) -> int | None:
    text = request.GET.get("apres", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _with_orders(groups: list[suggestions.Group]) -> list[tuple[suggestions.Group, list[Any]]]:
    """Each group with its people and how many orders each has."""
    figures = key_figures([who.pk for group in groups for who in group.people])
    return [(group, [(who, figures[who.pk].orders) for who in group.people]) for group in groups]


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def compare(request: HttpRequest, pk: int, other_pk: int) -> HttpResponseBase:
    """Two records side by side; a POST makes them one, with the values that were chosen."""
    one = get_object_or_404(Customer, pk=pk)
    other = get_object_or_404(Customer.objects.exclude(pk=pk), pk=other_pk)
    differing = merging.choices(one, other)
    if request.method == "POST":
        taken = [key for key, *_rest in differing if request.POST.get(key) == "other"]
        try:
            merging.merge(one.pk, other.pk, taken=taken, by=member_of(request))
        except merging.CannotMerge as error:
            messages.error(request, str(error))
            return redirect("customers:duplicates")
        messages.success(request, _("The two records are one: this one."))
        return redirect("customers:detail", one.pk)
    figures = key_figures([one.pk, other.pk])
    context = {
        "sides": [
            {"who": who, "figures": figures[who.pk], "states": current_states(who)}
            for who in (one, other)
        ],
        "one": one,
        "other": other,
        "differing": differing,
        "reasons": suggestions.reasons(one, other),
        "moving": belongings(other),
    }
    return render(request, "customers/duplicates_compare.html", context)


@require_POST
@requires(Capability.EDIT_CONTACTS)
def tell_apart(request: HttpRequest, pk: int, other_pk: int) -> HttpResponseBase:
    """Remember that these are two people."""
    one = get_object_or_404(Customer, pk=pk)
    other = get_object_or_404(Customer.objects.exclude(pk=pk), pk=other_pk)
    suggestions.tell_apart(one.pk, other.pk)
    audit.record(member_of(request), "customers.told_apart", customer=one.pk, other=other.pk)
    messages.success(request, _("They will not be suggested together again."))
    return redirect("customers:duplicates")


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def exact(request: HttpRequest) -> HttpResponseBase:
    """Records with the same address and the same name: shown first, then merged at once.

    Those of the stretch that the page of suggestions which leads here was about.
    """
    after = _after(request)
    groups = suggestions.exact(suggestions.stretch(suggestions.EMAIL, after), AT_ONCE)
    if request.method == "POST":
        done = 0
        for ids in groups:
            for spare in ids[1:]:
                try:
                    merging.merge(ids[0], spare, by=member_of(request))
                except merging.CannotMerge:
                    # Someone else has just merged or deleted one of them: nothing is lost.
                    continue
                done += 1
        said = ngettext("%(n)s record was merged.", "%(n)s records were merged.", done)
        messages.success(request, said % {"n": number(done)})
        further = "" if after is None else f"&apres={after}"
        return redirect(f"{reverse('customers:duplicates')}?par=email{further}")
    people = Customer.objects.in_bulk([pk for ids in groups for pk in ids])
    context = {
        "groups": [[people[pk] for pk in ids if pk in people] for ids in groups],
        "spare": sum(len(ids) - 1 for ids in groups),
    }
    return render(request, "customers/duplicates_exact.html", context)
