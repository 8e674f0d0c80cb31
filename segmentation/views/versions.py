"""The versions of a segment's rule: listed, compared, and put back in force."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import audit
from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from segmentation import answers, comings, drafts, editing, tasks, versions
from segmentation.catalogue import load_catalogue
from segmentation.comparing import compare
from segmentation.describe import explain
from segmentation.models import RuleVersion, Segment
from segmentation.rules import RuleError

PER_PAGE = 20


@requires(Capability.SEE_FIGURES)
@require_GET
def listed(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version of a segment's rule, the latest first."""
    segment = _dynamic(pk)
    page = Paginator(versions.of(segment), PER_PAGE).get_page(request.GET.get("page"))
    told = versions.in_words(segment, list(page.object_list), load_catalogue())
    context = {"segment": segment, "page": page, "versions": told}
    return render(request, "segmentation/versions.html", context)


@requires(Capability.SEE_FIGURES)
@require_GET
def compared(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions side by side: `de` and `a` are their numbers, by default the last two."""
    segment = _dynamic(pk)
    later = _numbered(segment, request.GET.get("a"), segment.version)
    earlier = _numbered(segment, request.GET.get("de"), later.number - 1)
    if earlier.number > later.number:
        earlier, later = later, earlier
    context = {
        "segment": segment,
        "earlier": earlier,
        "later": later,
        "rules": compare(earlier.rule, later.rule, load_catalogue()),
    }
    return render(request, "segmentation/versions_compared.html", context)


@requires(Capability.EDIT_SEGMENTS)
@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Put an earlier rule back in force, as a new version, once its effect was seen."""
    segment = _dynamic(pk)
    version = get_object_or_404(RuleVersion, segment=segment, number=number)
    if version.rule == segment.rule:
        messages.info(request, _("This is the rule in force already."))
        return redirect("segmentation:versions", pk=pk)
    problem, status = "", 200
    if request.method == "POST":
        problem = _restored(request, segment, version)
        if not problem:
            return redirect("segmentation:detail", pk=pk)
        segment.refresh_from_db()
        status = 422
    context = {
        "segment": segment,
        "version": version,
        "problem": problem,
        "moved": comings.numbers(segment.rule, version.rule),
        "rules": compare(segment.rule, version.rule, load_catalogue()),
    }
    return render(request, "segmentation/version_restore.html", context, status=status)


def _restored(request: HttpRequest, segment: Segment, version: RuleVersion) -> str:
    """Put the version back in force; why that cannot be done, or ''."""
    edition = drafts.instant(request.POST.get("edition", ""))
    try:
        answers.check(version.rule, own=segment.pk)
        editing.change(
            segment,
            edition or segment.updated_at,
            name=segment.name,
            description=segment.description,
            rule=version.rule,
            by=member_of(request),
            restored=version.number,
        )
    except editing.Conflict:
        return _("Someone saved another version meanwhile: look again at what would change.")
    except RuleError as refused:
        return " ".join(explain(problem) for problem in refused.problems)
    audit.record(
        member_of(request),
        "segment.restored",
        segment=segment.pk,
        version=segment.version,
        restored=version.number,
    )
    tasks.ask_for_refresh()
    told = {"number": version.number}
    messages.success(request, _("The rule of version %(number)s is in force again.") % told)
    return ""


def _dynamic(pk: int) -> Segment:
    return get_object_or_404(Segment, pk=pk, kind=Segment.Kind.DYNAMIC)


def _numbered(segment: Segment, asked: str | None, default: int) -> RuleVersion:
    text = asked or ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default
    found = versions.of(segment).filter(number=number).first()
    if found is None:
        raise Http404(_("This segment has no version %(number)s.") % {"number": number})
    return found
