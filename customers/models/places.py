"""The shop's own places: shops, workshops, stands; distances are measured from them."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Place(models.Model):
    """A place with coordinates, in decimal degrees (WGS 84).

    `name` is also what orders say in `store`; two spellings that fold alike are one place.
    """

    name = models.CharField(_("name"), max_length=80)
    folded = models.CharField(max_length=120, unique=True, editable=False)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FR")
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=5,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=8,
        decimal_places=5,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    # Whether the coordinates are the address's own, or only those of its commune or postcode.
    approximate = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name
