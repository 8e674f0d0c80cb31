"""Stopping an import that is under way, and undoing one that has ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import tasks
from customers.models import ImportJob
from customers.spreadsheets import jobs, telling
from customers.spreadsheets.undo import foresight, running
from customers.views.imports import hand_over, where


@require_POST
@requires(Capability.EDIT_CONTACTS)
def import_stop(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Stop a check or an import; a second click changes nothing."""
    job = get_object_or_404(ImportJob, pk=pk)
    if jobs.ask_to_stop(job):
        audit.record(member_of(request), "customers.import_stopped", job=job.pk)
        job.refresh_from_db()
    return redirect(where(job))


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def import_undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say in numbers what undoing would do, then do it in the background."""
    job = get_object_or_404(ImportJob, pk=pk)
    if request.method == "POST":
        if running.ask_for_undo(job, member_of(request)):
            hand_over(tasks.undo_import, job)
        job.refresh_from_db()
        return redirect(where(job))
    if not running.can_undo(job):
        messages.info(request, _("This import cannot be undone any more."))
        return redirect(where(job))
    told = foresight.foresee(job)
    context = {
        "job": job,
        "told": told,
        "others": telling.records_in_words(told.others),
        "until": running.last_day(job),
    }
    return render(request, "customers/import_undo.html", context)
