"""Addresses of the import wizard, included in those of customers."""

from __future__ import annotations

from django.urls import path

from customers.views import import_ending, imports

urlpatterns = [
    path("importer/", imports.imports, name="imports"),
    path("importer/nouveau/", imports.import_new, name="import_new"),
    path("importer/<int:pk>/colonnes/", imports.import_map, name="import_map"),
    path("importer/<int:pk>/verification/", imports.import_check, name="import_check"),
    path("importer/<int:pk>/lancer/", imports.import_run, name="import_run"),
    path("importer/<int:pk>/avancement/", imports.import_progress, name="import_progress"),
    path("importer/<int:pk>/arreter/", import_ending.import_stop, name="import_stop"),
    path("importer/<int:pk>/annuler/", import_ending.import_undo, name="import_undo"),
    path("importer/<int:pk>/rapport/", imports.import_report, name="import_report"),
    path("importer/<int:pk>/lignes-refusees/", imports.import_rejected, name="import_rejected"),
]
