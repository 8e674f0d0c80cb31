"""The team page: who is in it, in which role; add, change, close and open again."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPException

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import invitation, team
from accounts.access import requires
from accounts.forms import MemberForm
from accounts.models import User
from accounts.roles import ROLE_LABEL, ROLE_SUMMARY, Capability
from accounts.signed_in import member_of

SESSION_LINK = "invitation_link"


@require_GET
@requires(Capability.MANAGE_TEAM)
def members(request: HttpRequest) -> HttpResponse:
    """List the team."""
    context = {
        "members": User.objects.order_by("-is_active", "name", "email"),
        "roles": User.Role.choices,
        "explained": [(ROLE_LABEL[key], ROLE_SUMMARY[key]) for key in ROLE_LABEL],
        "invited": request.session.pop(SESSION_LINK, None),
    }
    return render(request, "accounts/team.html", context)


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_TEAM)
def add(request: HttpRequest) -> HttpResponseBase:
    """Add a member and invite them to choose a password."""
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member = team.add_member(member_of(request), **form.cleaned_data)
        _invite(request, member)
        return redirect("accounts:team")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/member_add.html", {"form": form}, status=status)


@require_POST
@requires(Capability.MANAGE_TEAM)
def invite(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a member a new link by which they choose a password."""
    _invite(request, get_object_or_404(User, pk=pk, is_active=True, is_demo=False))
    return redirect("accounts:team")


@require_POST
@requires(Capability.MANAGE_TEAM)
def role(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change a member's role."""
    wanted = request.POST.get("role", "")
    if wanted not in User.Role.values:
        messages.error(request, _("This role does not exist."))
        return redirect("accounts:team")
    return _change(
        request,
        pk,
        lambda by: team.change_role(by, pk, wanted),
        _("%(name)s is now: %(role)s."),
    )


@require_POST
@requires(Capability.MANAGE_TEAM)
def deactivate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close a member's access."""
    return _change(
        request,
        pk,
        lambda by: team.deactivate(by, pk),
        _("%(name)s can no longer sign in."),
    )


@require_POST
@requires(Capability.MANAGE_TEAM)
def reactivate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Open a former member's access again."""
    return _change(
        request,
        pk,
        lambda by: team.reactivate(by, pk),
        _("%(name)s can sign in again."),
    )


def _change(
    request: HttpRequest, pk: int, change: Callable[[User], User], told: str
) -> HttpResponseBase:
    """Make one change to a member of the team and say what became of it."""
    get_object_or_404(User, pk=pk)
    try:
        member = change(member_of(request))
    except team.LastAdministrator:
        messages.error(
            request,
            _("The team needs an administrator: make someone else administrator first."),
        )
    else:
        label = User.Role(member.role).label
        messages.success(request, told % {"name": member, "role": label})
    return redirect("accounts:team")


def _invite(request: HttpRequest, member: User) -> None:
    """Send the invitation; the link is shown as well, since no mail server may be configured."""
    try:
        address = invitation.send(request, member)
    except (OSError, SMTPException):
        address = invitation.link(request, member)
        messages.warning(request, _("The invitation could not be sent: pass the link on yourself."))
    request.session[SESSION_LINK] = {"link": address, "name": str(member)}
