"""The address of the page that empties the demo."""

from __future__ import annotations

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [path("reglages/demonstration/", views.empty, name="empty")]
