"""The products the lines of a file name: found by reference or name, made where unknown."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Q

from customers.folding import fold
from customers.models import ImportChange, Product
from customers.spreadsheets.journal import Journal


class Named(NamedTuple):
    """What a line says was bought; a category or brand alone stands for a product of that name."""

    product: str = ""
    category: str = ""
    brand: str = ""

    @property
    def name(self) -> str:
        """The name such a product has."""
        return self.product or self.category or self.brand


class Products:
    """Products by what lines call them, looked up a batch at a time."""

    def __init__(self, journal: Journal, write: bool) -> None:
        self.journal = journal
        self.write = write
        self._by_reference: dict[str, Product] = {}
        self._by_name: dict[str, list[Product]] = {}
        self._unsaved = 0

    def load(self, named: Collection[Named]) -> None:
        """Find those in the base: one query."""
        self._by_reference, self._by_name = {}, {}
        names = {each.name for each in named if each.name}
        if not names:
            return
        rows = Product.objects.filter(Q(name__in=names) | Q(reference__in=names)).order_by("pk")
        for product in rows:
            self._note(product)

    def get(self, named: Named) -> Product | None:
        """The product a line means, made where there is none; None where the line names none."""
        if not named.name:
            return None
        if found := self._by_reference.get(named.name):
            return found
        for product in self._by_name.get(fold(named.name), ()):
            if _agrees(product.category, named.category) and _agrees(product.brand, named.brand):
                return product
        product = Product(
            name=named.name[:160], category=named.category[:80], brand=named.brand[:80]
        )
        if self.write:
            product.save()
            self.journal.created(ImportChange.Record.PRODUCT, [product.pk])
        else:
            self._unsaved -= 1
            product.pk = self._unsaved
        self._note(product)
        return product

    def _note(self, product: Product) -> None:
        if product.reference:
            self._by_reference[product.reference] = product
        self._by_name.setdefault(fold(product.name), []).append(product)


def _agrees(known: str, told: str) -> bool:
    return not told or fold(known) == fold(told)
