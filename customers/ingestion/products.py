"""The products that orders and events name: found by reference, else by name, else made."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from customers.folding import fold
from customers.models import Product
from customers.spreadsheets.inserting import insert


class Named(NamedTuple):
    """What is said of a product."""

    reference: str = ""
    name: str = ""
    category: str = ""
    brand: str = ""
    price: Decimal | None = None


def named(values: dict[str, Any]) -> Named:
    """What an item's or a line's values say of a product."""
    reference, name, category, brand = (
        values.get(key) or "" for key in ("reference", "product", "category", "brand")
    )
    return Named(reference, name, category, brand, values.get("price"))


class Products:
    """Products by what the items of a batch call them."""

    def __init__(self) -> None:
        self._by_reference: dict[str, Product] = {}
        self._by_name: dict[str, Product] = {}
        self._new: list[Product] = []
        self._completed: dict[int, Product] = {}

    def load(self, told: Collection[Named]) -> None:
        """Find those in the base, and make the others: three queries at most."""
        names = {each.name for each in told if each.name}
        references = {each.reference for each in told if each.reference}
        if not names | references:
            return
        rows = Product.objects.filter(Q(name__in=names) | Q(reference__in=references))
        for product in rows.order_by("-pk"):
            self._note(product)
        for each in told:
            self._place(each)
        insert(self._new)
        if self._completed:
            fields = ["reference", "name", "category", "brand", "price"]
            Product.objects.bulk_update(self._completed.values(), fields)

    def get(self, told: Named) -> Product | None:
        """The product meant, None where none is named."""
        if told.reference:
            return self._by_reference.get(told.reference)
        return self._by_name.get(fold(told.name)) if told.name else None

    def _place(self, told: Named) -> None:
        if not (told.reference or told.name):
            return
        product = self.get(told)
        if product is None and told.reference and told.name:
            alike = self._by_name.get(fold(told.name))
            # One that came without a reference, from a spreadsheet: now it has one.
            product = alike if alike is not None and alike.reference is None else None
        if product is None:
            product = Product(name=(told.name or told.reference)[:160])
            self._new.append(product)
        self._complete(product, told)
        self._note(product)

    def _complete(self, product: Product, told: Named) -> None:
        """Fill what is not known of a product yet; what is known stays."""
        before = (product.reference, product.category, product.brand, product.price)
        product.reference = product.reference or told.reference or None
        product.category = product.category or told.category
        product.brand = product.brand or told.brand
        product.price = told.price if product.price is None else product.price
        after = (product.reference, product.category, product.brand, product.price)
        if product.pk is not None and before != after:
            self._completed[product.pk] = product

    def _note(self, product: Product) -> None:
        if product.reference:
            self._by_reference[product.reference] = product
        self._by_name[fold(product.name)] = product
