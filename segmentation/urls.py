"""Addresses of the pages of segments."""

from __future__ import annotations

from django.urls import path

from segmentation.views import (
    builder,
    changes,
    drafting,
    exchange,
    gallery,
    language,
    lifecycle,
    listing,
    lists,
    members,
    overlap,
    plans,
    preview,
    segment,
    versions,
    why,
)

app_name = "segmentation"
urlpatterns = [
    path("segments/", listing.segments, name="list"),
    path("segments/ordre/", listing.reorder, name="reorder"),
    path("segments/nouveau/", gallery.gallery, name="new"),
    path("segments/ensemble/", overlap.together, name="together"),
    path("segments/creer/", builder.create, name="create"),
    path("segments/apercu/", preview.preview, name="preview"),
    path("segments/valeurs/", preview.values, name="values"),
    path("segments/importer/", exchange.bring, name="bring"),
    path("segments/<int:pk>/exporter/", exchange.export, name="export"),
    path("segments/langage/", language.language, name="language"),
    path("segments/regle.schema.json", language.schema, name="schema"),
    path("segments/brouillon/", drafting.keep, name="draft_keep"),
    path("segments/brouillon/abandonner/", drafting.discard, name="draft_discard"),
    path("segments/<int:pk>/", segment.detail, name="detail"),
    path("segments/<int:pk>/etat/", segment.state, name="state"),
    path("segments/<int:pk>/membres/", members.members, name="members"),
    path("segments/<int:pk>/membres/coller/", lists.paste, name="list_paste"),
    path(
        "segments/<int:pk>/membres/<int:customer_pk>/retirer/",
        lists.remove_person,
        name="list_remove",
    ),
    path("segments/<int:pk>/mouvements/", members.history, name="history"),
    path("segments/<int:pk>/arreter/", changes.stop, name="stop"),
    path("segments/<int:pk>/supprimer/", changes.delete, name="delete"),
    path("segments/listes/nouvelle/", lists.new, name="list_new"),
    path("segments/listes/selection/", lists.from_selection, name="list_of_selection"),
    path("segments/listes/personne/<int:customer_pk>/", lists.add_person, name="list_add"),
    path("segments/<int:pk>/pourquoi/<int:customer_pk>/", why.why, name="why"),
    path("segments/<int:pk>/modifier/", builder.edit, name="edit"),
    path("segments/<int:pk>/modifier/qui/", drafting.moving, name="comings"),
    path("segments/<int:pk>/versions/", versions.listed, name="versions"),
    path("segments/<int:pk>/versions/comparer/", versions.compared, name="versions_compared"),
    path(
        "segments/<int:pk>/versions/<int:number>/restaurer/",
        versions.restore,
        name="version_restore",
    ),
    path("segments/<int:pk>/renommer/", changes.rename, name="rename"),
    path("segments/<int:pk>/actualiser/", changes.refresh, name="refresh"),
    path("segments/<int:pk>/dupliquer/", changes.duplicate, name="duplicate"),
    path("segments/<int:pk>/figer/", changes.freeze, name="freeze"),
    path("segments/<int:pk>/archiver/", changes.archive, name="archive"),
    path("segments/<int:pk>/plan/", plans.plan, name="plan"),
    path("reglages/cycle-de-vie/", lifecycle.lifecycle, name="lifecycle"),
    path("segments/<int:pk>/desarchiver/", changes.unarchive, name="unarchive"),
]
