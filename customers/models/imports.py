"""A spreadsheet on its way in: the file, how it is read, how far it is, what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ImportJob(models.Model):
    """One import, from the upload to the report. `mapping` has the form of MAPPING.

    `position` is the number of data rows whose batch is committed: a job whose worker died is
    taken up again from there once its lease has passed.
    """

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        ORDERS = "orders", _("Orders")

    class State(models.TextChoices):
        MAPPING = "mapping", _("To be matched")
        CHECKED = "checked", _("Checked")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Importing")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING)
    file = models.FileField(upload_to="imports/%Y/%m/")
    file_name = models.CharField(max_length=200)
    mapping = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    rejected_file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.file_name
