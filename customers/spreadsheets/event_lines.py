"""What a batch of lines of events changes: what people did, added and never changed.

An event is told apart by who, what, when and its details, and by its place among its equals in
the file. So the same file again changes nothing, and two equal visits of one day are two.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from customers.models import Event, ImportChange
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.lines import Line, Problem
from customers.spreadsheets.owners import Unknown, place
from customers.spreadsheets.people import People
from customers.spreadsheets.products import Named, Products
from customers.spreadsheets.report import Report

if TYPE_CHECKING:
    from customers.spreadsheets.importers import Setting


class Told(NamedTuple):
    """What a line says happened; equal ones are told apart by their number only."""

    customer: int
    name: str
    at: dt.datetime
    product: int | None
    category: str
    page: str
    value: Decimal | None

    @property
    def key(self) -> str:
        """The form under which earlier lines of it are counted."""
        told = (*self[:2], self.at.isoformat(), *self[3:])
        return f"v:{hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()}"


class EventLines:
    """Plans and writes batches of lines of events."""

    def __init__(self, given: Setting) -> None:
        self.memory = given.memory
        self.journal = given.journal
        self.write = given.write
        self.people = People(given.memory, given.journal, given.write)
        self.products = Products(given.journal, given.write)

    def batch(self, lines: list[Line], report: Report) -> list[Line]:
        """Import a batch (or, without `write`, find what it would change); the rejected lines."""
        for line in lines:
            _check(line)
        placed = place(self.people, lines, report, Unknown.WITH_ADDRESS)
        self.products.load([_named(line) for line, _person in placed])
        told = [self._told(line, person.customer.pk) for line, person in placed]
        earlier = {
            key: int(n) for key, n in self.memory.recall({each.key for each in told}).items()
        }
        known = self._known(told)
        new: list[Told] = []
        for each in told:
            earlier[each.key] = nth = earlier.get(each.key, 0) + 1
            if nth > known[each]:
                new.append(each)
        report.rows += len(lines)
        report.created += len(new)
        report.unchanged += len(told) - len(new)
        if self.write:
            self._save(new)
        self.memory.remember({key: str(n) for key, n in earlier.items()})
        self.people.remember()
        rejected = [line for line in lines if line.problems]
        for line in rejected:
            report.reject(line)
        return rejected

    def _told(self, line: Line, customer: int) -> Told:
        values = line.values
        product = self.products.get(_named(line)) if "product" in values else None
        return Told(
            customer,
            values["name"],
            values["occurred_at"],
            product.pk if product else None,
            values.get("category", ""),
            values.get("page", ""),
            values.get("value"),
        )

    def _known(self, told: list[Told]) -> Counter[Told]:
        """How many of each the base has: one query, by the index of a person's events."""
        people = {each.customer for each in told if each.customer > 0}
        rows = Event.objects.filter(
            customer__in=people, occurred_at__in={each.at for each in told}
        ).order_by()
        names = ("customer_id", "name", "occurred_at", "product_id", "category", "page", "value")
        return Counter(Told(*row) for row in rows.values_list(*names))

    def _save(self, new: list[Told]) -> None:
        events = [
            Event(
                customer_id=each.customer,
                name=each.name,
                occurred_at=each.at,
                product_id=each.product,
                category=each.category,
                page=each.page,
                value=each.value,
            )
            for each in new
        ]
        insert(events)
        self.journal.created(ImportChange.Record.EVENT, [event.pk for event in events])


def _check(line: Line) -> None:
    """Note what an event cannot do without."""
    told = {problem.column for problem in line.problems}
    missing: dict[str, Any] = {
        "customer": Problem("no_customer", _("This line does not say who it is about.")),
        "name": Problem("no_name", _("This line does not say what happened.")),
        "occurred_at": Problem("no_date", _("This line does not say when it happened.")),
    }
    if not told:
        line.problems += [each for key, each in missing.items() if key not in line.values]


def _named(line: Line) -> Named:
    return Named(line.values.get("product", ""), "", "")
