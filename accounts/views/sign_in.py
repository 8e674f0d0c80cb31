"""Sign-in: allauth's own views behind our door, and the demo's one-click sign-in.

Only the addresses below exist: what allauth offers besides (open sign-up, e-mail management,
codes) is not wired.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit, demo_access
from accounts.access import public, requires
from accounts.models import User
from accounts.roles import ROLE_LABEL, ROLE_SUMMARY, Capability
from accounts.signed_in import member_of

logout = public(allauth.logout)
inactive = public(allauth.account_inactive)
signup = public(allauth.signup)
reauthenticate = requires(Capability.SEE_FIGURES)(allauth.reauthenticate)
password_reset = public(allauth.password_reset)
password_reset_done = public(allauth.password_reset_done)
password_reset_from_key = public(allauth.password_reset_from_key)
password_reset_from_key_done = public(allauth.password_reset_from_key_done)


class SignIn(allauth.LoginView):
    """allauth's sign-in, with the demo's buttons beside it while they may work."""

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.fields["login"].label = _("E-mail address")
        form.fields["password"].help_text = ""
        for field in form.fields.values():
            field.widget.attrs.pop("placeholder", None)
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if demo_access.is_open(self.request):
            context["demo"] = [
                {"role": role, "label": label, "summary": ROLE_SUMMARY[role], "person": person}
                for role, label in ROLE_LABEL.items()
                if (person := demo_access.person(role))
            ]
        return context


sign_in = public(SignIn.as_view())


@requires(Capability.SEE_FIGURES)
def password_change(request: HttpRequest) -> HttpResponseBase:
    """Change one's password; the demo's accounts have none and get none."""
    if member_of(request).is_demo:
        messages.warning(request, _("Demo accounts have no password."))
        return redirect("accounts:profile")
    return allauth.password_change(request)


@requires(Capability.SEE_FIGURES)
def password_set(request: HttpRequest) -> HttpResponseBase:
    """Choose a first password while signed in."""
    if member_of(request).is_demo:
        messages.warning(request, _("Demo accounts have no password."))
        return redirect("accounts:profile")
    return allauth.password_set(request)


@require_POST
@public
def demo(request: HttpRequest) -> HttpResponseBase:
    """Sign in to the demo account of a role; where the demo is not open there is no such page."""
    if not demo_access.is_open(request):
        raise Http404
    role = request.POST.get("role", "")
    user = demo_access.person(role) if role in User.Role.values else None
    if user is None:
        raise Http404
    start_session(request, user, backend="django.contrib.auth.backends.ModelBackend")
    audit.record(user, "demo_sign_in", role=role)
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    return redirect(target)
