"""The people chosen on the list of customers: those ticked, or all that its filters match."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from customers import listing
from customers.forms.filters import FilterForm
from customers.listing import Criteria
from customers.models import Customer

MOST_TICKED = 1000


@dataclass(frozen=True)
class Selection:
    """Who was chosen; `query` is the list's address, `criteria` None where people were ticked."""

    people: QuerySet[Customer]
    query: str
    criteria: Criteria | None
    posted: list[tuple[str, str]]


def selection(request: HttpRequest) -> Selection:
    """Read what the list's form posts: `scope`, `query` and `people`."""
    form = FilterForm(QueryDict(request.POST.get("query", "")))
    posted = [
        (key, value) for key in ("scope", "query", "people") for value in request.POST.getlist(key)
    ]
    if request.POST.get("scope") == "all":
        return Selection(listing.select(form.criteria), form.query, form.criteria, posted)
    ids = [int(pk) for pk in request.POST.getlist("people") if pk.isascii() and pk.isdigit()]
    ticked = Customer.objects.filter(pk__in=ids[:MOST_TICKED])
    return Selection(ticked, form.query, None, posted)
