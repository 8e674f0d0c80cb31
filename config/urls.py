"""Every address of Tamis. Each application's `urls.py` holds its own full paths."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("comptes/", include("accounts.urls_sign_in")),
]
urlpatterns += [
    path("", include(f"{app}.urls"))
    for app in ("accounts", "customers", "segmentation", "campaigns", "demo")
    if find_spec(f"{app}.urls")
]
