"""Campaigns and their messages in the admin site."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from campaigns.models import Campaign, Message
from customers.admin import LargeAdmin


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    list_display = ("name", "channel", "kind", "state", "created_at")
    list_filter = ("channel", "state")
    search_fields = ("name",)


@admin.register(Message)
class MessageAdmin(LargeAdmin):
    list_display = ("campaign", "customer", "channel", "state", "reason", "sent_at", "attempts")
    list_select_related = ("campaign", "customer")
    list_filter = ("state", "channel")
    raw_id_fields = ("campaign", "customer", "segment")
    exclude = ("claim",)
