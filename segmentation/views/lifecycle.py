"""The settings page of the life cycle: the shop's trade, and its own number of days."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from segmentation import lifecycle as stages
from segmentation.forms import LifecycleForm, TradeForm
from segmentation.models import Lifecycle


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def lifecycle(request: HttpRequest) -> HttpResponseBase:
    """Say after how many days without an order a buyer is at risk, and lost."""
    current = Lifecycle.current()
    typed = request.POST if request.method == "POST" else None
    trade = (typed or request.GET).get("trade", current.trade)
    own = trade == Lifecycle.Trade.OTHER
    if own and typed is not None and "at_risk_days" not in typed:
        # Chosen where no script could draw the fields: they are asked for now.
        typed = None
    shape = LifecycleForm if own else TradeForm
    form = shape(typed, instance=current, initial={"trade": trade})
    if typed is not None and form.is_valid():
        stages.keep(form.cleaned_data["trade"], form.thresholds(), by=member_of(request))
        messages.success(request, _("The life cycle is saved; segments follow within minutes."))
        return redirect("segmentation:lifecycle")
    context = {"form": form, "by_trade": form.by_trade(), "known": stages.BY_TRADE.get(trade)}
    if request.headers.get("HX-Request"):
        return render(request, "segmentation/lifecycle.html#days", context)
    status = 422 if form.is_bound else 200
    return render(request, "segmentation/lifecycle.html", context, status=status)
