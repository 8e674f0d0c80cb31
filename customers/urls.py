"""Addresses of the pages of customers, their imports and the words used for them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, path

from customers.urls_api import urlpatterns as of_the_api
from customers.urls_rights import urlpatterns as of_rights
from customers.urls_signup import urlpatterns as of_signup_forms
from customers.views import (
    attributes,
    consents,
    duplicates,
    editing,
    event_properties,
    exports,
    notes,
    people,
    person,
    places,
    vocabulary,
)

app_name = "customers"
urlpatterns: list[URLPattern | URLResolver] = [
    path("clients/", people.people, name="list"),
    path("clients/doublons/", duplicates.duplicates, name="duplicates"),
    path("clients/doublons/identiques/", duplicates.exact, name="duplicates_exact"),
    path("clients/doublons/<int:pk>/<int:other_pk>/", duplicates.compare, name="compare"),
    path(
        "clients/doublons/<int:pk>/<int:other_pk>/differents/",
        duplicates.tell_apart,
        name="tell_apart",
    ),
    path("clients/exporter/", exports.export, name="export"),
    path("clients/etiqueter/", people.tag_selection, name="tag_selection"),
    path("clients/ajouter/", editing.create, name="create"),
    path("clients/adresse/<str:channel>/", editing.address_check, name="address_check"),
    path("clients/<int:pk>/", person.detail, name="detail"),
    path("clients/<int:pk>/modifier/", editing.edit, name="edit"),
    path("clients/<int:pk>/supprimer/", person.delete, name="delete"),
    path("clients/<int:pk>/consentement/", consents.record_consent, name="record_consent"),
    path("clients/<int:pk>/consentements/", consents.consent_history, name="consent_history"),
    path(
        "clients/<int:pk>/donnee-sensible/<int:attribute_pk>/",
        consents.sensitive_consent,
        name="sensitive_consent",
    ),
    path("clients/<int:pk>/notes/", notes.note_add, name="note_add"),
    path("clients/notes/<int:pk>/", notes.note, name="note"),
    path("clients/notes/<int:pk>/supprimer/", notes.note_delete, name="note_delete"),
    path("clients/<int:pk>/etiquettes/", person.add_tag, name="add_tag"),
    path("clients/<int:pk>/etiquettes/<int:tag_pk>/", person.remove_tag, name="remove_tag"),
    path("reglages/etiquettes/", vocabulary.tags, name="tags"),
    path("reglages/etiquettes/<int:pk>/", vocabulary.tag_edit, name="tag_edit"),
    path(
        "reglages/etiquettes/<int:pk>/fusionner/<int:into>/", vocabulary.tag_merge, name="tag_merge"
    ),
    path("reglages/etiquettes/<int:pk>/supprimer/", vocabulary.tag_delete, name="tag_delete"),
    path("reglages/lieux/", places.place_list, name="places"),
    path("reglages/lieux/ajouter/", places.place_create, name="place_create"),
    path("reglages/lieux/<int:pk>/", places.place_edit, name="place_edit"),
    path("reglages/lieux/<int:pk>/supprimer/", places.place_delete, name="place_delete"),
    path("reglages/attributs/", attributes.attribute_list, name="attributes"),
    path("reglages/attributs/ajouter/", attributes.attribute_create, name="attribute_create"),
    path("reglages/attributs/<int:pk>/", attributes.attribute_edit, name="attribute_edit"),
    path(
        "reglages/attributs/<int:pk>/supprimer/",
        attributes.attribute_delete,
        name="attribute_delete",
    ),
    path(
        "reglages/proprietes-des-evenements/",
        event_properties.property_list,
        name="event_properties",
    ),
    path(
        "reglages/proprietes-des-evenements/declarer/",
        event_properties.property_declare,
        name="event_property_declare",
    ),
    path(
        "reglages/proprietes-des-evenements/<int:pk>/",
        event_properties.property_edit,
        name="event_property_edit",
    ),
    path(
        "reglages/proprietes-des-evenements/<int:pk>/supprimer/",
        event_properties.property_delete,
        name="event_property_delete",
    ),
    *of_signup_forms,
    *of_rights,
]
urlpatterns += of_the_api
if find_spec("customers.urls_imports"):
    urlpatterns += import_module("customers.urls_imports").urlpatterns
