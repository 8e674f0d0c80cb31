"""The door of every view: `@requires(capability)` or `@public`, and nothing else.

Each view carries its mark in `access`; a test walks the URLconf and refuses a view without one.
A person who is not signed in is led to the sign-in page and back; a person whose role lacks the
capability reads which role is needed and whom to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final
from urllib.parse import urlsplit

from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from accounts.roles import ADMINISTRATOR, ROLE_LABEL, Capability, role_can, roles_with

View = Callable[Concatenate[HttpRequest, ...], HttpResponseBase]
PUBLIC: Final = "public"


def can(user: Any, capability: Capability) -> bool:
    """Say whether `user` (signed in, active) has `capability`."""
    if not (user.is_authenticated and user.is_active):
        return False
    return role_can(str(user.role), capability)


def requires(capability: Capability) -> Callable[[View], View]:
    """Let a view answer only people whose role carries `capability`."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if not can(request.user, capability):
                return refuse(request, capability)
            return view(request, *args, **kwargs)

        guarded.access = capability  # type: ignore[attr-defined]
        return guarded

    return mark


def public(view: View) -> View:
    """Say in so many words that a view answers people who are not signed in."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    marked.access = PUBLIC  # type: ignore[attr-defined]
    return marked


def refuse(request: HttpRequest, capability: Capability) -> HttpResponse:
    """Answer 403 with a page (or, for a fragment, a toast) that says which role is needed."""
    roles = roles_with(capability)
    if getattr(request, "htmx", False):
        text = _("Your role does not allow this. Ask an administrator of your team.")
        response = HttpResponse(text, status=403, content_type="text/plain; charset=utf-8")
        return trigger_client_event(response, "toast", {"text": text, "level": "error"})
    administrators = get_user_model().objects.filter(role=ADMINISTRATOR, is_active=True)
    context = {
        "needed": [ROLE_LABEL[role] for role in roles],
        "own_role": ROLE_LABEL.get(str(getattr(request.user, "role", "")), ""),
        "administrators": administrators.order_by("pk")[:5],
    }
    return render(request, "403.html", context, status=403)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Lead to the sign-in page and back; a fragment leads back to the page that asked for it."""
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return redirect_to_login(request.get_full_path())
    current = urlsplit(str(htmx.current_url_abs_path or "/"))
    target = redirect_to_login(current.geturl())
    return HttpResponseClientRedirect(resolve_url(target.url))
