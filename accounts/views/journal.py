"""The journal of exports and decisions: who did what, when, and in how many."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET

from accounts import journal
from accounts.access import requires
from accounts.models import AuditEntry, User
from accounts.roles import Capability

PER_PAGE = 50
MOST_COUNTED = 5000


@require_GET
@requires(Capability.MANAGE_SETTINGS)
def decisions(request: HttpRequest) -> HttpResponseBase:
    """A page of the trail, latest first."""
    members = list(User.objects.order_by("name", "email"))
    actions = journal.named()
    action = request.GET.get("action", "")
    action = action if action in dict(actions) else ""
    asked = request.GET.get("membre", "")
    member = next((each for each in members if str(each.pk) == asked), None)
    found = journal.entries(action=action, member=member.pk if member else None)
    page = _Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page_obj": page,
        "lines": journal.lines(list(page.object_list)),
        "actions": actions,
        "action": action,
        "members": members,
        "member": member,
    }
    return render(request, "accounts/journal.html", context)


class _Pages(Paginator[AuditEntry]):
    """Pages over the latest decisions; older ones are found by a filter."""

    @cached_property
    def count(self) -> int:
        found: Any = self.object_list
        return int(found.order_by()[:MOST_COUNTED].count())
