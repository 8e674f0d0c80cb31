"""What recipients did with a message, named only where they agreed to be followed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from campaigns.models.campaign import Campaign, CampaignLink


class Engagement(models.Model):
    """A click, unsubscribe, complaint, bounce or reply of a named person.

    Without tracking consent a click leaves no row here, only a total in LinkTotal.
    """

    class Kind(models.TextChoices):
        OPEN = "open", pgettext_lazy("reaction", "Opened")
        CLICK = "click", pgettext_lazy("reaction", "Clicked")
        UNSUBSCRIBE = "unsubscribe", pgettext_lazy("reaction", "Unsubscribed")
        COMPLAINT = "complaint", pgettext_lazy("reaction", "Complained")
        BOUNCE = "bounce", pgettext_lazy("reaction", "Not delivered")
        REPLY = "reply", pgettext_lazy("reaction", "Replied")

    kind = models.CharField(max_length=11, choices=Kind.choices)
    channel = models.CharField(max_length=5)
    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.CASCADE, related_name="engagements"
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="engagements"
    )
    segment = models.ForeignKey(
        "segmentation.Segment", null=True, on_delete=models.PROTECT, related_name="+"
    )
    link = models.ForeignKey(CampaignLink, null=True, on_delete=models.CASCADE, related_name="+")
    machine = models.BooleanField(default=False)
    occurred_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-occurred_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["campaign", "kind"], name="engagement_by_campaign"),
            models.Index(fields=["customer", "occurred_at"], name="engagement_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class LinkTotal(models.Model):
    """Clicks that name nobody: one counter a campaign, segment, link and kind of clicker."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="link_totals")
    segment = models.ForeignKey("segmentation.Segment", on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(CampaignLink, on_delete=models.CASCADE, related_name="totals")
    machine = models.BooleanField(default=False)
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["campaign", "segment", "link", "machine"],
                name="one_total_a_segment_a_link",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}:{self.link_id} {self.clicks}"
