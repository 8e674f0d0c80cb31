"""The facts about people in the admin site: looked at, and exported by the same resources.

Invariant: an export from here is streamed, harmless and on record like any other; nothing is
imported here, where nobody would ask for consents or show what would change.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from import_export.formats import base_formats
from import_export.forms import ExportForm

from accounts.access import can
from accounts.admin_site import ReadOnlyAdmin
from accounts.roles import Capability
from accounts.signed_in import member_of
from customers.exports import download, tables
from customers.exports.resources import LedgerResource, OrdersResource, PeopleResource
from customers.listing import COUNT_BOUND
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    Event,
    FormerNumber,
    ImportJob,
    Note,
    Order,
    OrderLine,
    Place,
    Product,
    RightsRequest,
    ShopConnection,
    Signup,
    SignupForm,
    Suppression,
    Tag,
)
from customers.search import find

_FORMATS: Final = {base_formats.CSV: download.CSV, base_formats.XLSX: download.XLSX}


class BoundedPages(Paginator[Any]):
    """Pages whose number is known up to a bound, since counting a million rows takes a second."""

    @cached_property
    def count(self) -> int:
        found: Any = self.object_list
        return int(found.order_by()[:COUNT_BOUND].count())


class LargeAdmin(ReadOnlyAdmin):
    """A table of millions: nothing that reads it whole, as sorting by any column would."""

    paginator = BoundedPages
    sortable_by = ()


class ExportedAdmin(ExportMixin, LargeAdmin):
    """A table whose export is one of ours."""

    table = ""
    export_formats = list(_FORMATS)
    export_form_class = ExportForm

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may export elsewhere."""
        return can(request.user, Capability.EXPORT_CONTACTS)

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **_rest: Any
    ) -> HttpResponseBase:
        table = tables.known(self.table)
        assert table is not None
        return download.response(
            table, queryset, file_format=_FORMATS[type(file_format)], by=member_of(request)
        )


@admin.register(Customer)
class CustomerAdmin(ExportedAdmin):
    table = tables.PEOPLE
    resource_classes = [PeopleResource]
    list_display = ("name", "external_id", "email", "phone_shown", "city", "created_at")
    search_fields = ("search_text",)

    @admin.display(description=_("Name"))
    def name(self, customer: Customer) -> str:
        """As the pages call them."""
        return customer.display_name

    @admin.display(description=_("Phone"))
    def phone_shown(self, customer: Customer) -> str:
        """The number in groups of digits."""
        return customer.readable_phone

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The search of the list, by its index."""
        return find(search_term).narrow(queryset), False


@admin.register(Order)
class OrderAdmin(ExportedAdmin):
    table = "orders"
    resource_classes = [OrdersResource]
    list_display = ("number", "customer", "placed_at", "total", "status", "channel", "store")
    list_select_related = ("customer",)
    list_filter = ("status", "channel")
    search_fields = ("number__exact",)
    raw_id_fields = ("customer",)


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ExportedAdmin):
    table = "ledger"
    resource_classes = [LedgerResource]
    list_display = ("customer", "subject", "state", "basis", "occurred_at", "source", "recorded_by")
    list_select_related = ("customer", "recorded_by")
    list_filter = ("subject", "state", "basis")
    raw_id_fields = ("customer",)


@admin.register(OrderLine)
class OrderLineAdmin(LargeAdmin):
    list_display = ("order", "product", "quantity", "amount")
    list_select_related = ("order", "product")
    raw_id_fields = ("order", "product")


@admin.register(Event)
class EventAdmin(LargeAdmin):
    list_display = ("name", "customer", "occurred_at", "product", "category", "page", "value")
    list_select_related = ("customer", "product")
    raw_id_fields = ("customer", "product")


@admin.register(Note)
class NoteAdmin(LargeAdmin):
    list_display = ("customer", "kind", "occurred_at", "author")
    list_select_related = ("customer", "author")
    raw_id_fields = ("customer",)


@admin.register(Suppression)
class SuppressionAdmin(LargeAdmin):
    list_display = ("channel", "address_hash", "reason", "source", "created_at")
    list_filter = ("channel", "reason")
    search_fields = ("address_hash__exact",)


@admin.register(FormerNumber)
class FormerNumberAdmin(LargeAdmin):
    list_display = ("external_id", "customer", "merged_at")
    list_select_related = ("customer",)
    search_fields = ("external_id__exact",)
    raw_id_fields = ("customer",)


@admin.register(Signup)
class SignupAdmin(LargeAdmin):
    list_display = ("form", "state", "customer", "source_page", "created_at")
    list_select_related = ("form", "customer")
    list_filter = ("state",)
    raw_id_fields = ("customer",)
    exclude = ("email_proof", "sms_proof")


@admin.register(RightsRequest)
class RightsRequestAdmin(ReadOnlyAdmin):
    list_display = ("kind", "state", "customer", "received_at", "due_on", "closed_at")
    list_select_related = ("customer",)
    list_filter = ("kind", "state")
    raw_id_fields = ("customer",)


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "kind", "state", "rows", "created_by", "created_at")
    list_select_related = ("created_by",)
    list_filter = ("kind", "state")


@admin.register(Product)
class ProductAdmin(LargeAdmin):
    list_display = ("name", "reference", "category", "brand", "price")
    search_fields = ("name__istartswith", "reference__exact")


@admin.register(ShopConnection)
class ShopConnectionAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "is_active", "received", "refused", "last_received_at")
    exclude = ("key",)


admin.site.register([CustomAttribute, Place, SignupForm, Tag], ReadOnlyAdmin)
