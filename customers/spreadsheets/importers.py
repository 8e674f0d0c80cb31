"""Which importer takes which kind of file; apps above add theirs from AppConfig.ready()."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from customers.models import ImportJob
from customers.spreadsheets.consents import ConsentLedger
from customers.spreadsheets.customer_lines import CustomerLines
from customers.spreadsheets.event_lines import EventLines
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Line, LineReader
from customers.spreadsheets.mapping import Mapping
from customers.spreadsheets.member_lines import MemberLines
from customers.spreadsheets.memory import Memory
from customers.spreadsheets.order_lines import OrderLines
from customers.spreadsheets.remembered import mended_by
from customers.spreadsheets.report import Report
from customers.spreadsheets.sensitive_columns import SensitiveColumns
from customers.spreadsheets.suppression_lines import SuppressionLines
from customers.spreadsheets.tag_lines import TagLines


class BatchImporter(Protocol):
    """What plans and writes a batch of lines, and gives the rejected ones."""

    def batch(self, lines: list[Line], report: Report) -> list[Line]:
        """Import one batch; count every line of it in the report."""


@dataclass(frozen=True)
class Setting:
    """All an importer may need. With `write` false it must write nothing.

    `journal` is told every record added or changed, in the batch that does it; `target` is
    ImportJob.target, what the kind needs besides columns; `at` is when the import began, and `by`
    the member who asked for it, if any.
    """

    reader: LineReader
    mapping: Mapping
    memory: Memory
    journal: Journal
    file_name: str
    at: dt.datetime
    by: Any = None
    target: dict[str, Any] = field(default_factory=dict)
    write: bool = True


Maker = Callable[[Setting], BatchImporter]


def _customers(given: Setting) -> BatchImporter:
    ledger = ConsentLedger(
        given.mapping, given.reader, given.file_name, given.at, given.by, given.journal
    )
    return CustomerLines(
        given.memory,
        given.mapping.fields(),
        ledger,
        SensitiveColumns(given.mapping, given.reader.keys, ledger),
        given.journal,
        on_existing=given.mapping.on_existing,
        write=given.write,
    )


def _orders(given: Setting) -> BatchImporter:
    return OrderLines(
        given.memory,
        given.reader,
        given.journal,
        on_existing=given.mapping.on_existing,
        write=given.write,
        mends=mended_by(given.reader.file),
    )


_makers: Final[dict[str, Maker]] = {
    ImportJob.Kind.CUSTOMERS: _customers,
    ImportJob.Kind.ORDERS: _orders,
    ImportJob.Kind.EVENTS: EventLines,
    ImportJob.Kind.TAGS: TagLines,
    ImportJob.Kind.MEMBERS: MemberLines,
    ImportJob.Kind.SUPPRESSIONS: SuppressionLines,
}


def register(kind: str, maker: Maker) -> None:
    """Say what imports a kind of file (ImportJob.Kind)."""
    _makers[kind] = maker


def importer_for(setting: Setting) -> BatchImporter:
    """The importer of a mapping's kind. Raises KeyError for a kind nobody registered."""
    return _makers[setting.mapping.kind](setting)
