"""Addresses of the team, the settings and one's own account."""

from __future__ import annotations

from django.urls import path

from accounts.views import api_tokens, journal, own, sign_in, team

app_name = "accounts"
urlpatterns = [
    path("comptes/demonstration/", sign_in.demo, name="demo"),
    path("comptes/langue/", own.language, name="language"),
    path("profil/", own.profile, name="profile"),
    path("reglages/", own.settings_home, name="settings"),
    path("reglages/acces/", api_tokens.tokens, name="api_tokens"),
    path("reglages/acces/<int:pk>/revoquer/", api_tokens.token_revoke, name="api_token_revoke"),
    path("reglages/journal/", journal.decisions, name="journal"),
    path("equipe/", team.members, name="team"),
    path("equipe/ajouter/", team.add, name="member_add"),
    path("equipe/<int:pk>/inviter/", team.invite, name="member_invite"),
    path("equipe/<int:pk>/role/", team.role, name="member_role"),
    path("equipe/<int:pk>/desactiver/", team.deactivate, name="member_deactivate"),
    path("equipe/<int:pk>/reactiver/", team.reactivate, name="member_reactivate"),
]
