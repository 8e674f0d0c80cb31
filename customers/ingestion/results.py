"""What became of a batch: one result an item, and how many of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.dispatch import Signal

from customers.ingestion.items import Item
from customers.ingestion.whom import one_writer_at_a_time
from customers.signals import facts_changed

MOST_ITEMS: Final = 1000
STATUSES: Final = ("created", "updated", "unchanged", "recorded", "rejected")
_ATTEMPTS: Final = 3
Write = Callable[[Sequence[Any]], list[Item]]


def write(batch: Write, raw: Sequence[Any], sender: Any) -> list[Item]:
    """Write a batch in one transaction, again where someone else wrote the same key meanwhile.

    Raises IntegrityError after three attempts.
    """
    signal: Signal = facts_changed
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                one_writer_at_a_time()
                items = batch(raw)
                if any(not item.faults and item.status != "unchanged" for item in items):
                    signal.send(sender=sender)
            return items
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def summary(items: Sequence[Item]) -> dict[str, int]:
    """How many items became what."""
    counted = Counter("rejected" if item.faults else item.status for item in items)
    return {"received": len(items)} | {status: counted[status] for status in STATUSES}
