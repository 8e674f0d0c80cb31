"""One's own account: profile, language, and the list of settings pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import public, requires
from accounts.forms import ProfileForm
from accounts.roles import Capability
from accounts.settings_pages import pages_for
from accounts.signed_in import member_of


@require_GET
@requires(Capability.SEE_FIGURES)
def settings_home(request: HttpRequest) -> HttpResponse:
    """Show every settings page this member may open."""
    return render(request, "accounts/settings.html", {"pages": pages_for(request.user)})


@require_http_methods(["GET", "POST"])
@requires(Capability.SEE_FIGURES)
def profile(request: HttpRequest) -> HttpResponseBase:
    """Change one's own name and language."""
    form = ProfileForm(request.POST or None, instance=member_of(request))
    if request.method == "POST" and form.is_valid():
        member = form.save()
        if member.language:
            translation.activate(member.language)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/profile.html", {"form": form}, status=status)


@require_POST
@public
def language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language: in the profile of a member, in a cookie for everyone."""
    wanted = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = redirect(target)
    if wanted not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        member = member_of(request)
        member.language = wanted
        member.save(update_fields=["language"])
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
