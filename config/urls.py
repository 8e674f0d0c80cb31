"""Every address of Tamis. Each application's `urls.py` holds its own full paths."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("comptes/", include("accounts.urls_sign_in")),
    path("", include("accounts.urls")),
    path("", include("customers.urls")),
    path("", include("segmentation.urls")),
    path("", include("campaigns.urls")),
    path("", include("demo.urls")),
]
