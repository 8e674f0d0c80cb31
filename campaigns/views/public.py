"""Pages without sign-in that links in messages lead to: the redirect, and unsubscribing."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttle
from accounts.access import public
from accounts.models import Installation
from campaigns import tokens, tracking
from campaigns import unsubscribe as leaving

_CLICKS_A_MINUTE: Final = 120
_WORDS_A_MINUTE: Final = 20


def _private(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of caches, search engines and other sites' logs."""
    patch_cache_control(response, no_store=True, private=True)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(request: HttpRequest, step: str, status: int = 200, choices: str = "") -> HttpResponse:
    context = {"step": step, "shop": Installation.load().shop_name, "choices": choices}
    return _private(render(request, "campaigns/unsubscribe.html", context, status=status))


@public
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """Lead on to the page a link was made for, and count the click."""
    if tokens.read_click(token) is None:
        # Said before anything is counted: made-up tokens must not fill the cache.
        return _page(request, "unknown", 404)
    # Beyond a reader's pace it still leads on, as a machine's click.
    hurried = not throttle.allows("click", token, _CLICKS_A_MINUTE)
    machine = hurried or tracking.is_machine(request.method or "", request.headers)
    url = tracking.follow(token, machine=machine)
    if url is None:
        return _page(request, "unknown", 404)
    response = HttpResponse(status=302)
    response["Location"] = url
    return _private(response)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing; POST, from it or from a mail program, acts."""
    recipient = leaving.recipient_of(token)
    if recipient is None:
        return _page(request, "unknown", 404)
    if not recipient.address_hash:
        return _page(request, "gone")
    choices = recipient.preferences_url
    if request.method != "POST":
        return _page(request, "already" if recipient.has_left else "ask", choices=choices)
    if not throttle.allows("unsubscribe", token, _WORDS_A_MINUTE):
        return throttle.wait(_page(request, "slow", 429))
    leaving.unsubscribe(recipient)
    return _page(request, "done", choices=choices)


@public
@require_safe
def unsubscribe_sample(request: HttpRequest) -> HttpResponse:
    """Where the link of a test message leads: it says what the real one would do."""
    return _page(request, "sample")
