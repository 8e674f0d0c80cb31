"""Segments in the admin site."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from segmentation.models import Segment


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "size", "refreshed_at", "due_at", "failures", "archived_at")
    list_filter = ("kind",)
    search_fields = ("name",)
