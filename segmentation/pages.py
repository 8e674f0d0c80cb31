"""Pages over a list whose length is known without counting it."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.paginator import Paginator
from django.utils.functional import cached_property

T = TypeVar("T")


class KnownLength(Paginator[T]):
    """A paginator that is told how many there are; it counts only where `known` is None."""

    def __init__(self, listed: Any, per_page: int, *, known: int | None) -> None:
        super().__init__(listed, per_page)
        self._known = known

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return super().count if self._known is None else self._known
