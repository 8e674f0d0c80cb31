"""The parts of a shop's payload, whatever stands where one would expect them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime


def object_of(told: Any) -> dict[str, Any]:
    """An object, empty where it is none."""
    return told if isinstance(told, dict) else {}


def objects_of(told: Any) -> list[dict[str, Any]]:
    """The objects of a list, none where it is no list."""
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def first_of(told: Any, key: str) -> str:
    """A short text of the first object of a list; '' where there is none."""
    found = objects_of(told)
    return str(found[0].get(key) or "")[:40] if found else ""


def amount(value: Any) -> Decimal:
    """An amount, written "12.00"; nothing where it is none."""
    try:
        found = Decimal(str(value))
        return found.quantize(Decimal("0.01")) if found.is_finite() else Decimal(0)
    except (InvalidOperation, ValueError):
        return Decimal(0)


def instant(value: Any, *, utc: bool = False) -> dt.datetime | None:
    """An instant as shops write it; `utc` for those that leave the offset out."""
    if not isinstance(value, str):
        return None
    try:
        found = parse_datetime(value.strip())
    except ValueError:
        return None
    if found is None or found.tzinfo is not None:
        return found
    return found.replace(tzinfo=dt.UTC) if utc else timezone.make_aware(found)
