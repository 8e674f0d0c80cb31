"""The one message a person gets from a campaign, or the reason they get none."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.campaign import Campaign


class Message(models.Model):
    """One row a person chosen: queued and sent, or left out with the first reason that held.

    `segment` is the segment of record. `address` is null for those left out. States move only
    by conditional update (campaigns/delivery.py); `leased_until` is set while `sending`;
    a `queued` one may be claimed from `due_at` on (later after a temporary error, or when the
    legal window next opens).
    """

    class State(models.TextChoices):
        LEFT_OUT = "left_out", pgettext_lazy("message", "Left out")
        QUEUED = "queued", pgettext_lazy("message", "Waiting")
        SENDING = "sending", pgettext_lazy("message", "Sending")
        SENT = "sent", pgettext_lazy("message", "Sent")
        DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
        BOUNCED = "bounced", pgettext_lazy("message", "Not delivered")
        FAILED = "failed", pgettext_lazy("message", "Failed")
        UNCERTAIN = "uncertain", pgettext_lazy("message", "Uncertain")
        SKIPPED = "skipped", pgettext_lazy("message", "Skipped")

    class Reason(models.TextChoices):
        NO_ADDRESS = "no_address", _("No address")
        SUPPRESSED = "suppressed", _("Unsubscribed or refused")
        NO_CONSENT = "no_consent", _("No consent")
        TOO_YOUNG = "too_young", _("Under 15, without a guardian's consent")
        ADDRESS_TAKEN = "address_taken", _("Address already taken by someone else")
        FREQUENCY_CAP = "frequency_cap", _("Enough messages already")
        HOLD_OUT = "hold_out", _("In the hold-out")
        CANCELLED = "cancelled", _("The campaign was cancelled")
        CONTENT = "content", _("The message cannot be made for this person")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="messages")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="messages"
    )
    segment = models.ForeignKey(
        "segmentation.Segment", null=True, on_delete=models.PROTECT, related_name="messages"
    )
    channel = models.CharField(max_length=5)
    # Null, not empty, for those left out: two nulls do not break the unique constraint.
    address = models.CharField(max_length=254, null=True)  # noqa: DJ001
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=13, choices=Reason.choices, blank=True)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True, editable=False)
    provider_id = models.CharField(max_length=120, blank=True)
    parts = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["campaign", "customer"], name="one_message_a_person_a_campaign"
            ),
            models.UniqueConstraint(
                fields=["campaign", "address"], name="one_message_an_address_a_campaign"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["campaign", "state", "id"], name="message_by_state"),
            models.Index(
                fields=["campaign", "due_at", "id"],
                condition=Q(state="queued"),
                name="message_waiting",
            ),
            models.Index(
                fields=["leased_until"], condition=Q(state="sending"), name="message_leased"
            ),
            models.Index(fields=["customer", "sent_at"], name="message_by_customer"),
            models.Index(
                fields=["provider_id"], condition=~Q(provider_id=""), name="message_by_receipt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}:{self.customer_id} {self.state}"
