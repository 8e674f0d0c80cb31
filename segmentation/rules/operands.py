"""Values of operators: JSON in, immutable value out, or the exact reason why not.

Invariant: nothing is converted that was not of the right type; `true` is not a number, `"3"` is
not one either, and a number keeps its exact decimal value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from customers.folding import fold
from segmentation.rules.errors import Problem, gettext_noop, join_path, shorten
from segmentation.rules.nodes import CalendarUnit, Days, Duration, Near, Number, Value
from segmentation.rules.operators import BUCKETS, CALENDAR_UNITS, UNITS, Operand

MAX_COUNT = 1_000_000
# Half the way round the earth: nobody is farther.
FARTHEST_KM = 20_016
_MAX_ID = 2**63
_LARGEST = 10**15
_MOST_DECIMALS = 18
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

EXPECTED: Mapping[Operand, str] = {
    Operand.TEXT: gettext_noop("a text"),
    Operand.TEXTS: gettext_noop("a list of texts"),
    Operand.ID: gettext_noop("a number that identifies a record"),
    Operand.IDS: gettext_noop("a list of numbers that identify records"),
    Operand.NUMBER: gettext_noop("a number"),
    Operand.NUMBERS: gettext_noop("a list of two numbers"),
    Operand.PERCENT: gettext_noop("a number from 0 to 100"),
    Operand.TRUTH: gettext_noop("true or false"),
    Operand.DAY: gettext_noop("a date such as 2026-03-31"),
    Operand.DAYS: gettext_noop("a list of two dates, of which one may be null"),
    Operand.DURATION: gettext_noop(
        "a list such as [30, “day”]: a whole number from 0 to 1000000 and hour, day, week, month "
        "or year"
    ),
    Operand.DAY_COUNT: gettext_noop("a list such as [30, “day”]: a number of days"),
    Operand.CALENDAR: gettext_noop(
        "an object such as {“unit”: “month”, “offset”: -1}; the units are day, week, month, year"
    ),
    Operand.MONTH: gettext_noop("a month from 1 to 12"),
    Operand.NEAR: gettext_noop(
        "an object such as {“places”: [1], “km”: 10} or {“lat”: 48.11, “lon”: -1.68, “km”: 10}; "
        "at most 20016 km"
    ),
    Operand.BUCKET: gettext_noop("a whole number from 0 to 10000"),
    Operand.CHANGE: gettext_noop("a percentage from 0 to 1000000, with four decimals at most"),
}


class Refused(Exception):
    """One problem found in a value."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_operand(
    operand: Operand, data: Any, path: str, codes: frozenset[str] | None = None
) -> Value:
    """The value of an operator; `codes` limits texts to those choices. Raises Refused."""
    value = _READERS[operand](data, path)
    if codes is not None and operand in (Operand.TEXT, Operand.TEXTS):
        _check_choices(data, path, codes)
    return value


def wrong_type(path: str, operand: Operand) -> Refused:
    """The refusal of a value that is not of the operand's shape."""
    return Refused(Problem(path, "wrong_type", {"expected": EXPECTED[operand]}))


def out_of_range(path: str, operand: Operand) -> Refused:
    """The refusal of a value of the right shape whose content is out of bounds."""
    return Refused(Problem(path, "out_of_range", {"expected": EXPECTED[operand]}))


def is_whole(data: Any) -> bool:
    """Whether this is an integer, which `true` is not."""
    return isinstance(data, int) and not isinstance(data, bool)


def _check_choices(data: str | list[str], path: str, codes: frozenset[str]) -> None:
    places = (
        [(path, data)]
        if isinstance(data, str)
        else [(join_path(path, i), text) for i, text in enumerate(data)]
    )
    for where, text in places:
        if fold(text) not in codes:
            params = {"key": shorten(text), "expected": ", ".join(sorted(codes))}
            raise Refused(Problem(where, "unknown_choice", params))


def _text(data: Any, path: str) -> str:
    if not isinstance(data, str):
        raise wrong_type(path, Operand.TEXT)
    if any("\ud800" <= c <= "\udfff" for c in data):
        raise Refused(Problem(path, "not_text"))
    if "\0" in data:
        # A rule is stored as it was written, and PostgreSQL keeps no such character.
        raise Refused(Problem(path, "null_character"))
    if not fold(data):
        raise Refused(Problem(path, "empty", {"expected": EXPECTED[Operand.TEXT]}))
    return data


