"""What is done to a segment as a whole: its name, a refresh, a copy, a list, the archive."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.models import AuditEntry, User
from accounts.roles import Capability
from segmentation import deletion, editing, lease, schedule, tasks, wording
from segmentation.forms import NamingForm
from segmentation.models import Segment


@requires(Capability.EDIT_SEGMENTS)
@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name or description."""
    segment = get_object_or_404(Segment, pk=pk)
    form = NamingForm(request.POST or None, instance=segment)
    if request.method == "POST" and form.is_valid():
        fresh = Segment.objects.get(pk=pk)
        named = {key: form.cleaned_data[key] for key in ("name", "description")}
        try:
            editing.change(fresh, form.cleaned_data["edition"] or fresh.updated_at, **named)
        except editing.NameTaken:
            form.add_error("name", _("Another segment already has this name."))
        except editing.Conflict:
            form.add_error(None, _("Someone changed this segment meanwhile: reload the page."))
        else:
            messages.success(request, _("The segment is renamed."))
            return redirect("segmentation:detail", pk=pk)
    # The form has put what was typed on the instance; the page still speaks of the one stored.
    context = {"segment": Segment.objects.get(pk=pk), "form": form}
    return render(request, "segmentation/rename.html", context, status=422 if form.errors else 200)


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the members worked out again now, whatever is due."""
    segment = get_object_or_404(Segment, pk=pk, archived_at=None)
    schedule.make_due([segment.pk])
    tasks.ask_for_refresh()
    messages.info(request, _("The members are being worked out again."))
    return redirect("segmentation:detail", pk=pk)


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the refresh under way stop; the members it has already moved stay where they are."""
    segment = get_object_or_404(Segment, pk=pk)
    if lease.ask_to_stop(segment.pk):
        messages.info(request, _("The refresh is being stopped."))
    else:
        messages.info(request, _("The refresh had already ended."))
    return redirect("segmentation:detail", pk=pk)


@requires(Capability.EDIT_SEGMENTS)
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a segment that nothing needs, after naming what goes with it."""
    segment = get_object_or_404(Segment, pk=pk)
    needed_by = deletion.needed_by(segment)
    if request.method == "POST" and not needed_by:
        try:
            deletion.delete(segment)
        except deletion.InUse as refused:
            needed_by = refused.by or [_("the results of a campaign")]
        else:
            _note(request, "segment deleted", Segment(pk=pk))
            messages.success(request, _("“%(name)s” is deleted.") % {"name": segment.name})
            return redirect("segmentation:list")
    context = {"segment": segment, "needed_by": needed_by, "loss": deletion.loss(segment)}
    status = 409 if request.method == "POST" else 200
    return render(request, "segmentation/delete.html", context, status=status)


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy to change, under a name of its own."""
    segment = get_object_or_404(Segment, pk=pk)
    try:
        copy = editing.duplicate(segment, _author(request))
    except Segment.DoesNotExist:
        raise Http404 from None
    _note(request, "segment duplicated", copy, source=segment.pk)
    tasks.ask_for_refresh()
    messages.success(request, _("The copy is made: change what you like and save."))
    return redirect("segmentation:edit", pk=copy.pk)


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """A static list of those who are in the segment now."""
    segment = get_object_or_404(Segment, pk=pk)
    try:
        frozen = editing.freeze(segment, _author(request))
    except Segment.DoesNotExist:
        raise Http404 from None
    _note(request, "segment frozen", frozen, source=segment.pk)
    tasks.ask_for_refresh()
    messages.success(request, _("The list is made; it will not change by itself."))
    return redirect("segmentation:detail", pk=frozen.pk)


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a segment away, unless others in use are made of it."""
    segment = get_object_or_404(Segment, pk=pk)
    users = editing.referring_to(segment)
    if users:
        refused = ngettext(
            "The rule of %(names)s refers to this segment: change that first, then archive it.",
            "The rules of %(names)s refer to this segment: change them first, then archive it.",
            len(users),
        )
        names = wording.listed([wording.quoted(user.name) for user in users], wording.AND)
        messages.error(request, refused % {"names": names})
        return redirect("segmentation:detail", pk=pk)
    editing.archive(segment)
    _note(request, "segment archived", segment)
    messages.success(request, _("The segment is archived; it can be taken out again."))
    return redirect("segmentation:list")


@requires(Capability.EDIT_SEGMENTS)
@require_POST
def unarchive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a segment out of the archive."""
    segment = get_object_or_404(Segment, pk=pk)
    editing.unarchive(segment)
    _note(request, "segment unarchived", segment)
    tasks.ask_for_refresh()
    messages.success(request, _("The segment is in use again; its members are being worked out."))
    return redirect("segmentation:detail", pk=pk)


def _author(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def _note(request: HttpRequest, action: str, segment: Segment, **facts: int) -> None:
    AuditEntry.objects.create(
        user=_author(request), action=action, facts={"segment": segment.pk, **facts}
    )
