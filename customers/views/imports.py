"""The import wizard: file → columns → check → import → report; each step has its own address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect
from kombu.exceptions import OperationalError as BrokerAway

from accounts import audit
from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers import tasks
from customers.forms import import_reading
from customers.forms.import_upload import UploadForm
from customers.forms.imports import MappingForm
from customers.models import ImportJob
from customers.rights import erasure
from customers.spreadsheets import jobs, remembered, targets, telling
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.fields import Field
from customers.spreadsheets.mapping import read_mapping
from customers.spreadsheets.reading import open_spreadsheet
from customers.spreadsheets.report import Report
from customers.spreadsheets.undo import running
from customers.uploads import BoundedUpload

State = ImportJob.State
_STEP = {
    State.MAPPING: "customers:import_map",
    State.CHECKING: "customers:import_check",
    State.CHECKED: "customers:import_check",
    State.QUEUED: "customers:import_progress",
    State.RUNNING: "customers:import_progress",
    State.DONE: "customers:import_report",
    State.FAILED: "customers:import_report",
    State.CANCELLED: "customers:import_report",
    State.UNDOING: "customers:import_progress",
    State.UNDONE: "customers:import_report",
}


@require_GET
@requires(Capability.EDIT_CONTACTS)
def imports(request: HttpRequest) -> HttpResponseBase:
    """List the imports, the latest first, each leading to the step it is at."""
    page = Paginator(ImportJob.objects.select_related("created_by"), 25).get_page(
        request.GET.get("page")
    )
    rows = [(job, where(job)) for job in page]
    return render(request, "customers/imports.html", {"rows": rows, "page_obj": page})


@csrf_exempt
@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def import_new(request: HttpRequest) -> HttpResponseBase:
    """Receive a file. The bound on its size must be set before anything reads the request."""
    request.upload_handlers.insert(0, BoundedUpload(request))
    return _receive(request)


@csrf_protect
def _receive(request: HttpRequest) -> HttpResponseBase:
    initial = {"kind": request.GET.get("kind") or ImportJob.Kind.CUSTOMERS}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if "too_large" in request.META:
            form.add_error("file", request.META["too_large"])
        elif form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = jobs.receive(
                    form.cleaned_data["kind"],
                    file,
                    file.name,
                    by=member_of(request),
                    language=get_language() or "fr",
                    target=form.target(),
                )
            except SpreadsheetError as error:
                form.add_error("file", error.text)
            else:
                return redirect("customers:import_map", job.pk)
    status = 422 if form.is_bound else 200
    return render(request, "customers/import_new.html", {"form": form, "step": 1}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def import_map(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Match the columns; `redraw` shows them again as the options say, without going on."""
    job = get_object_or_404(ImportJob, pk=pk)
    if job.state not in (State.MAPPING, State.CHECKED) or not job.file:
        return redirect(where(job))
    if erasure.with_files_to_clean():
        return _wait_for_cleaning(request)
    told = request.POST if request.method == "POST" else None
    options = import_reading.told(told, job.mapping["options"])
    try:
        file = open_spreadsheet(jobs.path_of(job), **options)
    except SpreadsheetError as error:
        # The options on screen cannot read the file: keep those that did.
        messages.error(request, error.text)
        file, told = jobs.open_as_received(job), None
    if told is not None and "guess" in told:
        remembered.forget(job, file)
        return redirect("customers:import_map", job.pk)
    form = MappingForm(told, file, read_mapping(job.kind, job.mapping), job.target)
    redraw = told is not None and ("redraw" in told or form.is_new_header)
    if told is not None and not redraw and (mapping := form.accept()) is not None:
        job.shape = remembered.shape_of(file.header)
        jobs.ask_for_check(job, mapping)
        hand_over(tasks.check_import, job)
        return redirect("customers:import_check", job.pk)
    context = {"job": job, "form": form, "rows": form.rows(), "step": 2}
    context |= {"as_before": remembered.followed(job, file), "target": targets.in_words(job)}
    context["origin"] = remembered.origin_of(job.kind, file)
    if redraw:
        form.is_valid()
        template = "customers/import_map.html#columns"
        if wants_fragment(request):
            return render(request, template, context | {"oob": True})
        return render(request, "customers/import_map.html", context)
    status = 422 if form.is_bound else 200
    return render(request, "customers/import_map.html", context, status=status)


