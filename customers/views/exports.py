"""Exports: choosing a table, its columns and its format, then the file itself."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers.exports import download, tables
from customers.forms.exports import ExportForm
from customers.listing import rows_within


@require_http_methods(["GET", "POST"])
@requires(Capability.EXPORT_CONTACTS)
def export(request: HttpRequest) -> HttpResponseBase:
    """Ask what the file should hold; a POST is answered by the file."""
    offered = tables.offered(request.GET)
    table = tables.known(request.GET.get("table", "") or tables.PEOPLE)
    if table is None or table not in offered:
        raise Http404
    form = ExportForm(table, request.POST or None)
    found = table.select(request.GET)
    if request.method == "POST" and form.is_valid():
        return download.response(
            table,
            found,
            file_format=form.cleaned_data["file_format"],
            columns=form.cleaned_data["columns"],
            by=member_of(request),
        )
    count, counted = rows_within(found)
    links = []
    for each in offered:
        query = request.GET.copy()
        query["table"] = each.key
        links.append((each, query.urlencode()))
    context = {
        "table": table,
        "tables": links,
        "form": form,
        "about": table.about(request.GET),
        "count": count,
        "counted": counted,
        "query": request.GET.urlencode(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "customers/export.html", context, status=status)
