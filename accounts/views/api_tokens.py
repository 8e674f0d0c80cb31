"""The settings page of API tokens: make one, see when each was used, revoke."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import scopes as api_scopes
from accounts import tokens as api_tokens
from accounts.access import requires
from accounts.forms import ApiTokenForm
from accounts.models import ApiToken
from accounts.roles import Capability
from accounts.signed_in import member_of


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def tokens(request: HttpRequest) -> HttpResponseBase:
    """List the tokens and add one; its text is in this one answer and nowhere else."""
    form = ApiTokenForm(request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        _token, made = api_tokens.create(
            member_of(request), told["name"], told["scopes"], form.expires_at
        )
        form = ApiTokenForm()
    rows = [
        {"token": token, "scopes": api_scopes.labels_of(token.scopes), "live": is_live}
        for token in ApiToken.objects.select_related("created_by")
        if (is_live := api_tokens.is_live(token)) or token.revoked_at is None
    ]
    ended = ApiToken.objects.exclude(revoked_at=None).count()
    context = {"form": form, "made": made, "rows": rows, "ended": ended}
    return render(request, "accounts/api_tokens.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Capability.MANAGE_SETTINGS)
def token_revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Revoke a token."""
    token = get_object_or_404(ApiToken, pk=pk)
    api_tokens.revoke(member_of(request), token)
    messages.success(request, _("“%(name)s” no longer opens anything.") % {"name": token.name})
    return redirect("accounts:api_tokens")
