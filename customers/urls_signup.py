"""Addresses of sign-up forms: the public pages, and the settings where they are made."""

from __future__ import annotations

from django.urls import path

from customers.views import preferences, signup, signup_forms

urlpatterns = [
    path("inscription/suite/<str:token>/", signup.next_step, name="signup_next"),
    path("inscription/confirmer/<str:token>/", signup.confirm, name="signup_confirm"),
    path("inscription/<slug:slug>/", signup.page, name="signup"),
    path("preferences/<str:token>/", preferences.choose, name="preferences"),
    path("reglages/formulaires/", signup_forms.forms_list, name="signup_forms"),
    path("reglages/formulaires/ajouter/", signup_forms.create, name="signup_form_create"),
    path("reglages/formulaires/apercu/", signup_forms.preview, name="signup_form_preview"),
    path("reglages/formulaires/<int:pk>/", signup_forms.edit, name="signup_form_edit"),
    path("reglages/formulaires/<int:pk>/ouvrir/", signup_forms.toggle, name="signup_form_toggle"),
]
