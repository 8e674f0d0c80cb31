"""How many people each value of a closed choice stands for, shown beside it where it is chosen.

Invariant: a number is what the choice alone would find: people, as of now, on the snapshot; those
of segments are their own sizes.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Final

from customers.folding import fold
from segmentation import engine, snapshot
from segmentation.catalogue import Catalogue, Field
from segmentation.models import Segment
from segmentation.rules import Condition, Kind, Near

# How far from a place people are counted where no distance stands in the rule yet.
KILOMETRES: Final = Decimal(10)
SEGMENTS: Final = "segment"
PROFILE: Final = "field"


def named(entry: Field, source: str = PROFILE) -> str:
    """What `counts` is asked for of a field; '' where its values are not counted."""
    counted = entry.choices and entry.kind in (Kind.CHOICE, Kind.REFERENCE, Kind.PLACE)
    return f"{source}:{entry.key}" if counted else ""


def counts(of: str, catalogue: Catalogue, now: dt.datetime, distance: str = "") -> dict[str, int]:
    """The numbers by code of a choice; those that nobody has are 0. Empty for what is unknown.

    `distance` is in kilometres, for places.
    """
    if of == SEGMENTS:
        return _sizes()
    where, _colon, key = of.partition(":")
    source = catalogue.sources.get(where)
    entry = (source or catalogue).fields.get(key)
    if entry is None or not named(entry) or (source is None and where != PROFILE):
        return {}
    try:
        if entry.kind is Kind.PLACE:
            return _near(entry, catalogue, now, _kilometres(distance))
        found = engine.by_value(entry, now, catalogue, source)
    except snapshot.NoSnapshot:
        return {}
    return {choice.code: found.get(fold(choice.code), 0) for choice in entry.choices}


def _sizes() -> dict[str, int]:
    used = Segment.objects.filter(archived_at=None).values_list("pk", "size")
    return {str(pk): size for pk, size in used if size is not None}


def _near(
    entry: Field, catalogue: Catalogue, now: dt.datetime, distance: Decimal
) -> dict[str, int]:
    nodes = {
        choice.code: Condition(entry.key, "within_km", Near(distance, places=(int(choice.code),)))
        for choice in entry.choices
    }
    return engine.counts(nodes, now, catalogue)


def _kilometres(typed: str) -> Decimal:
    try:
        told = Decimal(typed.replace(",", ".").strip())
    except InvalidOperation:
        return KILOMETRES
    return told if told.is_finite() and 0 < told < 100_000 else KILOMETRES
