"""The tables that can be exported, in one list; the apps above register theirs.

A table says whom it is about: `select` reads the address of the page, so that an export follows
the filters of the list it was asked from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from customers.exports.resources import TableResource

# The table an export is of, unless another is asked for.
PEOPLE: Final = "people"


@dataclass(frozen=True)
class Table:
    """One table: its rows, its columns, what a row is called and what the file is called."""

    key: str
    label: str | Promise
    description: str | Promise
    file_name: str | Promise
    resource: type[TableResource]
    select: Callable[[QueryDict], QuerySet[Any]]
    icon: str = "file-spreadsheet"
    # Says in words what `select` narrows to; '' where it is everything.
    about: Callable[[QueryDict], str] = lambda _query: ""
    # Whether the table is offered where nothing but its own query was asked for.
    shown: Callable[[QueryDict], bool] = lambda _query: True


_TABLES: Final[dict[str, Table]] = {}


def register(table: Table) -> None:
    """Add (or replace, by key) a table."""
    _TABLES[table.key] = table


def known(key: str) -> Table | None:
    """The table of that key."""
    return _TABLES.get(key)


def offered(query: QueryDict) -> list[Table]:
    """The tables to choose from, in the order in which they were registered."""
    return [table for table in _TABLES.values() if table.shown(query)]
