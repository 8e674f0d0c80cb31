"""The public pages of sign-up forms: the form itself, what comes next, and the confirmation.

They read and set no cookie, so that they work inside other sites; see customers.signup.stamp for
why that is sound. Whatever is typed, the answer never tells whether we know the person.
"""

from __future__ import annotations

from typing import Final

import structlog
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from kombu.exceptions import OperationalError as BrokerAway

from accounts import throttle
from accounts.access import public
from accounts.models import Installation
from customers import preferences, tasks
from customers.consent import address_of
from customers.forms.signup_page import TRAP, CodeForm, SignupPageForm
from customers.models import Channel, Signup, SignupForm
from customers.signup import arriving, confirming, receiving, sending, stamp
from customers.signup.confirming import Code, Link
from customers.views.framing import may_be_framed

_ANSWERS_A_MINUTE: Final = 10
_CODES_A_MINUTE: Final = 20
_PRESSES_A_MINUTE: Final = 20
log = structlog.get_logger(__name__)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a form and take its answers."""
    asked = get_object_or_404(SignupForm, slug=slug)
    with override(asked.language):
        if not asked.is_open:
            return _page(request, asked, "closed", 410)
        if request.method == "POST":
            return _take(request, asked)
        return _form_page(request, asked, SignupPageForm(asked))


def _form_page(
    request: HttpRequest, asked: SignupForm, form: SignupPageForm, problem: str = ""
) -> HttpResponse:
    seen = stamp.source_of(request.POST.get("stamp", ""))
    source = seen or request.GET.get("page") or request.headers.get("referer", "")
    fresh = stamp.stamp(asked, source)
    context = {"form": form, "stamp": fresh, "trap": TRAP, "problem": problem}
    status = 422 if problem or form.is_bound else 200
    return _page(request, asked, "ask", status, **context)


def _take(request: HttpRequest, asked: SignupForm) -> HttpResponse:
    form = SignupPageForm(asked, request.POST)
    if not throttle.allows("signup", throttle.caller(request), _ANSWERS_A_MINUTE):
        return throttle.wait(_page(request, asked, "slow", 429))
    if request.POST.get(TRAP):
        # Told apart by nothing from an answer that was kept.
        return _onwards(request, 0)
    try:
        shown = stamp.read(request.POST.get("stamp", ""), asked)
    except stamp.TooFast:
        problem = _("That was very quick. Read it once more and send it again.")
        return _form_page(request, asked, form, problem)
    except stamp.StampError:
        problem = _(
            "This page was open for long, or has changed since. Check it and send it again."
        )
        return _form_page(request, asked, form, problem)
    if not form.is_valid():
        return _form_page(request, asked, form)
    try:
        signup = receiving.receive(asked, form.answer(shown.source_page))
    except receiving.TooMany:
        return throttle.wait(_page(request, asked, "often", 429), 60 * throttle.MINUTE)
    hand_over(signup)
    return _onwards(request, signup.pk)


def hand_over(signup: Signup) -> None:
    """Have the confirmations sent; where the broker is away, the tick finds them in the table."""

    def tell() -> None:
        try:
            tasks.send_confirmations.delay(signup.pk)
        except BrokerAway:
            log.warning("confirmation left to the tick", signup=signup.pk)

    transaction.on_commit(tell)


def _onwards(request: HttpRequest, signup_id: int) -> HttpResponse:
    url = reverse("customers:signup_next", args=[confirming.step_token(signup_id)])
    return HttpResponseRedirect(url + ("?embed=1" if _embedded(request) else ""), status=303)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def next_step(request: HttpRequest, token: str) -> HttpResponse:
    """After an answer: thanks, or what the person does to confirm."""
    ours, signup = confirming.signup_of_step(token)
    if not ours:
        raise Http404
    if signup is None:
        return _page(request, None, "sent")
    with override(signup.form.language):
        if request.method == "POST":
            return _code(request, signup)
        return _next(request, signup)


def _next(
    request: HttpRequest,
    signup: Signup,
    code: CodeForm | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    awaited = signup.answers.get("to_prove", []) if signup.form.double_opt_in else []
    by_email = Channel.EMAIL in awaited and signup.email_confirmed_at is None
    by_code = sending.asks_code(signup) and signup.sms_confirmed_at is None
    context = {
        "signup": signup,
        "by_email": by_email,
        "by_code": by_code,
        "code": code or CodeForm(),
        "said": said,
        "another": signup.codes_sent < sending.MOST_CODES,
        "minutes": int(sending.CODE_LASTS.total_seconds() // 60),
    }
    step = "wait" if by_email or by_code else "thanks"
    return _page(request, signup.form, step, status, **context)


def _code(request: HttpRequest, signup: Signup) -> HttpResponse:
    if not throttle.allows("signup-code", str(signup.pk), _CODES_A_MINUTE):
        return throttle.wait(_page(request, signup.form, "slow", 429))
    if not sending.asks_code(signup):
        return _next(request, signup)
    if "again" in request.POST:
        if not confirming.ask_again(signup):
            return _next(request, signup, said=_("Enough codes were sent. Sign up again later."))
        hand_over(signup)
        return _onwards(request, signup.pk)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _next(request, signup, form, status=422)
    outcome = confirming.by_code(signup, form.cleaned_data["code"])
    if outcome is Code.RIGHT:
        return _onwards(request, signup.pk)
    if outcome is Code.WRONG:
        form.add_error("code", _("This is not the code. Check the message."))
    else:
        form.add_error("code", _("This code no longer works. Ask for another."))
    return _next(request, signup, form, status=422)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing, since mail programs open links; POST confirms."""
    if request.method == "POST":
        if not throttle.allows("signup-confirm", token, _PRESSES_A_MINUTE):
            return throttle.wait(_page(request, None, "slow", 429))
        state, signup, channel = confirming.by_link(token)
    else:
        state, signup, channel = confirming.look(token)
    if signup is None:
        return _page(request, None, "unknown", 404)
    with override(signup.form.language):
        if state is Link.READY:
            return _page(request, signup.form, "confirm")
        if state is Link.DONE:
            return _page(request, signup.form, "thanks", choices=_preferences(signup, channel))
        return _page(request, signup.form, "expired", 410)


def _preferences(signup: Signup, channel: str) -> str:
    """Where whoever holds the link chooses; '' where the person has another address by now."""
    person, proven = signup.customer, arriving.address(signup, channel)
    if person is None or not proven or address_of(person, channel) != proven:
        return ""
    return preferences.url(person, channel)


def _embedded(request: HttpRequest) -> bool:
    return request.GET.get("embed") == "1"


def _page(
    request: HttpRequest, asked: SignupForm | None, step: str, status: int = 200, **context: object
) -> HttpResponse:
    shop = Installation.load().shop_name
    context |= {"asked": asked, "step": step, "shop": shop, "embedded": _embedded(request)}
    response = render(request, "customers/signup/page.html", context, status=status)
    patch_cache_control(response, no_store=True, private=True)
    if step not in ("ask", "closed"):
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
    if asked is not None:
        response["Content-Language"] = asked.language
        may_be_framed(response, [str(origin) for origin in asked.allowed_origins])
    return response
