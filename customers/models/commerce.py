"""Products, orders and their lines. Amounts are tax included, in the shop's currency."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    """What is sold."""

    reference = models.CharField(_("reference"), max_length=80, unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=160, db_index=True)
    category = models.CharField(_("category"), max_length=80, blank=True, db_index=True)
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """An order. Only paid ones count in rules unless a rule asks for another status.

    An order without a number (a line of a spreadsheet) is told apart by customer, instant,
    total and `nth`: the nth of its kind, from 1, so that equal lines are not lost.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        PAID = "paid", _("Paid")
        REFUNDED = "refunded", _("Refunded")
        CANCELLED = "cancelled", _("Cancelled")

    class SalesChannel(models.TextChoices):
        WEB = "web", _("Web site")
        STORE = "store", _("Shop")
        PHONE = "phone", _("Phone")
        MARKETPLACE = "marketplace", _("Marketplace")

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="orders"
    )
    number = models.CharField(_("number"), max_length=80, unique=True, null=True, blank=True)
    nth = models.PositiveSmallIntegerField(default=1, editable=False)
    placed_at = models.DateTimeField(_("date"), db_index=True)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    discount = models.DecimalField(
        _("discount"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PAID
    )
    channel = models.CharField(
        _("sales channel"), max_length=12, blank=True, choices=SalesChannel.choices
    )
    store = models.CharField(_("shop"), max_length=80, blank=True)
    promo_code = models.CharField(_("promotion code"), max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering: ClassVar[list[str]] = ["-placed_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["customer", "placed_at", "total", "nth"],
                condition=Q(number__isnull=True),
                name="an_unnumbered_order_is_the_nth_of_its_kind",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "placed_at"], name="order_by_customer"),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class OrderLine(models.Model):
    """A line of an order; `amount` is the whole line's, not one piece's."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.PROTECT, related_name="lines"
    )
    quantity = models.DecimalField(
        _("quantity"), max_digits=10, decimal_places=3, default=Decimal(1)
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"
