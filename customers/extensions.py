"""Where the apps above show themselves on the pages of customers.

Registered once, from `AppConfig.ready()`; nothing here imports the apps that register.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from customers.models import Customer


@dataclass(frozen=True)
class TimelineEntry:
    """One thing in a person's life with the shop. `icon` names a vendored icon."""

    at: dt.datetime
    title: str
    icon: str
    detail: str = ""
    amount: Any = None
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class TimelineSource:
    """Gives a person's entries at or before `until`, latest first, at most `limit` of them.

    Entries of one instant must always come in the same order.
    """

    key: str
    entries: Callable[[Customer, dt.datetime, int], Iterable[TimelineEntry]]


@dataclass(frozen=True)
class Panel:
    """A card in the side column of a person's page: a template and what it is filled with.

    `context` returns None where the panel has nothing to say about this person; the template
    also sees `customer` and draws its own `<section class="tm-card tm-pad">`.
    """

    key: str
    template: str
    context: Callable[[HttpRequest, Customer], dict[str, Any] | None]
    order: int = 100


@dataclass(frozen=True)
class ListFilter:
    """A choice above the list. `choices` gives (value, label); `apply` narrows the query.

    A value that is not among the choices is ignored by the list.
    """

    key: str
    label: str | Promise
    choices: Callable[[], Sequence[tuple[str, str]]]
    apply: Callable[[QuerySet[Customer], str], QuerySet[Customer]]


@dataclass(frozen=True)
class Belonging:
    """What goes with a person who is deleted: `sentence(n)` says "3 messages" in words."""

    key: str
    count: Callable[[Customer], int]
    sentence: Callable[[int], str]


@dataclass
class _Registry:
    sources: dict[str, TimelineSource] = field(default_factory=dict)
    panels: dict[str, Panel] = field(default_factory=dict)
    filters: dict[str, ListFilter] = field(default_factory=dict)
    belongings: dict[str, Belonging] = field(default_factory=dict)


_registry = _Registry()


def register_timeline_source(source: TimelineSource) -> None:
    """Add (or replace, by key) a source of a person's timeline."""
    _registry.sources[source.key] = source


def register_panel(panel: Panel) -> None:
    """Add (or replace) a card of a person's page."""
    _registry.panels[panel.key] = panel


def register_filter(list_filter: ListFilter) -> None:
    """Add (or replace) a filter of the list; its key is the query parameter's name."""
    _registry.filters[list_filter.key] = list_filter


def register_belonging(belonging: Belonging) -> None:
    """Add (or replace) something that a deletion names in numbers."""
    _registry.belongings[belonging.key] = belonging


def timeline_sources() -> list[TimelineSource]:
    """All sources, in the order in which they were registered."""
    return list(_registry.sources.values())


def panels() -> list[Panel]:
    """All panels, the smallest order first."""
    return sorted(_registry.panels.values(), key=lambda panel: panel.order)


def filters() -> list[ListFilter]:
    """All filters registered by other apps."""
    return list(_registry.filters.values())


def belongings() -> list[Belonging]:
    """All that a deletion takes along, besides what customers know themselves."""
    return list(_registry.belongings.values())
