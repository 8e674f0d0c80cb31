"""Addresses of requests about personal data, of retention and of the register."""

from __future__ import annotations

from django.urls import path

from customers.views import privacy, rights

urlpatterns = [
    path("clients/<int:pk>/droits/", rights.of_person, name="rights_of_person"),
    path("droits/", rights.request_list, name="rights"),
    path("droits/<int:pk>/", rights.one, name="rights_request"),
    path("droits/<int:pk>/refuser/", rights.refuse, name="rights_refuse"),
    path("droits/<int:pk>/archive/", rights.archive, name="rights_archive"),
    path("droits/conservation/", privacy.inactive, name="retention"),
    path("droits/conservation/liste/", privacy.inactive_export, name="retention_export"),
    path("droits/conservation/purger/", privacy.purge, name="purge"),
    path("droits/conservation/<int:pk>/", privacy.purge_progress, name="purge_progress"),
    path("droits/conservation/duree/", privacy.retention_settings, name="retention_settings"),
    path("droits/registre/", privacy.processing_register, name="register"),
    path("droits/registre/<str:form>/", privacy.register_download, name="register_download"),
]
