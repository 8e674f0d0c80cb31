"""Addresses that other programs call: the API and its description, connected shops, the snippet."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from accounts.access import public
from customers.api import operations
from customers.api.errors import nothing_here
from customers.views import api_docs, shops, webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("reglages/boutiques/", shops.shops, name="shops"),
    path("reglages/boutiques/ajouter/", shops.shop_create, name="shop_create"),
    path("reglages/boutiques/prestashop/", shops.prestashop_module, name="prestashop_module"),
    path("reglages/boutiques/<int:pk>/", shops.shop, name="shop"),
    path("reglages/boutiques/<int:pk>/renouveler/", shops.shop_rotate, name="shop_rotate"),
    path("reglages/boutiques/<int:pk>/activer/", shops.shop_turn, name="shop_turn"),
    path("reglages/boutiques/<int:pk>/retirer/", shops.shop_disconnect, name="shop_disconnect"),
    path("connecteurs/<slug:key>/", webhooks.webhook, name="webhook"),
    path("s/<slug:key>/", webhooks.site_events, name="site_events"),
    path("api/docs", api_docs.docs, name="api_docs"),
    path("api/openapi.json", api_docs.openapi, name="api_openapi"),
    *(
        path(f"api/v1/{each.pattern}", each.callback, name=each.name)
        for each in operations.patterns()
    ),
    re_path(r"^api/", public(csrf_exempt(nothing_here)), name="api_nothing"),
]