@require_GET
@requires(Capability.EDIT_CONTACTS)
def import_check(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the import would do, line by line where something is wrong."""
    job = get_object_or_404(ImportJob, pk=pk)
    if job.state not in (State.CHECKING, State.CHECKED):
        return redirect(where(job))
    report = Report.from_json(job.check_report)
    context = _progress(job)
    context |= _in_words(job, report)
    context |= {
        "accepted": report.rows - report.rejected,
        "nobody_reachable": _nobody_reachable(job, report),
        "step": 3,
    }
    return render(request, "customers/import_check.html", context)


@require_POST
@requires(Capability.EDIT_CONTACTS)
def import_run(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Set a checked import going; a second click changes nothing."""
    job = get_object_or_404(ImportJob, pk=pk)
    if jobs.ask_for_import(job):
        audit.record(member_of(request), "customers.imported", job=job.pk, rows=job.rows)
        hand_over(tasks.run_import, job)
        job.refresh_from_db()
    return redirect(where(job))


@require_GET
@requires(Capability.EDIT_CONTACTS)
def import_progress(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far the check or the import is: a page, and its bar asked for each second."""
    job = get_object_or_404(ImportJob.objects.defer("check_report"), pk=pk)
    context = _progress(job)
    if wants_fragment(request):
        if not job.is_under_way:
            return HttpResponseClientRedirect(where(job))
        return render(request, "customers/import_progress.html#bar", context)
    if job.state not in (State.QUEUED, State.RUNNING, State.UNDOING):
        return redirect(where(job))
    return render(request, "customers/import_progress.html", context | {"step": 4})


@require_GET
@requires(Capability.EDIT_CONTACTS)
def import_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What an import did, or why it could not."""
    job = get_object_or_404(ImportJob.objects.select_related("created_by"), pk=pk)
    if job.state not in (State.DONE, State.FAILED, State.CANCELLED, State.UNDONE):
        return redirect(where(job))
    report = Report.from_json(job.report)
    context = _in_words(job, report) | {
        "job": job,
        "has_rejected_file": jobs.rejected_path(job) is not None,
        "can_undo": running.can_undo(job),
        "until": running.last_day(job),
        "undone": telling.undone_in_words(job.undo_report),
        "nobody_reachable": job.state == State.DONE
        and _nobody_reachable(job, Report.from_json(job.check_report)),
        "step": 5,
    }
    return render(request, "customers/import_report.html", context)


@require_GET
@requires(Capability.EXPORT_CONTACTS)
def import_rejected(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rejected lines as a file to mend and import again."""
    job = get_object_or_404(ImportJob, pk=pk)
    if erasure.with_files_to_clean():
        return _wait_for_cleaning(request)
    path = jobs.rejected_path(job)
    if path is None:
        raise Http404
    audit.record(member_of(request), "customers.rejected_lines_exported", job=job.pk)
    stem = job.file_name.rsplit(".", 1)[0]
    name = _("%(file)s - rejected lines") % {"file": stem} + path.suffix
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _wait_for_cleaning(request: HttpRequest) -> HttpResponseBase:
    """No file is shown that may still name someone who was just erased."""
    messages.info(
        request,
        _("Someone was just erased, and the files kept are being cleaned: try again in a minute."),
    )
    return redirect("customers:imports")


def where(job: ImportJob) -> str:
    """The address of the step a job is at."""
    return reverse(_STEP[State(job.state)], args=[job.pk])


def hand_over(task: Any, job: ImportJob) -> None:
    """Tell a worker; where the broker is away, the tick finds the job in the table."""

    def tell() -> None:
        try:
            task.delay(job.pk)
        except BrokerAway:
            jobs.log.warning("import left to the tick", job=job.pk)

    transaction.on_commit(tell)


def _progress(job: ImportJob) -> dict[str, Any]:
    """The bar's figures: lines done, a rate and an estimate once there is one."""
    now = timezone.now()
    seconds = (now - job.started_at).total_seconds() if job.started_at else 0.0
    done, total = job.position, job.rows
    if job.state == State.UNDOING:
        total = job.undo_report.get("total", 0)
        done = total - job.changes.count()
    rate = done / seconds if done > 0 and seconds > 0.5 else None
    left = max(total - done, 0)
    return {
        "job": job,
        "report": Report.from_json(job.report),
        "done": done,
        "total": total,
        "rate": rate,
        "eta": left / rate if rate and left else None,
        "stalled": job.leased_until is None and seconds > 15,
    }


def _in_words(job: ImportJob, report: Report) -> dict[str, Any]:
    """What a check found, or an import did, as the pages tell it."""
    return {
        "report": report,
        "reasons": telling.reason_rows(report),
        "warnings": telling.warning_rows(report),
        "consents": telling.consent_rows(report),
        "changed_fields": telling.field_rows(report, _fields(job)) if report.fields else [],
    }


def _fields(job: ImportJob) -> dict[str, Field]:
    try:
        return read_mapping(job.kind, job.mapping).fields()
    except SpreadsheetError:
        # An attribute was given another type since: its key will do.
        return {}


def _nobody_reachable(job: ImportJob, checked: Report) -> bool:
    """Whether a file of people leaves none of them to write to."""
    is_about_people = job.kind == ImportJob.Kind.CUSTOMERS and checked.rows > checked.rejected
    return is_about_people and not any(checked.reachable.values())
