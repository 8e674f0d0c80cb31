"""Where the apps above show themselves on the pages of customers.

Registered once, from `AppConfig.ready()`; nothing here imports the apps that register.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from customers.models import Customer, ImportJob


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
class SelectionAction:
    """A button for the people chosen on the list: posts the list's form to a page of its own.

    What is posted is read by customers.forms.selection; `capability` is who sees the button.
    """

    key: str
    label: str | Promise
    icon: str
    url_name: str
    capability: str


@dataclass(frozen=True)
class Belonging:
    """What goes with a person who is deleted: `sentence(n)` says "3 messages" in words."""

    key: str
    count: Callable[[Customer], int]
    sentence: Callable[[int], str]


class MemberLists(Protocol):
    """Lists of people that a file can add to: the fixed segments of the app above.

    A target is what an import was asked for: `{"segment": 12}` for a list there is, or
    `{"name": "Salon de mars"}` for one of that name, made by the first batch where there is none.
    """

    def choices(self) -> Sequence[tuple[str, str]]:
        """The lists there are: (id as text, name)."""

    def label(self, target: Mapping[str, Any]) -> str:
        """The name of the target. Raises ValueError, in words, for one that cannot be added to."""

    def members(self, target: Mapping[str, Any], customer_ids: Collection[int]) -> set[int]:
        """Those of these people who are in it already."""

    def add(self, target: Mapping[str, Any], customer_ids: Sequence[int], by: Any) -> list[int]:
        """Add people who are not in it, in the caller's transaction; the memberships' ids."""

    def remove(self, membership_ids: Collection[int]) -> int:
        """Take these memberships back, if they still stand; how many did."""


@dataclass(frozen=True)
class Touch:
    """What an app above knows of people that keeps them from being removed with an import.

    `traces(job)` is a query with OuterRef("pk") for the person; what the import itself added
    (an ImportJob, see ImportChange) is no trace.
    """

    key: str
    traces: Callable[[ImportJob], QuerySet[Any]]


# Makes rows of the second person the first one's, within a merge; says how many, by what they are.
Move = Callable[["Customer", "Customer"], dict[str, int]]


@dataclass
class _Registry:
    sources: dict[str, TimelineSource] = field(default_factory=dict)
    panels: dict[str, Panel] = field(default_factory=dict)
    filters: dict[str, ListFilter] = field(default_factory=dict)
    selection_actions: dict[str, SelectionAction] = field(default_factory=dict)
    belongings: dict[str, Belonging] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)
    touches: dict[str, Touch] = field(default_factory=dict)
    messenger: Callable[[ServiceMessage], bool] | None = None


_registry = _Registry()
_member_lists: list[MemberLists] = []


def register_timeline_source(source: TimelineSource) -> None:
    """Add (or replace, by key) a source of a person's timeline."""
    _registry.sources[source.key] = source


def register_panel(panel: Panel) -> None:
    """Add (or replace) a card of a person's page."""
    _registry.panels[panel.key] = panel


def register_filter(list_filter: ListFilter) -> None:
    """Add (or replace) a filter of the list; its key is the query parameter's name."""
    _registry.filters[list_filter.key] = list_filter


def register_selection_action(action: SelectionAction) -> None:
    """Add (or replace) something to do with the people chosen on the list."""
    _registry.selection_actions[action.key] = action


def register_belonging(belonging: Belonging) -> None:
    """Add (or replace) something that a deletion names in numbers."""
    _registry.belongings[belonging.key] = belonging


def register_touch(touch: Touch) -> None:
    """Add (or replace) a reason not to remove someone whom an import made."""
    _registry.touches[touch.key] = touch


def register_move(key: str, move: Move) -> None:
    """Add (or replace) what a merge must do with another app's rows."""
    _registry.moves[key] = move


def moves() -> list[Move]:
    """What a merge must do besides moving what customers know themselves."""
    return list(_registry.moves.values())


def timeline_sources() -> list[TimelineSource]:
    """All sources, in the order in which they were registered."""
    return list(_registry.sources.values())


def panels() -> list[Panel]:
    """All panels, the smallest order first."""
    return sorted(_registry.panels.values(), key=lambda panel: panel.order)


def filters() -> list[ListFilter]:
    """All filters registered by other apps."""
    return list(_registry.filters.values())


def selection_actions() -> list[SelectionAction]:
    """What other apps do with the people chosen on the list."""
    return list(_registry.selection_actions.values())


def belongings() -> list[Belonging]:
    """All that a deletion takes along, besides what customers know themselves."""
    return list(_registry.belongings.values())


@dataclass(frozen=True)
class ServiceMessage:
    """A message a person has just asked for, such as a link or a code; never promotional.

    `key` is the same at each attempt. `text` is all of an SMS, and the plain part of an e-mail.
    """

    key: str
    channel: str
    recipient: str
    text: str
    subject: str = ""
    html: str = ""


class NoMessenger(LookupError):
    """Nothing that sends messages is installed."""


def register_messenger(send: Callable[[ServiceMessage], bool]) -> None:
    """Say who sends service messages: returns whether the provider took the message."""
    _registry.messenger = send


def send_service_message(message: ServiceMessage) -> bool:
    """Send a message at once. Raises NoMessenger where no app that sends is installed."""
    if _registry.messenger is None:
        raise NoMessenger
    return _registry.messenger(message)


def register_member_lists(lists: MemberLists) -> None:
    """Say which lists of people a file can add to; one app does."""
    _member_lists[:] = [lists]


def member_lists() -> MemberLists | None:
    """The lists a file can add people to; None where no app has any."""
    return _member_lists[0] if _member_lists else None


def touches() -> list[Touch]:
    """What apps above know of people that keeps them."""
    return list(_registry.touches.values())
