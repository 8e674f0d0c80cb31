"""When a segment is due again though no fact has changed: what its rule asks of the clock.

Invariant: every dynamic segment is due at the latest when the local day turns, which moves ages,
birthdays, calendar months and rows dated in the future; windows counted from the very instant
make it due sooner.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import Enum
from typing import Any

from django.utils import timezone

# A window of hours ("cart abandoned 2 to 4 hours ago") moves people within minutes.
EVERY_FEW_MINUTES = dt.timedelta(minutes=10)
EVERY_HOUR = dt.timedelta(hours=1)
# Within that time of a first row no second one came: known once it has passed.
_WINDOWS = {"last", "before", "ago", "within"}
_SPANS = ("in_last", "in_next", "more_than_ago")
# Fields that count days back from the instant itself.
_COUNTED_BACK = (
    *("lifecycle_stage", "purchase_rhythm", "engagement_level", "engagement_trend"),
    *("messages_last_7_days", "messages_last_30_days"),
)


class Pace(Enum):
    """How often the clock alone may change an answer."""

    MINUTES = "minutes"
    HOUR = "hour"
    DAY = "day"


def due_after(rules: Iterable[Any], now: dt.datetime) -> dt.datetime:
    """The next instant at which one of these stored rules may answer differently."""
    due, found = midnight_after(now), pace(rules)
    if found is Pace.MINUTES:
        return min(due, now + EVERY_FEW_MINUTES)
    return min(due, now + EVERY_HOUR) if found is Pace.HOUR else due


def pace(rules: Iterable[Any]) -> Pace:
    """How often these stored rules ask to be looked at."""
    windows = {unit for rule in rules for unit in window_units(rule)}
    if "hour" in windows:
        return Pace.MINUTES
    return Pace.HOUR if windows else Pace.DAY


def midnight_after(now: dt.datetime) -> dt.datetime:
    """The start of the next local day."""
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), timezone.get_current_timezone())


def window_units(node: Any) -> set[str]:
    """The units of the windows in a stored rule that end or begin n units before `now`."""
    units: set[str] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            for key in _WINDOWS & part.keys():
                units |= _unit(part[key])
            # An instant crosses the edge of such a span at any time of the day.
            if part.get("op") in _SPANS:
                units |= _unit(part.get("value"))
            if part.get("field") in _COUNTED_BACK:
                units.add("day")
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
    return units


def _unit(window: Any) -> set[str]:
    last = window[-1] if isinstance(window, list) and window else None
    return {last} if isinstance(last, str) else set()
