"""A spreadsheet on its way in: the file, how it is read, how far it is, what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ImportJob(models.Model):
    """One import, from the upload to the report. `mapping` has the form of MAPPING.

    `position` is the number of data rows whose batch is committed: a job whose worker died is
    taken up again from there once its lease has passed. `check_report` is what the check before
    the import found, `report` what the import did so far.
    """

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        ORDERS = "orders", _("Orders")
        EVENTS = "events", _("Events")
        TAGS = "tags", _("Tags for known customers")
        MEMBERS = "members", _("Members of a fixed segment")
        SUPPRESSIONS = "suppressed", _("Addresses never to write to")

    class State(models.TextChoices):
        MAPPING = "mapping", pgettext_lazy("import", "To be matched")
        CHECKING = "checking", pgettext_lazy("import", "Being checked")
        CHECKED = "checked", pgettext_lazy("import", "Checked")
        QUEUED = "queued", pgettext_lazy("import", "Waiting")
        RUNNING = "running", pgettext_lazy("import", "Importing")
        DONE = "done", pgettext_lazy("import", "Done")
        FAILED = "failed", pgettext_lazy("import", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("import", "Cancelled")
        UNDOING = "undoing", pgettext_lazy("import", "Being undone")
        UNDONE = "undone", pgettext_lazy("import", "Undone")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING)
    file = models.FileField(upload_to="imports/%Y/%m/")
    file_name = models.CharField(max_length=200)
    language = models.CharField(max_length=5, default="fr")
    mapping = models.JSONField(default=dict)
    # Of the header's names: the next file of the same shape is matched the same way.
    shape = models.CharField(max_length=32, blank=True, db_index=True, editable=False)
    # What the import is for where its kind needs it: {"tag": "VIP"}, {"segment": 12}.
    target = models.JSONField(default=dict, blank=True)
    rows = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    check_report = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    rejected_file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    rejected_bytes = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    cancel_asked = models.BooleanField(default=False, editable=False)
    undo_report = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_under_way(self) -> bool:
        """Say whether a worker has it, or will."""
        return self.state in (
            self.State.CHECKING,
            self.State.QUEUED,
            self.State.RUNNING,
            self.State.UNDOING,
        )


class ImportTrace(models.Model):
    """What a running import must remember of the lines it is done with.

    Written in the transaction of the batch it belongs to, so that an import that is taken up
    again knows the same; deleted when the import ends, also badly. Keys
    hold addresses, values record ids.
    """

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=160)
    value = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["job", "key"], name="an_import_remembers_a_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.key}"


class ImportChange(models.Model):
    """What an import did to one record, so that it can be undone within 30 days.

    Written in the transaction of the batch. `before` holds the old values of the fields changed
    and `after` the new ones (nothing of a record that was created); both go when undoing is no
    longer possible, and when the person is erased.
    """

    class Record(models.TextChoices):
        CUSTOMER = "customer"
        CONSENT = "consent"
        TAG = "tag"
        PRODUCT = "product"
        ORDER = "order"
        LINE = "line"
        EVENT = "event"
        MEMBER = "member"
        SUPPRESSION = "suppressed"

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="changes")
    record = models.CharField(max_length=10, choices=Record.choices)
    record_id = models.BigIntegerField()
    created = models.BooleanField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # The line of the file that did it, where the importer tells.
    line = models.PositiveIntegerField(null=True, editable=False)
    # The instant of the batch: a record written later than that has been changed since.
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["record", "record_id"], name="import_change_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.record} {self.record_id}"
