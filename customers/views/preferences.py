"""The public page where a person chooses what they receive, by the link in a message."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import check_for_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import throttle
from accounts.access import public
from customers import preferences
from customers.consent import ConsentRefused
from customers.forms.signup_page import PreferencesForm
from customers.preferences import Visitor

_CHANGES_A_MINUTE: Final = 20


@csrf_exempt  # The link is the authority: no cookie is read, as in customers.views.signup.
@public
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what is chosen now; POST changes it, or says no to everything."""
    visitor = preferences.visitor_of(token)
    if visitor is None:
        return _page(request, 404)
    language = visitor.customer.language
    known = language in dict(settings.LANGUAGES) and check_for_language(language)
    with override(language if known else settings.LANGUAGE_CODE):
        if request.method != "POST":
            return _show(request, visitor, _form(visitor))
        if not throttle.allows("preferences", token, _CHANGES_A_MINUTE):
            return throttle.wait(_page(request, 429, slow=True))
        return _change(request, visitor)


def _change(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    if "leave" in request.POST:
        preferences.leave_all(visitor)
        return HttpResponseRedirect(f"{request.path}?fait=tout", status=303)
    form = _form(visitor, request.POST)
    if not form.is_valid():
        return _show(request, visitor, form, 422)
    try:
        preferences.choose(visitor, **form.chosen())
    except ConsentRefused as refused:
        form.add_error(None, str(refused))
        return _show(request, visitor, form, 422)
    return HttpResponseRedirect(f"{request.path}?fait=1", status=303)


def _form(visitor: Visitor, *data: Any) -> PreferencesForm:
    customer = visitor.customer
    choices, topics = preferences.choices_of(visitor), preferences.topics_for(customer)
    return PreferencesForm(customer, choices, topics, *data)


def _show(
    request: HttpRequest, visitor: Visitor, form: PreferencesForm, status: int = 200
) -> HttpResponse:
    done = request.GET.get("fait", "") if status == 200 else ""
    return _page(request, status, form=form, done=done, visitor=visitor)


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    context |= {"shop": preferences.shop_name()}
    response = render(request, "customers/signup/preferences.html", context, status=status)
    patch_cache_control(response, no_store=True, private=True)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
