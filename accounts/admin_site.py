"""The admin site: what the database holds, for administrators who were given access to it.

Every one of its views passes the same door as the pages of Tamis. Nothing is changed there: the
pages hold the rules (consents, addresses, the last administrator), the admin site shows the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from accounts.access import can, refuse, requires
from accounts.admin_names import name_columns
from accounts.roles import Capability

OPENS_WITH = Capability.MANAGE_SETTINGS
_UNUSED = {"auth", "account"}


class TamisAdminSite(AdminSite):
    """An admin site behind `requires`, for members marked as staff."""

    site_title = _("Tamis: database")
    site_header = _("Tamis: what the database holds")
    index_title = _("Tables")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Administrators of the team who may open this site."""
        return bool(getattr(request.user, "is_staff", False)) and can(request.user, OPENS_WITH)

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Nobody signs in here: `requires` led to the sign-in page, the others may not enter."""
        return refuse(request, OPENS_WITH)

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Leave out what we make no use of: groups, a second table of addresses."""
        found = model_or_iterable
        models = found if isinstance(found, Iterable) and not isinstance(found, type) else [found]
        ours = [model for model in models if model._meta.app_label not in _UNUSED]
        super().register(ours, *args, **options)

    def get_urls(self) -> list[Any]:
        """The site's addresses, each view behind the door."""
        urls = super().get_urls()
        _guard(urls)
        return urls


def _guard(urls: list[Any]) -> None:
    for entry in urls:
        if isinstance(entry, URLResolver):
            _guard(entry.url_patterns)
        elif isinstance(entry, URLPattern) and not hasattr(entry.callback, "access"):
            entry.callback = requires(OPENS_WITH)(entry.callback)


class ReadOnlyAdmin(ModelAdmin[Any]):
    """Rows to look at: whoever may open the site sees them, nobody changes them here."""

    show_full_result_count = False
    list_per_page = 50
    actions = None
    ordering: ClassVar[Any] = ("-pk",)

    def __init__(self, model: type[Model], admin_site: AdminSite) -> None:
        name_columns(model)
        super().__init__(model, admin_site)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