def _texts(data: Any, path: str) -> tuple[str, ...]:
    return tuple(_text(item, join_path(path, i)) for i, item in _items(data, path, Operand.TEXTS))


def _id(data: Any, path: str) -> int:
    if not is_whole(data):
        raise wrong_type(path, Operand.ID)
    if not 0 < data < _MAX_ID:
        raise out_of_range(path, Operand.ID)
    return int(data)


def _ids(data: Any, path: str) -> tuple[int, ...]:
    return tuple(_id(item, join_path(path, i)) for i, item in _items(data, path, Operand.IDS))


def _items(data: Any, path: str, operand: Operand) -> list[tuple[int, Any]]:
    if not isinstance(data, list):
        raise wrong_type(path, operand)
    if not data:
        raise Refused(Problem(path, "empty", {"expected": EXPECTED[operand]}))
    return list(enumerate(data))


def _number(data: Any, path: str) -> Number:
    if is_whole(data):
        exact = Decimal(data)
    elif isinstance(data, float):
        exact = Decimal(repr(data))
    elif isinstance(data, Decimal):
        exact = data
    else:
        raise wrong_type(path, Operand.NUMBER)
    if exact.is_nan() or exact.is_infinite():
        raise wrong_type(path, Operand.NUMBER)
    # What a double cannot hold would not survive being stored as JSON and read again.
    if (
        exact.adjusted() > 15
        or abs(exact) >= _LARGEST
        or exact.adjusted() < -_MOST_DECIMALS
        or -int(exact.normalize().as_tuple().exponent) > _MOST_DECIMALS
        or Decimal(repr(float(exact))) != exact
    ):
        raise Refused(Problem(path, "number_too_long", {"limit": 15}))
    return data if is_whole(data) else exact


def _pair(data: Any, path: str, operand: Operand) -> tuple[Any, Any]:
    if not isinstance(data, list) or len(data) != 2:
        raise wrong_type(path, operand)
    return data[0], data[1]


def _numbers(data: Any, path: str) -> tuple[Number, ...]:
    low, high = _pair(data, path, Operand.NUMBERS)
    bounds = _number(low, join_path(path, 0)), _number(high, join_path(path, 1))
    if bounds[0] > bounds[1]:
        raise Refused(Problem(path, "reversed"))
    return bounds


def _percent(data: Any, path: str) -> Number:
    share = _number(data, path)
    if not 0 <= share <= 100:
        raise out_of_range(path, Operand.PERCENT)
    return share


def _change(data: Any, path: str) -> Number:
    # Finer than that, the exact comparison of large sums would not fit.
    share = _number(data, path)
    if not 0 <= share <= MAX_COUNT or round(Decimal(share), 4) != share:
        raise out_of_range(path, Operand.CHANGE)
    return share


def _truth(data: Any, path: str) -> bool:
    if not isinstance(data, bool):
        raise wrong_type(path, Operand.TRUTH)
    return data


def _day(data: Any, path: str) -> dt.date:
    if not isinstance(data, str) or not _ISO_DAY.fullmatch(data):
        raise wrong_type(path, Operand.DAY)
    try:
        return dt.date.fromisoformat(data)
    except ValueError:
        raise out_of_range(path, Operand.DAY) from None


def read_days(data: Any, path: str) -> Days:
    """Two dates, of which one may be null. Raises Refused."""
    first, last = _pair(data, path, Operand.DAYS)
    if first is None and last is None:
        raise wrong_type(path, Operand.DAYS)
    days = Days(
        None if first is None else _day(first, join_path(path, 0)),
        None if last is None else _day(last, join_path(path, 1)),
    )
    if days.first and days.last and days.first > days.last:
        raise Refused(Problem(path, "reversed"))
    return days


def read_count(data: Any, path: str, operand: Operand = Operand.DURATION) -> int:
    """A number of units, from 0. Raises Refused."""
    if not is_whole(data):
        raise wrong_type(path, operand)
    if not 0 <= data <= MAX_COUNT:
        raise out_of_range(path, operand)
    return int(data)


