"""The pages under "Settings": each app registers its own in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise

from accounts.access import can
from accounts.roles import Capability


@dataclass(frozen=True)
class SettingsPage:
    """One page: where it is, what it is for, and who may open it."""

    label: str | Promise
    url_name: str
    capability: Capability
    icon: str
    description: str | Promise
    order: int = 100
    shown: Callable[[], bool] = lambda: True

    @property
    def url(self) -> str:
        return reverse(self.url_name)


_PAGES: Final[dict[str, SettingsPage]] = {}


def register(
    label: str | Promise,
    url_name: str,
    capability: Capability,
    icon: str,
    description: str | Promise,
    order: int = 100,
    shown: Callable[[], bool] = lambda: True,
) -> None:
    """Add a page to the settings; registering the same URL name again replaces it.

    `shown` is asked each time whether the page has a reason to be there.
    """
    _PAGES[url_name] = SettingsPage(label, url_name, capability, icon, description, order, shown)


def pages_for(user: Any) -> list[SettingsPage]:
    """List the pages `user` may open, in their order."""
    seen = [page for page in _PAGES.values() if can(user, page.capability) and page.shown()]
    return sorted(seen, key=lambda page: (page.order, page.url_name))
