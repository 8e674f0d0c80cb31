"""What a batch of lines of orders changes.

A line without an order number is one order, told apart by (customer, instant, total, nth of its
kind in the file), so that the same file again changes nothing and equal lines are not lost.
Lines with a number are the lines of that order, told apart by their product; the first one
decides what the order is, later ones fill what it left empty. An import deletes nothing, so that
the missing lines of an order can follow in another file, mended rejects for instance: those never
change the lines that the import they come from has made (`mends`, its id).
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes.numbers import LARGEST_MONEY
from customers.models import Order, OrderLine
from customers.spreadsheets.baskets import (
    ORDER_KEYS,
    ZERO,
    Basket,
    keep_lines_of,
    load_lines,
    save,
)
from customers.spreadsheets.continued import Continued
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Line, LineReader, Problem
from customers.spreadsheets.memory import Memory
from customers.spreadsheets.owners import Unknown, place
from customers.spreadsheets.people import People, Person
from customers.spreadsheets.products import Named, Products
from customers.spreadsheets.report import Report

_BOUGHT: Final = frozenset({"product", "category", "brand", "quantity"})
_CENT: Final = Decimal("0.01")
_TOO_MUCH: Final = Problem("number_too_large", _("These amounts are too large together."))


class OrderLines:
    """Plans and writes batches of lines of orders."""

    def __init__(
        self,
        memory: Memory,
        reader: LineReader,
        journal: Journal,
        *,
        on_existing: str,
        write: bool,
        mends: int | None = None,
    ) -> None:
        keys = reader.keys
        self.memory = memory
        self.continued = Continued(memory, reader)
        self.journal = journal
        self.people = People(memory, journal, write)
        self.products = Products(journal, write)
        self.on_existing = on_existing
        self.write = write
        # A number and an amount make a line; without a number what was bought must be told.
        self.details = bool(keys & _BOUGHT)
        self.by_number = "number" in keys
        self.amount_told = not keys.isdisjoint(("amount", "unit_price"))
        self.mends = mends
        self._baskets: list[Basket] = []

    def batch(self, lines: list[Line], report: Report) -> list[Line]:
        """Import a batch (or, without `write`, find what it would change); the rejected lines."""
        self.continued.take(lines)
        for line in lines:
            self._check(line)
        placed = place(self.people, lines, report, Unknown.CREATED)
        self.products.load([_named(line) for line, _person in placed])
        self._baskets = []
        self._numbered([each for each in placed if each[0].values.get("number")], report)
        self._unnumbered([each for each in placed if not each[0].values.get("number")], report)
        report.rows += len(lines)
        if self.write:
            save(self._baskets, self.journal)
        self.people.remember()
        report.continued += self.continued.sound()
        rejected = [line for line in lines if line.problems]
        for line in rejected:
            report.reject(line)
        return rejected

    def _check(self, line: Line) -> None:
        """Note what an order cannot do without."""
        values, missing = line.values, []
        if "unit_price" in values and "amount" not in values:
            amount = values["unit_price"] * values.get("quantity", Decimal(1))
            values["amount"] = amount.quantize(_CENT, ROUND_HALF_UP)
            if abs(amount) >= LARGEST_MONEY:
                line.problems.append(_TOO_MUCH)
        told = {problem.column for problem in line.problems}
        if "customer" not in values:
            missing.append(Problem("no_customer", _("This line does not say whose order it is.")))
        if "placed_at" not in values:
            missing.append(Problem("no_date", _("This line does not say when it was ordered.")))
        if "total" not in values and "amount" not in values and not self._is_told_above(line):
            missing.append(Problem("no_amount", _("This line does not say how much it was.")))
        if not told:
            line.problems += missing
        total = values.get("total", ZERO if values.get("number") else values.get("amount", ZERO))
        if total < 0:
            message = _("An order's total is never below zero; a refund is an order's status.")
            line.problems.append(Problem("negative_total", message))

    def _is_told_above(self, line: Line) -> bool:
        """Whether the line of the order above told what all of it came to."""
        return not self.amount_told and line.number in self.continued.taken

    def _unnumbered(self, placed: list[tuple[Line, Person]], report: Report) -> None:
        if not placed:
            return
        kinds = [self._kind(line, person) for line, person in placed]
        counts = {
            key: int(value) for key, value in self.memory.recall({_key(k) for k in kinds}).items()
        }
        known = self._known_unnumbered(kinds)
        for (line, person), kind in zip(placed, kinds, strict=True):
            key = _key(kind)
            counts[key] = nth = counts.get(key, 0) + 1
            if nth > 32_767:
                message = _("The file repeats this order more than 32,767 times.")
                line.problems.append(Problem("too_many_alike", message))
                continue
            basket = known.get((*kind, nth))
            if basket is None:
                order = Order(customer=person.customer, placed_at=kind[1], total=kind[2], nth=nth)
                basket = Basket(order, created=True)
            self._baskets.append(basket)
            basket.outcome = "created" if basket.created else "unchanged"
            self._describe(basket, line)
            if self.details:
                self._line(basket, line, kind[2] if not self.amount_told else None)
            basket.count(report)
        self.memory.remember({key: str(n) for key, n in counts.items()})

    @staticmethod
    def _kind(line: Line, person: Person) -> tuple[int, dt.datetime, Decimal]:
        values = line.values
        total = values["total"] if "total" in values else values["amount"]
        return person.customer.pk, values["placed_at"], total

    def _known_unnumbered(
        self, kinds: list[tuple[int, dt.datetime, Decimal]]
    ) -> dict[tuple[int, dt.datetime, Decimal, int], Basket]:
        owners = {pk for pk, _at, _total in kinds if pk > 0 and not self.people.persons[pk].created}
        if not owners:
            return {}
        rows = Order.objects.filter(
            number__isnull=True, customer__in=owners, placed_at__in={at for _pk, at, _t in kinds}
        )
        found = {
            (order.customer_id, order.placed_at, order.total, order.nth): Basket(order)
            for order in rows
        }
        load_lines(found.values())
        return found

    def _numbered(self, placed: list[tuple[Line, Person]], report: Report) -> None:
        if not placed:
            return
        numbers = {line.values["number"] for line, _person in placed}
        baskets = {
            order.number: Basket(order) for order in Order.objects.filter(number__in=numbers)
        }
        load_lines(baskets.values())
        if self.mends is not None:
            keep_lines_of(self.mends, baskets.values())
        earlier = self.memory.recall({f"n:{number}" for number in numbers})
        noted: dict[str, str] = {}
        for line, person in placed:
            number, owner = line.values["number"], person.customer.pk
            basket = baskets.get(number)
            if basket is not None and not basket.outcome and (past := earlier.get(f"n:{number}")):
                basket.recall(past)
            elif basket is None and (past := earlier.get(f"n:{number}")):
                # Only a check meets an order that earlier lines would have created.
                basket = Basket(Order(number=number), created=True)
                baskets[number] = basket
                basket.recall(past)
            if basket is not None and basket.order.customer_id != owner:
                message = _("This order number belongs to another customer.")
                line.problems.append(Problem("other_customer", message))
                continue
            first = basket is None or not basket.outcome
            if basket is None:
                order = Order(customer=person.customer, number=number)
                basket = baskets[number] = Basket(order, created=True)
            if first:
                self._baskets.append(basket)
                basket.outcome = "created" if basket.created else "unchanged"
            elif basket not in self._baskets:
                self._baskets.append(basket)
            before = basket.outcome
            self._head(basket, line, first)
            if self.details or self.amount_told:
                self._line(basket, line, line.values.get("total", ZERO) if first else ZERO)
            basket.add_up()
            basket.count(report, before if not first else "")
            noted[f"n:{number}"] = basket.past
        self.memory.remember(noted)

    def _head(self, basket: Basket, line: Line, first: bool) -> None:
        """What the order is: its first line decides, the others fill what that left empty."""
        values, told = line.values, {}
        if first:
            told["placed_at"] = values["placed_at"]
            if basket.created:
                basket.order.total = ZERO
        if "total" in values and (first or not basket.total_told):
            told["total"] = values["total"]
            basket.total_told = True
        if basket.created or self.on_existing == "update":
            basket.assign(told, fill=False)
        self._describe(basket, line, fill=not first)

    def _describe(self, basket: Basket, line: Line, fill: bool = False) -> None:
        if not basket.created and self.on_existing == "skip":
            return
        fill = fill or (not basket.created and self.on_existing == "fill")
        told: dict[str, Any] = {key: line.values[key] for key in ORDER_KEYS if key in line.values}
        basket.assign(told, fill=fill)

    def _line(self, basket: Basket, line: Line, otherwise: Decimal | None) -> None:
        """What the order says of a product bought: made, or brought to what the file says."""
        values = line.values
        product = self.products.get(_named(line))
        amount = values.get("amount", otherwise)
        told = {
            "product_id": product.pk if product else None,
            "quantity": values.get("quantity", Decimal(1)),
            "amount": values.get("total", ZERO) if amount is None else amount,
        }
        if (bought := basket.next_line(told)) is not None:
            if self.on_existing != "update" or basket.created:
                return
            if product is None:
                del told["product_id"]
            if all(getattr(bought, key) == value for key, value in told.items()):
                return
            if not basket.has_room_for(told["amount"] - bought.amount):
                line.problems.append(_TOO_MUCH)
                return
            basket.mend(bought, told)
        else:
            if not basket.created and self.on_existing == "skip":
                return
            if not basket.has_room_for(told["amount"]):
                line.problems.append(_TOO_MUCH)
                return
            bought = OrderLine(order=basket.order, **told)
            basket.bought.append(bought)
        basket.changed = True
        basket.dirty_lines.append(bought)


def _key(kind: tuple[int, dt.datetime, Decimal]) -> str:
    pk, at, total = kind
    return f"o:{pk}:{at.isoformat()}:{total:.2f}"


def _named(line: Line) -> Named:
    values = line.values
    return Named(values.get("product", ""), values.get("category", ""), values.get("brand", ""))
