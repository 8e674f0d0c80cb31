"""Addresses of sign-in, under the names allauth looks them up by."""

from __future__ import annotations

from django.urls import path, re_path

from accounts.views import sign_in

urlpatterns = [
    path("connexion/", sign_in.sign_in, name="account_login"),
    path("deconnexion/", sign_in.logout, name="account_logout"),
    path("inactif/", sign_in.inactive, name="account_inactive"),
    path("inscription/", sign_in.signup, name="account_signup"),
    path("confirmer/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("mot-de-passe/", sign_in.password_change, name="account_change_password"),
    path("mot-de-passe/choisir/", sign_in.password_set, name="account_set_password"),
    path("mot-de-passe/oubli/", sign_in.password_reset, name="account_reset_password"),
    path(
        "mot-de-passe/oubli/envoye/",
        sign_in.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^mot-de-passe/cle/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/change/",
        sign_in.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
