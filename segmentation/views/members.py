"""Who is in a segment by name, and who came and went."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.fragments import wants_fragment
from accounts.roles import Capability
from segmentation import life, listing, lists
from segmentation.forms_lists import PasteForm
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.pages import KnownLength

PER_PAGE = 50


@requires(Capability.SEE_CONTACTS)
@require_GET
def members(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in the segment, those who entered last first."""
    return members_page(request, get_object_or_404(Segment, pk=pk))


def members_page(
    request: HttpRequest,
    segment: Segment,
    *,
    paste: PasteForm | None = None,
    found: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page of members; `paste` is what stands in a list's box, `found` what became of it."""
    listed = (
        Membership.objects.filter(segment=segment)
        .select_related("customer")
        .order_by("-entered_at", "-pk")
    )
    # A list is changed by hand: its page counts what is there, not what the last refresh found.
    by_hand = segment.kind == Segment.Kind.STATIC
    pages = KnownLength[Membership](listed, PER_PAGE, known=None if by_hand else segment.size)
    context = {
        "segment": segment,
        "page": pages.get_page(request.GET.get("page")),
        "row": listing.rows([segment])[0],
        "by_hand": by_hand and not segment.archived_at,
        "waiting": lists.waiting(segment),
        "paste": paste or PasteForm(named=False),
        "found": found,
    }
    part = "#rows" if wants_fragment(request) else ""
    return render(request, f"segmentation/members.html{part}", context, status=status)


@requires(Capability.SEE_CONTACTS)
@require_GET
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who entered and left, and why, the latest first; a page goes on from the last line seen."""
    segment = get_object_or_404(Segment, pk=pk)
    kind = request.GET.get("sens", "")
    day = _day(request.GET.get("jour", ""))
    lines = life.changes(segment, kind, day)
    after = request.GET.get("suite", "")
    going_on = after.isascii() and after.isdigit() and len(after) < 19
    if going_on:
        lines = life.older_than(lines, int(after))
    shown = list(lines[: PER_PAGE + 1])
    context = {
        "segment": segment,
        "row": listing.rows([segment])[0],
        "lines": [(line, life.why(line, segment)) for line in shown[:PER_PAGE]],
        "following": shown[PER_PAGE - 1].pk if len(shown) > PER_PAGE else None,
        "going_on": going_on,
        "kind": kind if kind in MembershipChange.Kind.values else "",
        "day": day,
    }
    return render(request, "segmentation/history.html", context)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
