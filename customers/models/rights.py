"""Requests of people about their own data, and the purges of those nobody hears from any more."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RightsRequest(models.Model):
    """What a person asked under the GDPR, due within a month, and what was done about it.

    Outlives the person: after an erasure it says that it was done, and for nobody by name.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("Access to one's data")
        RECTIFICATION = "rectify", _("Rectification")
        OPPOSITION = "oppose", _("Opposition")
        ERASURE = "erase", _("Erasure")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("request", "To be done")
        DONE = "done", pgettext_lazy("request", "Done")
        REFUSED = "refused", pgettext_lazy("request", "Refused")

    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.SET_NULL, related_name="requests"
    )
    kind = models.CharField(_("request"), max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_on = models.DateField(_("due"))
    note = models.TextField(_("note"), max_length=2000, blank=True)
    report = models.JSONField(default=dict, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        ordering: ClassVar[list[str]] = ["-received_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_id}"


class Purge(models.Model):
    """One purge of people without contact or activity: who decided, what went, in numbers."""

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("purge", "Under way")
        DONE = "done", pgettext_lazy("purge", "Done")

    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    inactive_since = models.DateField(_("nothing since"))
    people = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("purges")
        ordering: ClassVar[list[str]] = ["-decided_at", "-id"]

    def __str__(self) -> str:
        return f"{self.inactive_since}"


class ErasedNumber(models.Model):
    """The customer number of someone erased at their request, as a keyed hash.

    Their addresses are in the suppression list. Nothing here leads to the record they had.
    """

    number_hash = models.CharField(max_length=32, unique=True, editable=False)
    erased_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("erased customer number")
        verbose_name_plural = _("erased customer numbers")

    def __str__(self) -> str:
        return f"#{self.pk}"


class PrivacySettings(models.Model):
    """The one row of what the team decided about personal data: how long, and who answers for it.

    The controller's name and contacts are what article 30 of the GDPR asks a register to say.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    retention_years = models.PositiveSmallIntegerField(
        _("years without contact or activity"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    controller = models.CharField(_("controller"), max_length=160, blank=True)
    controller_address = models.CharField(_("address"), max_length=250, blank=True)
    contact = models.CharField(_("contact for personal data"), max_length=160, blank=True)
    officer = models.CharField(_("data protection officer"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("privacy settings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="privacy_settings_are_one_row"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> PrivacySettings:
        """The settings' row, made with its defaults the first time."""
        return cls.objects.get_or_create(id=1)[0]
