"""What people agreed to, and the addresses that must never be written to.

The ledger is append-only: the current state is that of the latest record. A suppression names
an address by its keyed hash and wins over everything else.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    """How a message reaches a person."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class Subject(models.TextChoices):
    """What a consent is about: receiving on a channel, being followed, keeping sensitive data."""

    EMAIL = "email", _("Receive e-mails")
    SMS = "sms", _("Receive SMS")
    TRACKING = "tracking", _("Individual tracking")
    # About one custom attribute: `ConsentRecord.attribute_key` names it.
    SENSITIVE = "sensitive", _("Keep a sensitive information")


class ConsentState(models.TextChoices):
    """What the person said; without any record the state is "unknown".

    A record says "unknown" only to take back another that should not have been: an import undone.
    """

    GIVEN = "given", _("Given")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    UNKNOWN = "unknown", _("Unknown")


class LegalBasis(models.TextChoices):
    """Why a given state allows to write: what the person said, or what the law says of them."""

    CONSENT = "consent", _("Consent")
    # Article L34-5 of the French CPCE: similar products, address given at a sale, may oppose.
    EXISTING_CUSTOMER = "customer", _("Existing customer, similar products")
    GUARDIAN = "guardian", _("Consent of a holder of parental authority")


class Ledger(models.QuerySet["ConsentRecord"]):
    """Records are added; they go only with their person, and follow them when two are one."""

    MAY_CHANGE: Final = frozenset({"customer", "customer_id"})

    def update(self, **fields: Any) -> int:
        """Move records to the person who stays when two are one.

        Raises TypeError for anything that would change what was said, where or when.
        """
        if not fields.keys() <= self.MAY_CHANGE:
            raise TypeError("The consent ledger is append-only: add a record.")
        return super().update(**fields)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raise TypeError: a record goes only with its person."""
        raise TypeError("The consent ledger is append-only: add a record that takes it back.")


class ConsentRecord(models.Model):
    """One line of the ledger: who said what, when, where, in which words, and who wrote it."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="consents"
    )
    subject = models.CharField(_("subject"), max_length=10, choices=Subject.choices)
    state = models.CharField(_("state"), max_length=10, choices=ConsentState.choices)
    basis = models.CharField(
        _("legal basis"), max_length=10, choices=LegalBasis.choices, default=LegalBasis.CONSENT
    )
    attribute_key = models.CharField(max_length=40, blank=True, editable=False)
    occurred_at = models.DateTimeField(_("date"), default=timezone.now)
    source = models.CharField(_("source"), max_length=120)
    wording = models.TextField(_("exact wording"), blank=True)
    proof = models.CharField(_("proof"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = Ledger.as_manager()

    class Meta:
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        ordering: ClassVar[list[str]] = ["-occurred_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "subject", "-occurred_at", "-id"], name="consent_now"),
            # Whoever ever said yes, or no: where they are few, they are looked at and nobody else.
            models.Index(fields=["subject", "state", "customer"], name="consent_ever"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.subject} {self.state}"

    def taken_back(self, source: str) -> ConsentRecord:
        """The record, not saved, that takes this one back.

        It is at the same instant, and after it in the ledger: a later word still comes later.
        """
        return ConsentRecord(
            customer_id=self.customer_id,
            subject=self.subject,
            state=ConsentState.UNKNOWN,
            attribute_key=self.attribute_key,
            occurred_at=self.occurred_at,
            source=source[:120],
        )


class Suppression(models.Model):
    """An address no promotional message may reach on a channel, whatever else is recorded."""

    class Reason(models.TextChoices):
        UNSUBSCRIBE = "unsubscribe", pgettext_lazy("reason", "Unsubscribed")
        STOP = "stop", _("Replied STOP")
        BOUNCE = "bounce", _("Address does not exist")
        COMPLAINT = "complaint", _("Reported as spam")
        OPPOSITION = "opposition", _("Asked not to be contacted")
        ERASURE = "erasure", _("Erased at the person's request")
        LISTED = "listed", _("On a list of addresses never to write to")

    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    address_hash = models.CharField(max_length=32, editable=False)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    source = models.CharField(_("source"), max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["channel", "address_hash"], name="an_address_is_suppressed_once_a_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"
