"""A campaign, the segments it is aimed at, and its links."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Channel


class Campaign(models.Model):
    """One message to some segments over one channel, in the states of the delivery contract.

    Times that matter are kept here, never in a queue: `scheduled_at` (when it shall start),
    `launched_at` (the instant its audience is frozen at). `leased_until` keeps two preparations
    apart, later two senders. `chosen` and `queued` are the counts of the launch, null until it
    is prepared; `window_done` and `window_failed` are what the safety stop looks at.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("campaign", "Draft")
        SCHEDULED = "scheduled", pgettext_lazy("campaign", "Scheduled")
        PREPARING = "preparing", pgettext_lazy("campaign", "Preparing")
        SENDING = "sending", pgettext_lazy("campaign", "Sending")
        PAUSED = "paused", pgettext_lazy("campaign", "Paused")
        SENT = "sent", pgettext_lazy("campaign", "Sent")
        CANCELLED = "cancelled", pgettext_lazy("campaign", "Cancelled")
        FAILED = "failed", pgettext_lazy("campaign", "Failed")

    class Kind(models.TextChoices):
        PROMOTIONAL = "promotional", _("Promotional")
        SERVICE = "service", _("Service (an order, an account)")

    name = models.CharField(_("name"), max_length=120)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    kind = models.CharField(
        _("kind"), max_length=11, choices=Kind.choices, default=Kind.PROMOTIONAL
    )
    service_reason = models.CharField(_("why it is a service message"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    state_reason = models.TextField(blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("message"), blank=True)
    scheduled_at = models.DateTimeField(_("when"), null=True, blank=True)
    launched_at = models.DateTimeField(null=True, editable=False)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    prepared_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    chosen = models.PositiveIntegerField(null=True, editable=False)
    queued = models.PositiveIntegerField(null=True, editable=False)
    window_done = models.PositiveIntegerField(default=0, editable=False)
    window_failed = models.PositiveIntegerField(default=0, editable=False)
    attribution_days = models.PositiveSmallIntegerField(_("attribution window (days)"), default=7)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "scheduled_at"], name="campaign_due"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignSegment(models.Model):
    """A segment a campaign reaches or leaves out; the version of its rule is noted at launch."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="targets")
    segment = models.ForeignKey(
        "segmentation.Segment", on_delete=models.PROTECT, related_name="targets"
    )
    excluded = models.BooleanField(default=False)
    version = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["segment__priority", "segment_id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["campaign", "segment"], name="a_campaign_names_a_segment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{'-' if self.excluded else '+'}{self.segment_id}"


class CampaignLink(models.Model):
    """A link in a campaign's content, in the order it appears."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="links")
    url = models.URLField(max_length=1000)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["campaign", "position"], name="a_link_has_one_place"),
        ]

    def __str__(self) -> str:
        return self.url


class SendingSettings(models.Model):
    """The one row of what the team decided about sending: the SMS window, rates, safety stop."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sms_opens = models.TimeField(_("SMS from"), default=dt.time(8))
    sms_closes = models.TimeField(_("SMS until"), default=dt.time(20))
    sms_on_sunday = models.BooleanField(_("SMS on Sundays"), default=False)
    sms_rate = models.PositiveIntegerField(_("SMS a second"), default=20)
    email_rate = models.PositiveIntegerField(_("e-mails a second"), default=20)
    failure_stop_percent = models.PositiveSmallIntegerField(
        _("pause when failures exceed (%)"), default=20
    )
    sms_price = models.DecimalField(
        _("price of an SMS segment"), max_digits=8, decimal_places=4, default="0.0500"
    )
    sender_name = models.CharField(_("sender name"), max_length=60, blank=True)
    sender_email = models.EmailField(_("sender address"), blank=True)
    reply_to = models.EmailField(_("address for replies"), blank=True)
    sms_sender = models.CharField(_("SMS sender"), max_length=11, blank=True)

    class Meta:
        verbose_name = _("sending settings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="sending_settings_are_one_row"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> SendingSettings:
        """The settings' row, made with its defaults the first time."""
        row, created = cls.objects.get_or_create(id=1)
        if created:
            # Defaults are not yet of their columns' types.
            row.refresh_from_db()
        return row
