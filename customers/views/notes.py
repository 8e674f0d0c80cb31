"""Notes and calls on a person's page: add, change one's own, delete."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import notes, timeline
from customers.forms.notes import NoteForm
from customers.models import Customer, Note

PAGE = "customers/note.html"


@require_POST
@requires(Capability.EDIT_CONTACTS)
def note_add(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write a note down and show it at its place in the timeline."""
    person = get_object_or_404(Customer, pk=pk)
    form = NoteForm(request.POST)
    valid = form.is_valid()
    if valid:
        notes.add(person, by=member_of(request), **form.cleaned_data)
    if not wants_fragment(request):
        if valid:
            messages.success(request, _("The note is kept."))
            return redirect("customers:detail", pk)
        return render(request, PAGE, {"customer": person, "form": form}, status=422)
    entries, following = timeline.entries(person)
    context = {
        "customer": person,
        "entries": entries,
        "following": following,
        "note_form": NoteForm() if valid else form,
    }
    status = 200 if valid else 422
    return render(request, "customers/detail.html#activity", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def note(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a note; its author changes it here while it is fresh."""
    kept = get_object_or_404(Note.objects.select_related("customer", "author"), pk=pk)
    member = member_of(request)
    editable = notes.may_edit(kept, member)
    if request.method == "POST" and not editable:
        raise PermissionDenied
    form = NoteForm(request.POST or None, instance=kept) if editable else None
    if form is not None and request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The note is changed."))
        return redirect("customers:detail", kept.customer_id)
    context = {
        "customer": kept.customer,
        "note": kept,
        "form": form,
        "deletable": notes.may_delete(kept, member),
        "days": notes.EDITABLE_FOR.days,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, PAGE, context, status=status)


@require_POST
@requires(Capability.EDIT_CONTACTS)
def note_delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Delete a note."""
    kept = get_object_or_404(Note, pk=pk)
    member = member_of(request)
    if not notes.may_delete(kept, member):
        raise PermissionDenied
    notes.delete(kept, by=member)
    messages.success(request, _("The note is deleted."))
    return redirect("customers:detail", kept.customer_id)
