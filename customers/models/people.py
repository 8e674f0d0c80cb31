"""Customers, what the shop chose to know about them besides, and their tags.

Nothing derived is stored here: order counts, scores and stages are answers, and answers come
from the snapshot.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.addresses import national_phone, readable_phone
from customers.fields import AddressHashField, FoldedField


class CustomAttribute(models.Model):
    """A column the shop adds to its customers, for instance a shoe size."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        BOOLEAN = "boolean", _("Yes or no")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice from a list")

    class Sensitive(models.TextChoices):
        """What article 9 of the GDPR protects: nothing is stored without explicit consent."""

        HEALTH = "health", _("Health")
        BELIEFS = "beliefs", _("Religious or philosophical beliefs")
        POLITICS = "politics", _("Political opinions or union membership")
        ORIENTATION = "orientation", _("Sex life or sexual orientation")
        ORIGIN = "origin", _("Racial or ethnic origin")
        BIOMETRY = "biometry", _("Genetic or biometric data")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=80)
    type = models.CharField(_("type"), max_length=10, choices=Type.choices, default=Type.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    purpose = models.CharField(_("why it is kept"), max_length=200, blank=True)
    sensitive = models.CharField(
        _("sensitive data"), max_length=12, blank=True, choices=Sensitive.choices
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("custom attribute")
        verbose_name_plural = _("custom attributes")
        ordering: ClassVar[list[str]] = ["label"]

    def __str__(self) -> str:
        return self.label


class Tag(models.Model):
    """A word the team puts on people; two spellings that fold alike are one tag."""

    name = models.CharField(_("name"), max_length=60)
    folded = models.CharField(max_length=120, unique=True, editable=False)
    customers = models.ManyToManyField(
        "customers.Customer", through="customers.CustomerTag", related_name="tags"
    )

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class KnownCustomers(models.Manager["Customer"]):
    """The people the shop knows: whoever was erased is not among them."""

    def get_queryset(self) -> models.QuerySet[Customer]:
        return super().get_queryset().filter(erased_at=None)


class Customer(models.Model):
    """A person the shop knows, by an address, a number of its own, or both.

    E-mail addresses are stored lower-case, phones in E.164; two people may share either (a
    family does), so neither is unique. `attributes` holds custom values by attribute key:
    text and choice as str, number as str of a decimal, boolean as bool, date as ISO text.
    Someone erased at their request keeps a row without anything that names them, so that the
    shop's totals remain: `erased_at` is set, and no list, segment or message knows them.
    """

    class Gender(models.TextChoices):
        FEMALE = "female", _("Woman")
        MALE = "male", _("Man")
        NON_BINARY = "non_binary", _("Non-binary")

    class MaritalStatus(models.TextChoices):
        SINGLE = "single", _("Single")
        COUPLE = "couple", _("In a couple")
        MARRIED = "married", _("Married")
        DIVORCED = "divorced", _("Divorced")
        WIDOWED = "widowed", _("Widowed")

    class Frequency(models.TextChoices):
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")
        IMPORTANT = "important", _("Important news only")

    class PreferredChannel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")

    external_id = models.CharField(
        _("customer number"), max_length=80, unique=True, null=True, blank=True
    )
    # None, not '', where there is none: an address is there or is not.
    email = models.EmailField(  # noqa: DJ001
        _("e-mail"), max_length=254, null=True, blank=True
    )
    email_hash = AddressHashField(source="email")
    phone = models.CharField(  # noqa: DJ001
        _("phone"), max_length=20, null=True, blank=True
    )
    phone_hash = AddressHashField(source="phone")
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    gender = models.CharField(_("gender"), max_length=12, blank=True, choices=Gender.choices)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    city_folded = FoldedField(source="city", max_length=120, db_index=True)
    country = models.CharField(_("country"), max_length=2, blank=True, default="FR")
    language = models.CharField(_("language"), max_length=5, blank=True, default="fr")
    children = models.PositiveSmallIntegerField(_("children"), null=True, blank=True)
    marital_status = models.CharField(
        _("marital status"), max_length=10, blank=True, choices=MaritalStatus.choices
    )
    education = models.CharField(_("education"), max_length=40, blank=True)
    profession = models.CharField(_("profession"), max_length=60, blank=True)
    income_band = models.CharField(_("income band"), max_length=40, blank=True)
    acquisition_source = models.CharField(_("how they found us"), max_length=40, blank=True)
    interests = models.JSONField(_("interests"), default=list, blank=True)
    preferred_frequency = models.CharField(
        _("preferred frequency"), max_length=10, blank=True, choices=Frequency.choices
    )
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=5, blank=True, choices=PreferredChannel.choices
    )
    attributes = models.JSONField(default=dict, blank=True)
    signed_up_at = models.DateTimeField(_("signed up"), null=True, blank=True)
    search_text = FoldedField(source="searched", max_length=600)
    name_key = FoldedField(source="full_name", max_length=170)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    # The first is the default one: lists, searches, pages, imports and the API know nobody erased.
    # What an order or a message belongs to is still found, through Django's base manager.
    objects = KnownCustomers()
    all_records: ClassVar[models.Manager[Customer]] = models.Manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        # By name, whatever its accents and capitals: a search's text begins with it.
        ordering: ClassVar[list[str]] = ["search_text", "id"]
        # Each costs every imported line: none is here that another could stand in for.
        indexes: ClassVar[list[models.Index]] = [
            # Of those a list may show, so that it is read and counted from the index alone.
            models.Index(
                fields=["search_text", "id"],
                condition=models.Q(erased_at=None),
                name="customer_by_search_text",
            ),
            # Who has an address, and records that share it side by side, read from the index alone.
            # Nothing is said of the erased, who have none: within an OR, SQLite would not see it.
            models.Index(
                fields=["email", "name_key"],
                condition=models.Q(email__isnull=False),
                name="customer_by_email",
            ),
            models.Index(
                fields=["phone"],
                condition=models.Q(phone__isnull=False),
                name="customer_by_phone",
            ),
            # Those who are not counted: few, while counting the others reads them all.
            models.Index(
                fields=["erased_at"],
                condition=models.Q(erased_at__isnull=False),
                name="customer_erased",
            ),
            # Homonyms side by side, with what tells whether they are one person.
            models.Index(
                fields=["name_key", "postal_code", "birth_date"],
                condition=models.Q(erased_at=None) & ~models.Q(name_key=""),
                name="customer_by_full_name",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name as one would call it, else the number, else the record's id."""
        name = f"{self.first_name} {self.last_name}".strip()
        return name or self.external_id or f"#{self.pk}"

    @property
    def readable_phone(self) -> str:
        """The phone as people write it."""
        return readable_phone(self.phone)

    @property
    def age(self) -> int | None:
        """In completed years, today; someone born on 29 February is older from 1 March."""
        if self.birth_date is None:
            return None
        today, born = timezone.localdate(), self.birth_date
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    @property
    def full_name(self) -> str:
        """Last and first name, what homonyms share; '' where one of them is missing."""
        return f"{self.last_name} {self.first_name}" if self.last_name and self.first_name else ""

    @property
    def searched(self) -> str:
        """What a search looks in, name first so that lists are sorted by it too."""
        phone = self.phone or ""
        parts = (self.last_name, self.first_name, self.email, phone, national_phone(phone))
        return " ".join(part for part in (*parts, self.external_id) if part)


class CustomerTag(models.Model):
    """A tag on a person."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["customer", "tag"], name="one_tag_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}:{self.tag_id}"


class FormerNumber(models.Model):
    """The customer number of a record that was merged: what names it now means the survivor."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="former_numbers")
    external_id = models.CharField(_("customer number"), max_length=80, unique=True)
    merged_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.external_id


class NotDuplicates(models.Model):
    """Two records that look alike and are two people, as a member said; first.pk < second.pk."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    said_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["first", "second"], name="two_people_are_told_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="the_lower_record_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class Note(models.Model):
    """What a member wrote down about a person: a remark, a call, a visit."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        CALL = "call", _("Phone call")
        VISIT = "visit", _("Visit")
        MESSAGE = "message", _("Message received")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField(_("text"), max_length=4000)
    occurred_at = models.DateTimeField(_("date"), default=timezone.now)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering: ClassVar[list[str]] = ["-occurred_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "occurred_at"], name="note_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"