def read_unit(data: Any, path: str, units: tuple[str, ...] = UNITS) -> str:
    """The name of a unit of time. Raises Refused."""
    if not isinstance(data, str) or data not in units:
        raise Refused(Problem(path, "wrong_type", {"expected": ", ".join(units)}))
    return data


def read_duration(data: Any, path: str) -> Duration:
    """`[n, unit]`. Raises Refused."""
    n, unit = _pair(data, path, Operand.DURATION)
    return Duration(read_count(n, join_path(path, 0)), read_unit(unit, join_path(path, 1)))


def _day_count(data: Any, path: str) -> Duration:
    n, unit = _pair(data, path, Operand.DAY_COUNT)
    return Duration(
        read_count(n, join_path(path, 0), Operand.DAY_COUNT),
        read_unit(unit, join_path(path, 1), ("day",)),
    )


def read_calendar(data: Any, path: str) -> CalendarUnit:
    """`{"unit": …, "offset": …}`. Raises Refused."""
    if not isinstance(data, dict) or not {"unit", "offset"} <= set(data):
        raise wrong_type(path, Operand.CALENDAR)
    for key in data:
        if key not in ("unit", "offset"):
            params = {"key": shorten(key), "expected": "unit, offset"}
            raise Refused(Problem(join_path(path, key), "unknown_key", params))
    unit = read_unit(data["unit"], f"{path}.unit", CALENDAR_UNITS)
    offset = data["offset"]
    if not is_whole(offset):
        raise wrong_type(f"{path}.offset", Operand.CALENDAR)
    if abs(offset) > MAX_COUNT:
        raise out_of_range(f"{path}.offset", Operand.CALENDAR)
    return CalendarUnit(unit, int(offset))


def _near(data: Any, path: str) -> Near:
    if not isinstance(data, dict) or set(data) not in ({"places", "km"}, {"lat", "lon", "km"}):
        raise wrong_type(path, Operand.NEAR)
    km = _number(data["km"], f"{path}.km")
    if not 0 < km <= FARTHEST_KM:
        raise out_of_range(f"{path}.km", Operand.NEAR)
    if "places" in data:
        return Near(km, places=_ids(data["places"], f"{path}.places"))
    point = _number(data["lat"], f"{path}.lat"), _number(data["lon"], f"{path}.lon")
    if not -90 <= point[0] <= 90:
        raise out_of_range(f"{path}.lat", Operand.NEAR)
    if not -180 <= point[1] <= 180:
        raise out_of_range(f"{path}.lon", Operand.NEAR)
    return Near(km, point)


def read_bucket(data: Any, path: str) -> int:
    """A bucket of a sample, or its end: 0 to 10,000. Raises Refused."""
    if not is_whole(data) or not 0 <= data <= BUCKETS:
        params = {"expected": EXPECTED[Operand.BUCKET]}
        raise Refused(Problem(path, "wrong_type", params))
    return int(data)


def read_salt(data: Any, path: str) -> str:
    """The word that makes one sample independent of another, exactly as typed. Raises Refused."""
    return _text(data, path)


def _month(data: Any, path: str) -> int:
    if not is_whole(data):
        raise wrong_type(path, Operand.MONTH)
    if not 1 <= data <= 12:
        raise out_of_range(path, Operand.MONTH)
    return int(data)


_READERS: Mapping[Operand, Callable[[Any, str], Value]] = {
    Operand.TEXT: _text,
    Operand.TEXTS: _texts,
    Operand.ID: _id,
    Operand.IDS: _ids,
    Operand.NUMBER: _number,
    Operand.NUMBERS: _numbers,
    Operand.PERCENT: _percent,
    Operand.TRUTH: _truth,
    Operand.DAY: _day,
    Operand.DAYS: read_days,
    Operand.DURATION: read_duration,
    Operand.DAY_COUNT: _day_count,
    Operand.CALENDAR: read_calendar,
    Operand.MONTH: _month,
    Operand.BUCKET: read_bucket,
    Operand.NEAR: _near,
    Operand.CHANGE: _change,
}
