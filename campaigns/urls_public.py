"""The addresses without sign-in: links, unsubscribing, and the gateway's webhooks."""

from __future__ import annotations

from django.urls import path

from campaigns.views import gateway, public

urlpatterns = [
    path("t/<str:token>/", public.click, name="click"),
    path("d/essai/", public.unsubscribe_sample, name="unsubscribe_sample"),
    path("d/<str:token>/", public.unsubscribe, name="unsubscribe"),
    path("passerelle/sms/recus", gateway.receipts, name="sms_receipts"),
    path("passerelle/sms/entrants", gateway.inbound, name="sms_inbound"),
]
