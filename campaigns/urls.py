"""Addresses of campaigns, their results, the test outbox and the dashboard."""

from __future__ import annotations

from django.urls import path

from campaigns.urls_public import urlpatterns as public_patterns
from campaigns.views import dashboard, editing, listing, outbox, reading, running, settings

app_name = "campaigns"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("campagnes/", listing.index, name="list"),
    path("campagnes/nouvelle/", listing.create, name="new"),
    path("campagnes/<int:pk>/", running.detail, name="detail"),
    path("campagnes/<int:pk>/identite/", editing.identity, name="identity"),
    path("campagnes/<int:pk>/audience/", editing.audience_step, name="audience"),
    path("campagnes/<int:pk>/contenu/", editing.content_step, name="content"),
    path("campagnes/<int:pk>/apercu/<int:customer>/", editing.preview_mail, name="preview_mail"),
    path("campagnes/<int:pk>/moment/", editing.when_step, name="when"),
    path("campagnes/<int:pk>/verification/", editing.check_step, name="check"),
    path("campagnes/<int:pk>/essai/", editing.send_test, name="send_test"),
    path("campagnes/<int:pk>/lancer/", editing.launch, name="launch"),
    path("campagnes/<int:pk>/lancer-en-retard/", running.launch_overdue, name="launch_overdue"),
    path("campagnes/<int:pk>/pause/", running.pause, name="pause"),
    path("campagnes/<int:pk>/reprendre/", running.resume, name="resume"),
    path("campagnes/<int:pk>/annuler/", running.cancel, name="cancel"),
    path("campagnes/<int:pk>/deprogrammer/", running.unschedule, name="unschedule"),
    path("campagnes/<int:pk>/incertains/", running.requeue, name="requeue"),
    path("campagnes/<int:pk>/dupliquer/", running.duplicate, name="duplicate"),
    path("campagnes/<int:pk>/supprimer/", running.delete, name="delete"),
    path("resultats/", reading.index, name="results"),
    path("resultats/<int:pk>/", reading.campaign_results, name="campaign_results"),
    path("resultats/<int:pk>/tableau.csv", reading.export, name="results_export"),
    path("boite-essai/", outbox.index, name="outbox"),
    path("boite-essai/<int:pk>/courriel/", outbox.mail, name="outbox_mail"),
    path("reglages/envoi/", settings.sending, name="sending_settings"),
    *public_patterns,
]
