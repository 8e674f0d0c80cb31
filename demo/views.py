"""The settings page that empties the demo shop."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.audit import record
from accounts.models import Installation, User
from accounts.roles import Capability
from customers.models import Customer, Order
from demo import emptying
from demo.forms import WORD, EmptyDemoForm


@requires(Capability.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def empty(request: HttpRequest) -> HttpResponse:
    """Show what would go, in numbers; on the right word, delete it and go on as administrator."""
    if not Installation.load().demo:
        raise Http404
    form = EmptyDemoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = User.objects.create_superuser(
                form.cleaned_data["email"], form.cleaned_data["password"]
            )
            gone = emptying.empty()
            record(user, "demo.emptied", **gone)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, _("The demo shop is gone. Start by importing your customers."))
        return redirect("customers:imports")
    figures = {"customers": Customer.objects.count(), "orders": Order.objects.count()}
    return render(request, "demo/empty.html", {"form": form, "word": WORD, "figures": figures})
