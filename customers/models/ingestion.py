"""What other programs send us: online shops that are connected, and calls already answered."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ShopConnection(models.Model):
    """An online shop whose webhooks we take in; its key in the address tells it from others.

    The secret that signs its calls is no field: it is made from our own keys, or given in the
    environment where the shop's program chooses it.
    """

    class Kind(models.TextChoices):
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        SHOPIFY = "shopify", "Shopify"
        PRESTASHOP = "prestashop", "PrestaShop"
        SITE = "site", _("Web site, by the snippet")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(max_length=32, unique=True, editable=False)
    # Origins whose pages may report, for a web site.
    allowed_origins = models.JSONField(_("sites"), default=list, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    received = models.PositiveIntegerField(default=0, editable=False)
    refused = models.PositiveIntegerField(default=0, editable=False)
    last_received_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("connected shop")
        verbose_name_plural = _("connected shops")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class ShopRecord(models.Model):
    """What a connected shop calls one of its records, and what that is here.

    Shops number their customers and orders each for itself, so a number of theirs says nothing
    without the shop. `changed_at` is when the shop last changed the record, as it says: what
    arrives later about an earlier state is left aside.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        ORDER = "order", _("Order")
        CART = "cart", _("Cart")

    connection = models.ForeignKey(ShopConnection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    remote_id = models.CharField(max_length=80)
    # Named, not hidden: whoever is merged takes their shop's numbers along.
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.CASCADE, related_name="shop_records"
    )
    order = models.ForeignKey(
        "customers.Order", null=True, on_delete=models.CASCADE, related_name="+"
    )
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["connection", "kind", "remote_id"], name="a_shops_record_is_known_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.remote_id}"


class AnsweredCall(models.Model):
    """A call that carried an idempotency key: the same call again gets the same answer.

    `caller` is the token or connection it came from; kept for a day.
    """

    caller = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    # None while the first call is still being answered.
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["caller", "key"], name="a_call_is_answered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
