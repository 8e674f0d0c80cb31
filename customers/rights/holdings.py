"""What each app holds about people: how it is shown to them, let go of, and when it was of use.

Registered once, from `AppConfig.ready()`; nothing here imports the apps that register. Invariant:
an app that keeps rows about people registers a holding, or an erasure would leave them behind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from customers.models import Customer

Row = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A part of what a person is told we hold: a key for machines, a title for people.

    `rows` gives the entries one by one, by column key, values as JSON can hold them or dates and
    decimals; `columns` names each key in words, in the order in which they are read. `shown` writes
    the values of some columns for people, from their row, where a machine has a code or an amount.
    """

    key: str
    title: str | Promise
    columns: Mapping[str, str | Promise]
    rows: Callable[[Customer], Iterable[Row]]
    shown: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Activity:
    """An entry of the register of processing (GDPR, article 30)."""

    key: str
    title: str
    purposes: list[str]
    bases: list[str]
    people: list[str]
    data: list[str]
    recipients: list[str] = field(default_factory=list)
    retention: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Holding:
    """What one app holds about people.

    `erase` is called inside the erasing transaction, with people as they still were, and returns
    what was emptied or deleted, in numbers by name. `since` gives the rows, later than an instant,
    that count as contact or activity, to be matched with their column `customer`. `activities` are
    those of the register, made from what is configured.
    """

    key: str
    sections: Callable[[], Sequence[Section]] = lambda: ()
    erase: Callable[[Sequence[Customer]], dict[str, int]] = lambda _people: {}
    since: Callable[[dt.datetime], Sequence[QuerySet[Any]]] = lambda _instant: ()
    activities: Callable[[], Sequence[Activity]] = lambda: ()


_HOLDINGS: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Add (or replace, by key) what an app holds."""
    _HOLDINGS[holding.key] = holding


def registered() -> list[Holding]:
    """Every holding of the apps above, in the order in which they were registered."""
    return list(_HOLDINGS.values())
