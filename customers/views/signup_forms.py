"""The settings pages of sign-up forms.

Open to whoever may edit customers: a form records what people say, as members already do by hand,
and whoever collects consents must be able to word them.
"""

from __future__ import annotations

from html import escape
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from accounts.models import Installation
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers.forms.signup_page import SignupPageForm
from customers.forms.signup_settings import SignupSettingsForm
from customers.models import SignupForm
from customers.signup import making


@require_GET
@requires(Capability.EDIT_CONTACTS)
def forms_list(request: HttpRequest) -> HttpResponseBase:
    """List the forms with how many people signed up by each."""
    return render(request, "customers/signup/list.html", {"forms": making.with_figures()})


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def create(request: HttpRequest) -> HttpResponseBase:
    """Make a form."""
    shop = Installation.load().shop_name
    with override(settings.LANGUAGE_CODE):
        proposed = SignupForm(
            name=_("Newsletter"), title=_("Hear from us first"), button=_("Sign me up")
        )
    return _edit(request, proposed, shop)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change a form; beside it, how it looks and the code that embeds it."""
    made = get_object_or_404(making.with_figures(), pk=pk)
    return _edit(request, made, Installation.load().shop_name)


def _edit(request: HttpRequest, made: SignupForm, shop: str) -> HttpResponse:
    name, known = made.name, made.pk is not None
    form = SignupSettingsForm(request.POST or None, instance=made, shop=shop)
    if request.method == "POST" and form.is_valid():
        saved = making.save(form.made(), by=member_of(request))
        messages.success(request, _("The form is saved."))
        return redirect("customers:signup_form_edit", pk=saved.pk)
    shown = _as_shown(form, made)
    context = {"form": form, "made": made if known else None, "name": name, "shop": shop}
    context |= _preview(shown, shop)
    if known:
        context |= {"address": _address(made), "code": _code(made)}
    status = 422 if form.is_bound else 200
    return render(request, "customers/signup/edit.html", context, status=status)


def _as_shown(form: SignupSettingsForm, made: SignupForm) -> SignupForm:
    """What the preview shows: as typed so far, else as saved or proposed."""
    if not form.is_bound:
        for name, value in form.initial.items():
            if name.endswith("_wording"):
                setattr(made, name, value)
        return made
    form.is_valid()
    return form.made()


def _preview(shown: SignupForm, shop: str) -> dict[str, Any]:
    return {"asked": shown, "shop": shop, "page": SignupPageForm(shown, auto_id="preview_%s")}


@require_POST
@requires(Capability.EDIT_CONTACTS)
def preview(request: HttpRequest) -> HttpResponseBase:
    """How the form would look with what is typed; nothing is saved."""
    shop = Installation.load().shop_name
    form = SignupSettingsForm(request.POST, instance=SignupForm(), shop=shop)
    context = _preview(_as_shown(form, form.instance), shop)
    return render(request, "customers/signup/edit.html#preview", context)


@require_POST
@requires(Capability.EDIT_CONTACTS)
def toggle(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Open a form, or close it."""
    made = get_object_or_404(SignupForm, pk=pk)
    making.set_open(made, member_of(request), is_open="open" in request.POST)
    said = _("The form is open.") if "open" in request.POST else _("The form is closed.")
    messages.success(request, said)
    return redirect("customers:signup_forms")


def _address(made: SignupForm) -> str:
    return str(settings.SITE_URL).rstrip("/") + reverse("customers:signup", args=[made.slug])


def _code(made: SignupForm) -> str:
    """What is pasted into another site. The script's address has no hash: it must not change."""
    script = str(settings.SITE_URL).rstrip("/") + f"{settings.STATIC_URL}js/signup-embed.js"
    # Attributes are escaped here, for that site; the whole is escaped again where it is shown.
    parts = (escape(part) for part in (script, _address(made), made.title))
    return '<script src="{}" data-form="{}" data-title="{}" async></script>'.format(*parts)
