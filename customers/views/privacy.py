"""Retention and the register: who is kept for too long, what is done with data, for how long."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect
from kombu.exceptions import OperationalError as BrokerAway

from accounts import audit
from accounts.access import can, requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from accounts.signed_in import member_of
from accounts.templatetags.figures import number
from customers import tasks
from customers.exports import download, tables
from customers.forms.rights import ControllerForm, RetentionForm
from customers.models import PrivacySettings, Purge
from customers.rights import register, retention

SAMPLE = 20


@require_GET
@requires(Capability.EDIT_CONTACTS)
def inactive(request: HttpRequest) -> HttpResponseBase:
    """Show who is proposed to be purged, how many, and what past purges did.

    Who they are comes by itself once the page is there, or by its link: of a million people each
    is looked for in all that may have happened since, and that takes seconds.
    """
    since = retention.limit()
    context = {
        "since": since,
        "years": PrivacySettings.load().retention_years,
        "under_way": Purge.objects.filter(state=Purge.State.RUNNING).first(),
    }
    fragment = wants_fragment(request)
    if fragment or "liste" in request.GET:
        people = retention.proposed(since)
        total = people.count()
        context |= {"total": total, "sample": people.order_by("pk")[:SAMPLE] if total else []}
    if fragment:
        return render(request, "customers/retention.html#found", context)
    context |= {
        "form": RetentionForm(instance=PrivacySettings.load()),
        "purges": Purge.objects.select_related("decided_by")[:20],
        "may_set": can(request.user, Capability.MANAGE_SETTINGS),
    }
    return render(request, "customers/retention.html", context)


@require_GET
@requires(Capability.EDIT_CONTACTS)
def purge_progress(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say how far a purge is; as a fragment, until it is done: the whole page is another then."""
    purge = get_object_or_404(Purge, pk=pk)
    if not wants_fragment(request):
        return redirect("customers:retention")
    if purge.state != Purge.State.RUNNING:
        messages.success(request, _("The purge is done."))
        return HttpResponseClientRedirect(reverse("customers:retention"))
    return render(request, "customers/retention.html#progress", {"under_way": purge})


@require_POST
@requires(Capability.MANAGE_SETTINGS)
def retention_settings(request: HttpRequest) -> HttpResponseBase:
    """Change how long people are kept."""
    form = RetentionForm(request.POST, instance=PrivacySettings.load())
    if form.is_valid():
        form.save()
        years = form.cleaned_data["retention_years"]
        audit.record(member_of(request), "privacy.retention_changed", years=years)
        messages.success(request, _("Kept. The list follows."))
    else:
        messages.error(request, " ".join(map(str, form.errors["retention_years"])))
    return redirect("customers:retention")


@require_POST
@requires(Capability.EXPORT_CONTACTS)
def inactive_export(request: HttpRequest) -> HttpResponseBase:
    """Download who is proposed, as CSV, before deciding."""
    since = retention.limit()
    people = retention.proposed(since)
    table = tables.known(tables.PEOPLE)
    assert table is not None
    name = _("inactive-since-%(day)s") % {"day": since.isoformat()}
    return download.response(
        replace(table, key="inactive", file_name=name),
        people,
        file_format=download.CSV,
        by=member_of(request),
    )


@require_POST
@requires(Capability.EDIT_CONTACTS)
def purge(request: HttpRequest) -> HttpResponseBase:
    """Decide the purge of who is proposed, where that is still as many as was shown."""
    since = retention.limit()
    shown = request.POST.get("people", "") if request.POST.get("since") == since.isoformat() else ""
    try:
        decided = retention.decide(since, by=member_of(request), shown=shown)
    except retention.ListChanged:
        messages.warning(request, _("The list has changed since: look again before deciding."))
        return redirect("customers:retention")
    except retention.NothingToPurge:
        messages.warning(request, _("There is nothing to purge, or a purge is under way."))
        return redirect("customers:retention")
    _hand_over(decided)
    said = ngettext(
        "The purge of %(n)s person has begun.",
        "The purge of %(n)s people has begun.",
        decided.people,
    )
    messages.success(request, said % {"n": number(decided.people)})
    return redirect("customers:retention")


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def processing_register(request: HttpRequest) -> HttpResponseBase:
    """Show the register of processing, and say who answers for it."""
    privacy = PrivacySettings.load()
    form = ControllerForm(request.POST or None, instance=privacy)
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.record(
            member_of(request), "privacy.controller_changed", fields=sorted(form.changed_data)
        )
        messages.success(request, _("Kept."))
        return redirect("customers:register")
    context = _register(form)
    return render(request, "customers/register.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(Capability.MANAGE_SETTINGS)
def register_download(request: HttpRequest, form: str) -> HttpResponseBase:
    """Download the register as one page to read and print, or as a table."""
    day = timezone.localdate().isoformat()
    if form == "csv":
        response = HttpResponse(register.as_csv(), content_type="text/csv; charset=utf-8")
    else:
        response = render(request, "customers/register_file.html", _register(None))
        form = "html"
    name = _("register-%(day)s") % {"day": day}
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


def _hand_over(purge: Purge) -> None:
    """Tell a worker; where the broker is away, the tick finds the purge in the table."""
    try:
        tasks.run_purge.delay(purge.pk)
    except BrokerAway:
        retention.log.warning("purge_left_to_the_tick", purge=purge.pk)


def _register(form: ControllerForm | None) -> dict[str, object]:
    labels = register.labels()
    activities = [
        (each, [(labels[column], getattr(each, column)) for column in register.COLUMNS])
        for each in register.activities()
    ]
    return {
        "form": form,
        "controller": register.controller(PrivacySettings.load()),
        "activities": activities,
        "measures": register.measures(),
        "today": timezone.localdate(),
    }
