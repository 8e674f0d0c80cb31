"""Segments, who is in them, who came and went, and which facts changed since the snapshot."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Segment(models.Model):
    """A set of customers: by a rule (dynamic) or by a list (static, kept in Membership).

    A failed refresh leaves `size` and the members as they were and says why in `error`, since when
    in `failed_at` (not set where somebody stopped it) and how often in a row in `failures`;
    `leased_until` keeps two refreshes of one segment apart, `refreshing_since` is when the one
    under way began and `cancel_asked` has it stop at its next batch. `filled_version` is the
    version of the rule the members come from; 0 where a rule it refers to has changed since. A
    smaller `priority` comes first when a person is in several segments of a campaign. `recipe` is
    the ready-made segment it came from.
    """

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", _("Dynamic")
        STATIC = "static", _("Static list")

    name = models.CharField(_("name"), max_length=120, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DYNAMIC)
    rule = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1, editable=False)
    priority = models.PositiveIntegerField(default=100)
    recipe = models.CharField(max_length=40, blank=True, editable=False)
    size = models.PositiveIntegerField(null=True, editable=False)
    filled_version = models.PositiveIntegerField(null=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False, db_index=True)
    leased_until = models.DateTimeField(null=True, editable=False)
    refreshing_since = models.DateTimeField(null=True, editable=False)
    cancel_asked = models.BooleanField(default=False, editable=False)
    error = models.TextField(blank=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering: ClassVar[list[str]] = ["priority", "name"]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """A rule as it was saved: kept, compared, restored, and remembered by campaigns.

    `restored` is the number of the earlier version it was taken from, if it was.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    restored = models.PositiveIntegerField(null=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["segment", "number"], name="a_version_is_kept_once"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.number}"


class RuleDraft(models.Model):
    """What somebody is editing and has not saved: one a person and a segment, or a new segment.

    `form` is the rule with its name and description as the builder posts them; `edition` is that
    of the segment when the editing began.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="drafts")
    form = models.JSONField()
    edition = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "segment"],
                name="one_draft_a_person_a_segment",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(segment=None),
                name="one_draft_of_a_new_segment_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.segment_id}"


class ActionPlan(models.Model):
    """What the team means to do with a segment: what to say, offer, through what and when."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")
        BOTH = "both", _("E-mail and SMS")
        OTHER = "other", pgettext_lazy("channel", "Another way (phone, post, shop)")

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, related_name="plan")
    message = models.TextField(_("message"), blank=True, max_length=1000)
    offer = models.CharField(_("offer"), max_length=200, blank=True)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices, blank=True)
    timing = models.CharField(_("when"), max_length=200, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"plan of {self.segment_id}"


class Membership(models.Model):
    """A person is in a segment since an instant."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="memberships"
    )
    entered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["segment", "customer"], name="a_person_is_in_a_segment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}:{self.customer_id}"


class MembershipChange(models.Model):
    """An entry or an exit, kept for ever. Those of a first fill or a changed rule are marked."""

    class Kind(models.TextChoices):
        ENTERED = "entered", _("Entered")
        LEFT = "left", _("Left")

    class Cause(models.TextChoices):
        REFRESH = "refresh", _("The facts or the clock")
        FIRST_FILL = "first_fill", _("First fill")
        RULE_CHANGE = "rule_change", _("The rule was changed")

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="changes")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="segment_changes"
    )
    kind = models.CharField(max_length=7, choices=Kind.choices)
    cause = models.CharField(max_length=11, choices=Cause.choices)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["segment", "at"], name="change_by_segment"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}:{self.customer_id} {self.kind}"


class SegmentSize(models.Model):
    """How many were in a segment at the end of a refresh, how many of them could be reached.

    One row a local day, of its last refresh. `revenue` is what its members had spent by then, in
    the shop's currency.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes")
    day = models.DateField()
    size = models.PositiveIntegerField()
    email = models.PositiveIntegerField(null=True)
    sms = models.PositiveIntegerField(null=True)
    revenue = models.DecimalField(max_digits=16, decimal_places=2, null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["day"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["segment", "day"], name="one_size_a_segment_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.day}: {self.size}"


class ChangeMark(models.Model):
    """A row of a mirrored table changed since the snapshot; written by triggers only.

    `customer_id` is null where a whole table is marked (truncate, products). `taken` is used on
    SQLite, where a mark must be unique: see segmentation/snapshot/marks.py.
    """

    table = models.CharField(max_length=63)
    customer_id = models.BigIntegerField(null=True)
    taken = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"{self.table}:{self.customer_id}"


class PublishedSnapshot(models.Model):
    """The one row naming the snapshot last published from this database.

    A snapshot that bears another token was built from another database, or from what this one
    was before a backup was restored: it answers for nothing here.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    version = models.PositiveIntegerField()
    token = models.CharField(max_length=32)
    published_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_snapshot_is_published"),
        ]

    def __str__(self) -> str:
        return f"snapshot {self.version}"


class Lifecycle(models.Model):
    """The one row saying after how many days without an order a buyer is at risk, and lost."""

    class Trade(models.TextChoices):
        FOOD = "food", _("Food")
        BEAUTY = "beauty", _("Beauty and care")
        FASHION = "fashion", _("Fashion")
        HOME = "home", _("Home and garden")
        ELECTRONICS = "electronics", _("Electronics")
        CAR = "car", _("Cars")
        OTHER = "other", pgettext_lazy("trade", "Another trade")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    trade = models.CharField(_("trade"), max_length=12, choices=Trade.choices, default=Trade.BEAUTY)
    at_risk_days = models.PositiveSmallIntegerField(
        _("at risk after, in days"), default=90, validators=[MinValueValidator(1)]
    )
    lost_days = models.PositiveSmallIntegerField(
        _("lost after, in days"), default=240, validators=[MaxValueValidator(3650)]
    )

    class Meta:
        verbose_name = _("life cycle")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_life_cycle"),
            models.CheckConstraint(
                condition=models.Q(at_risk_days__lt=models.F("lost_days")),
                name="at_risk_comes_before_lost",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at_risk_days} / {self.lost_days}"

    @classmethod
    def current(cls) -> Lifecycle:
        """The shop's thresholds, or beauty's where it has not said anything; not saved then."""
        return cls.objects.first() or cls()
