"""Addresses of the pages of segments."""

from __future__ import annotations

from django.urls import path

from segmentation.views import (
    builder,
    changes,
    drafting,
    gallery,
    language,
    lifecycle,
    listing,
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
    path("segments/langage/", language.language, name="language"),
    path("segments/regle.schema.json", language.schema, name="schema"),
    path("segments/brouillon/", drafting.keep, name="draft_keep"),
    path("segments/brouillon/abandonner/", drafting.discard, name="draft_discard"),
    path("segments/<int:pk>/", segment.detail, name="detail"),
    path("segments/<int:pk>/etat/", segment.state, name="state"),
    path("segments/<int:pk>/membres/", segment.members, name="members"),
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
