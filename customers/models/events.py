"""What people did besides ordering: page views, carts, visits to a shop."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing a person did at an instant; `page` is a path without host or query."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="events"
    )
    name = models.CharField(_("name"), max_length=60)
    occurred_at = models.DateTimeField(_("date"), db_index=True)
    product = models.ForeignKey(
        "customers.Product", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    category = models.CharField(_("category"), max_length=80, blank=True)
    page = models.CharField(_("page"), max_length=200, blank=True)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=2, null=True, blank=True)
    properties = models.JSONField(_("properties"), default=dict, blank=True)
    external_id = models.CharField(max_length=80, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar[list[str]] = ["-occurred_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "occurred_at"], name="event_by_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class EventProperty(models.Model):
    """A property of events that rules may ask about, declared with its type.

    Events carry whatever the shop sends; only what is declared here reaches the snapshot.
    """

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        BOOLEAN = "boolean", _("Yes or no")
        DATE = "date", _("Date")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=80)
    type = models.CharField(_("type"), max_length=7, choices=Type.choices)

    class Meta:
        verbose_name = _("event property")
        verbose_name_plural = _("event properties")
        ordering: ClassVar[list[str]] = ["label"]

    def __str__(self) -> str:
        return self.label
