"""Fixed segments: made of a selection, of what is pasted, or person by person."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from accounts.templatetags.figures import number
from customers import listing, recognising
from customers.forms.selection import MOST_TICKED, Selection, selection
from customers.models import Customer
from segmentation import editing, lists, tasks
from segmentation.forms_lists import ListForm, PasteForm
from segmentation.models import Membership, Segment
from segmentation.views.members import members_page


@require_POST
@requires(Capability.EDIT_SEGMENTS)
@requires(Capability.SEE_CONTACTS)
def from_selection(request: HttpRequest) -> HttpResponse:
    """Put the people chosen on the list of customers on a fixed segment, new or not."""
    asked = selection(request)
    back = (
        f"{reverse('customers:list')}?{asked.query}" if asked.query else reverse("customers:list")
    )
    count, counted = listing.count(asked.people, asked.criteria)
    if not count:
        messages.error(request, _("Select at least one person."))
        return redirect(back)
    form = ListForm(request.POST if "confirmed" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                segment = form.chosen() or editing.create_list(
                    form.cleaned_data["name"], member_of(request)
                )
                brought = _bring(segment, asked)
        except editing.NameTaken:
            form.add_error("name", _("Another segment already has this name."))
        except lists.NotAList:
            form.add_error("segment", _("This fixed segment is not there any more."))
        else:
            audit.record(member_of(request), "segment.listed", segment=segment.pk, people=count)
            tasks.ask_for_refresh()
            tasks.ask_for_sync()
            messages.success(request, brought)
            return redirect("segmentation:detail", pk=segment.pk)
    context = {
        "form": form,
        "count": count,
        "counted": counted,
        "posted": asked.posted,
        "back": back,
    }
    status = 422 if form.errors else 200
    return render(request, "segmentation/list_of_selection.html", context, status=status)


def _bring(segment: Segment, asked: Selection) -> str:
    """Write a few at once, and leave many to the worker; what was done, in words."""
    now = timezone.now()
    ids = list(asked.people.values_list("pk", flat=True).distinct()[: MOST_TICKED + 1])
    if asked.criteria is not None and len(ids) > MOST_TICKED:
        lists.add_matches(segment.pk, asked.criteria, now)
        return _("They are being put on the list: this page follows.")
    return _said(len(lists.add(segment, ids, now)))


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_SEGMENTS)
@requires(Capability.SEE_CONTACTS)
def new(request: HttpRequest) -> HttpResponse:
    """A new fixed segment, empty, or of the people whose addresses are pasted."""
    form = PasteForm(request.POST or None, named=True)
    if request.method == "POST" and form.is_valid():
        try:
            segment = editing.create_list(form.cleaned_data["name"], member_of(request))
        except editing.NameTaken:
            form.add_error("name", _("Another segment already has this name."))
        else:
            audit.record(member_of(request), "segment.listed", segment=segment.pk)
            return _paste(request, segment, form)
    status = 422 if form.errors else 200
    return render(request, "segmentation/list_new.html", {"form": form}, status=status)


@require_POST
@requires(Capability.EDIT_SEGMENTS)
@requires(Capability.SEE_CONTACTS)
def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Put those on a fixed segment whose e-mails, phones or numbers are pasted."""
    segment = _list(pk)
    form = PasteForm(request.POST, named=False)
    if not form.is_valid():
        return members_page(request, segment, paste=form, status=422)
    return _paste(request, segment, form)


def _paste(request: HttpRequest, segment: Segment, form: PasteForm) -> HttpResponse:
    told = form.cleaned_data["who"]
    with transaction.atomic():
        found = recognising.recognise(told)
        added = len(lists.add(segment, found.ids, timezone.now()))
    _counted_again()
    if added or (told and not found.unknown and not found.several):
        messages.success(request, _said(added))
    if not (found.unknown or found.several):
        return redirect("segmentation:members", pk=segment.pk)
    # What was not found stays in the box, to be mended.
    rest = PasteForm(initial={"who": "\n".join([*found.unknown, *found.several])}, named=False)
    return members_page(request, segment, paste=rest, found=found)


@require_POST
@requires(Capability.EDIT_SEGMENTS)
@requires(Capability.SEE_CONTACTS)
def add_person(request: HttpRequest, customer_pk: int) -> HttpResponse:
    """Put one person on a fixed segment, from their page."""
    person = get_object_or_404(Customer, pk=customer_pk)
    asked = request.POST.get("segment", "")
    segment = _list(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0)
    with transaction.atomic():
        lists.add(segment, [person.pk], timezone.now())
    _counted_again()
    names = {"person": person.display_name, "name": segment.name}
    messages.success(request, _("%(person)s is on “%(name)s”.") % names)
    return redirect("customers:detail", pk=person.pk)


@require_POST
@requires(Capability.EDIT_SEGMENTS)
@requires(Capability.SEE_CONTACTS)
def remove_person(request: HttpRequest, pk: int, customer_pk: int) -> HttpResponse:
    """Take one person off a fixed segment, from their page or from its members."""
    segment = _list(pk)
    person = get_object_or_404(Customer, pk=customer_pk)
    rows = Membership.objects.filter(segment=segment, customer=person)
    lists.remove(list(rows.values_list("pk", flat=True)), timezone.now())
    _counted_again()
    names = {"person": person.display_name, "name": segment.name}
    messages.success(request, _("%(person)s is no longer on “%(name)s”.") % names)
    if request.POST.get("back") == "person":
        return redirect("customers:detail", pk=person.pk)
    return redirect("segmentation:members", pk=segment.pk)


def _list(pk: int) -> Segment:
    return get_object_or_404(Segment, pk=pk, kind=Segment.Kind.STATIC, archived_at=None)


def _counted_again() -> None:
    tasks.ask_for_refresh()
    tasks.ask_for_sync()


def _said(added: int) -> str:
    said = ngettext(
        "%(n)s person was put on the list.", "%(n)s people were put on the list.", added
    )
    return said % {"n": number(added)}
