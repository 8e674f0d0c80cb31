"""The settings pages of connected shops: what each is given, and how it fares."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from accounts.models import Installation
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers.forms.shops import ShopForm
from customers.ingestion import connections
from customers.ingestion.webhooks import prestashop
from customers.models import ShopConnection


@require_GET
@requires(Capability.MANAGE_SETTINGS)
def shops(request: HttpRequest) -> HttpResponseBase:
    """List what is connected."""
    return render(request, "customers/shops.html", {"shops": ShopConnection.objects.all()})


@require_http_methods(["GET", "POST"])
@requires(Capability.MANAGE_SETTINGS)
def shop_create(request: HttpRequest) -> HttpResponseBase:
    """Connect a shop or a web site."""
    form = ShopForm(request.POST or None, initial={"kind": request.GET.get("kind")})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        shop = connections.create(
            member_of(request),
            kind=told["kind"],
            name=told["name"],
            allowed_origins=told["origins"],
        )
        messages.success(request, _("It is ready here; now tell the shop."))
        return redirect("customers:shop", shop.pk)
    context = {"form": form}
    return render(request, "customers/shop_new.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@requires(Capability.MANAGE_SETTINGS)
def shop(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One connection: the address and the secret to paste, and how it fares."""
    found = get_object_or_404(ShopConnection, pk=pk)
    context = {
        "shop": found,
        "address": connections.address_of(found),
        "secret": connections.secret_of(found),
        "variable": connections.variable_of(found),
        "site": request.build_absolute_uri("/"),
        "currency": Installation.load().currency,
    }
    return render(request, "customers/shop.html", context)


@require_GET
@requires(Capability.MANAGE_SETTINGS)
def prestashop_module(request: HttpRequest) -> HttpResponseBase:
    """The module to install in PrestaShop, zipped as PrestaShop takes it."""
    return FileResponse(prestashop.module(), as_attachment=True, filename="tamis.zip")


@require_POST
@requires(Capability.MANAGE_SETTINGS)
def shop_rotate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change the address and the secret."""
    found = get_object_or_404(ShopConnection, pk=pk)
    connections.rotate(member_of(request), found)
    messages.warning(request, _("The address and the secret are new: tell the shop now."))
    return redirect("customers:shop", pk)


@require_POST
@requires(Capability.MANAGE_SETTINGS)
def shop_turn(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let a connection's calls in, or refuse them."""
    found = get_object_or_404(ShopConnection, pk=pk)
    connections.turn(member_of(request), found, on=request.POST.get("on") == "1")
    return redirect("customers:shop", pk)


@require_POST
@requires(Capability.MANAGE_SETTINGS)
def shop_disconnect(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Forget a connection."""
    found = get_object_or_404(ShopConnection, pk=pk)
    connections.disconnect(member_of(request), found)
    messages.success(request, _("“%(name)s” is disconnected.") % {"name": found.name})
    return redirect("customers:shops")
