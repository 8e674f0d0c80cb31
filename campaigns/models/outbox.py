"""Where messages land while no provider is configured."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class OutboxMessage(models.Model):
    """A message the test outbox accepted, as a provider would have sent it.

    `message` is null for a test message to oneself. The unique message id is what makes the
    outbox refuse a second copy, like a provider that takes idempotency keys.
    """

    message = models.OneToOneField(
        "campaigns.Message", null=True, on_delete=models.CASCADE, related_name="outbox"
    )
    channel = models.CharField(max_length=5)
    recipient = models.CharField(max_length=254)
    sender = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    accepted_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-accepted_at", "-id"]

    def __str__(self) -> str:
        return f"{self.channel} #{self.pk}"

    @property
    def is_automatic(self) -> bool:
        """Whether it answers what a person asked for: a link or a code to confirm."""
        return "Auto-Submitted" in self.headers
