"""Tests of an age as bounds on the date of birth.

A date compared with a constant is quicker than years counted for everyone, and much quicker for
the database to plan when a rule has many. Invariant: age ≥ n means born on or before today's
date n years ago; someone born on 29 February turns a year older on 1 March in other years.
"""

from __future__ import annotations

import datetime as dt
from math import ceil, floor
from typing import cast

from segmentation.calendar import Range
from segmentation.rules import Number, Value


def births(op: str, value: Value, today: dt.date) -> Range[dt.date] | None:
    """The dates of birth whose age passes; None where no age can."""
    if op == "between":
        low, high = cast("tuple[Number, Number]", value)
    else:
        low = high = cast("Number", value)
    least = {">": floor(low) + 1, "<": None, "<=": None}.get(op, ceil(low))
    most = {"<": ceil(high) - 1, ">": None, ">=": None}.get(op, floor(high))
    latest = None if least is None else _last_to_be(least, today)
    youngest = None if most is None else _last_to_be(most + 1, today)
    if (least is not None and latest is None and least > 0) or (
        most is not None and youngest is None and most < 0
    ):
        return None
    return Range(youngest, latest, low_in=False)


def _last_to_be(age: int, today: dt.date) -> dt.date | None:
    """The latest date of birth with at least this age today; None beyond the calendar."""
    year = today.year - age
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return None
    try:
        return today.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)
