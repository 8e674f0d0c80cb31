"""What stands in an operator's boxes, from and to the value in a rule's JSON.

Invariant: `read(shape, write(shape, value))` gives back an equal value. A box that is empty makes
the condition incomplete, which is no error; a box that holds something else is one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from segmentation.builder.draft import Comparison
from segmentation.rules import Operand
from segmentation.rules.operators import CALENDAR_UNITS, UNITS

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_TWO_BOXES = frozenset({Operand.NUMBERS, Operand.DAYS, Operand.NEAR})
_RATIOS = frozenset({Operand.NUMBER, Operand.NUMBERS})
_MISSING: Final[Mapping[Operand, str | Promise]] = {
    Operand.TEXT: gettext_lazy("Choose or type a value."),
    Operand.TEXTS: gettext_lazy("Choose at least one value."),
    Operand.ID: gettext_lazy("Choose one in the list."),
    Operand.IDS: gettext_lazy("Choose at least one in the list."),
    Operand.NUMBER: gettext_lazy("Type a number."),
    Operand.NUMBERS: gettext_lazy("Type both numbers."),
    Operand.PERCENT: gettext_lazy("Type a percentage."),
    Operand.CHANGE: gettext_lazy("Type a percentage."),
    Operand.DAY: gettext_lazy("Choose a date."),
    Operand.DAYS: gettext_lazy("Choose at least one of the two dates."),
    Operand.DURATION: gettext_lazy("Type how many."),
    Operand.DAY_COUNT: gettext_lazy("Type how many days."),
    Operand.MONTH: gettext_lazy("Choose a month."),
    Operand.NEAR: gettext_lazy("Choose at least one place, and a distance."),
}
T = TypeVar("T")
MANY = frozenset({Operand.TEXTS, Operand.IDS, Operand.NEAR})


class Unfit(Exception):
    """What stands in a box is not fit for a rule; `box` is its name, after the condition's."""

    box: str = "v"


class Incomplete(Unfit):
    """Something is still to be filled in."""


class Unreadable(Unfit):
    """Something was typed that is not what the box is for; the message says what is."""


@contextmanager
def inside(prefix: str, box: str = "") -> Iterator[None]:
    """Tell of what is unfit in the boxes whose names begin so, or in that one box."""
    try:
        yield
    except Unfit as unfit:
        unfit.box = prefix + (box or unfit.box)
        raise


def read(shape: Operand, test: Comparison, *, hundredfold: bool = False) -> Any:
    """The JSON value in a test's boxes. Raises Incomplete or Unreadable.

    `hundredfold` boxes hold a percentage of which the rule keeps the ratio.
    """
    if hundredfold and shape in _RATIOS:
        return _as_ratios(read(shape, test))
    try:
        return _read(shape, test)
    except Incomplete as missing:
        if missing.args or shape not in _MISSING:
            raise
        told = Incomplete(str(_MISSING[shape]))
        told.box = missing.box
        raise told from None


def _read(shape: Operand, test: Comparison) -> Any:
    match shape:
        case Operand.TEXT:
            return _text(test.first)
        case Operand.TEXTS:
            return [_text(v) for v in _some(test.values)]
        case Operand.ID:
            return _whole(test.first)
        case Operand.IDS:
            return [_whole(v) for v in _some(test.values)]
        case Operand.NUMBER | Operand.PERCENT | Operand.CHANGE:
            return _number(test.first)
        case Operand.NUMBERS:
            return [_number(test.first), _second(_number, test)]
        case Operand.TRUTH:
            return {"yes": True, "no": False}[_one_of(test.first, ("yes", "no"))]
        case Operand.DAY:
            return _day(test.first)
        case Operand.DAYS:
            if not (test.first.strip() or test.second.strip()):
                raise Incomplete
            last = _second(_day, test) if test.second.strip() else None
            return [_day(test.first) if test.first.strip() else None, last]
        case Operand.DURATION:
            return [_whole(test.first), _one_of(test.unit, UNITS)]
        case Operand.DAY_COUNT:
            return [_whole(test.first), "day"]
        case Operand.CALENDAR:
            unit = _one_of(test.unit, CALENDAR_UNITS)
            return {"unit": unit, "offset": _whole(test.first)}
        case Operand.MONTH:
            return _whole(test.first)
        case Operand.NEAR:
            return _near(_some(test.values), _second(_number, test))
        case _:
            return None


def write(shape: Operand, value: Any, test: Comparison, *, hundredfold: bool = False) -> None:
    """Put a value that a rule's JSON holds in a test's boxes."""
    if hundredfold and shape in _RATIOS:
        value = _times(value, 100)
    match shape:
        case Operand.TEXTS | Operand.IDS:
            test.values = [str(v) for v in value]
        case Operand.NUMBER | Operand.PERCENT | Operand.CHANGE:
            test.values = [shown(value)]
        case Operand.NUMBERS:
            test.values, test.second = [shown(value[0])], shown(value[1])
        case Operand.TRUTH:
            test.values = ["yes" if value else "no"]
        case Operand.DAYS:
            test.values, test.second = [value[0] or ""], value[1] or ""
        case Operand.DURATION | Operand.DAY_COUNT:
            test.values, test.unit = [str(value[0])], value[1]
        case Operand.CALENDAR:
            test.values, test.unit = [str(value["offset"])], value["unit"]
        case Operand.NEAR:
            if "places" in value:
                test.values = [str(place) for place in value["places"]]
            else:
                test.values = [f"{shown(value['lat'])}; {shown(value['lon'])}"]
            test.second = shown(value["km"])
        case Operand.TEXT | Operand.ID | Operand.DAY | Operand.MONTH:
            test.values = [str(value)]
        case _:
            test.values = []


def tidy(shape: Operand, test: Comparison) -> None:
    """Keep from an operator's boxes what the one chosen in its place can use."""
    test.values = [v for v in test.values if v.strip() and _fits(shape, v)]
    if shape not in MANY:
        test.values = test.values[:1]
    if shape not in _TWO_BOXES or not _fits(shape, test.second):
        test.second = ""
    units = CALENDAR_UNITS if shape is Operand.CALENDAR else UNITS
    if test.unit not in units:
        test.unit = "month" if shape is Operand.CALENDAR else "day"
    if shape is Operand.CALENDAR and not test.values:
        test.values = ["0"]


def shown(number: Any) -> str:
    """A number of a rule as it is typed in the reader's language."""
    text = f"{exactly(number):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",") if (get_language() or "fr").startswith("fr") else text


def _as_ratios(percents: Any) -> Any:
    if isinstance(percents, list):
        return [_as_ratios(percent) for percent in percents]
    return _plain(exactly(percents) / 100)


def _times(ratio: Any, factor: int) -> Any:
    if isinstance(ratio, list):
        return [_times(one, factor) for one in ratio]
    return exactly(ratio) * factor


def exactly(number: Any) -> Decimal:
    """A number of a rule or of a box as the decimal it was written as."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _plain(exact: Decimal) -> int | float:
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _fits(shape: Operand, value: str) -> bool:
    try:
        if shape is Operand.NEAR:
            # Its two boxes hold different things: either one may be this.
            return _is_number(value) or ";" in value
        read(shape, Comparison(values=[value], second=value, unit="day"))
    except (Incomplete, Unreadable):
        return False
    return True


def _some(values: list[str]) -> list[str]:
    filled = [v for v in values if v.strip()]
    if not filled:
        raise Incomplete
    return filled


def _text(value: str) -> str:
    if not value.strip():
        raise Incomplete
    return value


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise Incomplete
    return value


def _number(value: str) -> int | float:
    bare = _SPACES.sub("", value).replace("−", "-")
    if not bare:
        raise Incomplete
    if "," in bare and "." in bare:
        # Whichever sign comes last is the decimal one: 1.234,5 and 1,234.5 are both typed.
        thousands = "." if bare.rfind(",") > bare.rfind(".") else ","
        bare = bare.replace(thousands, "")
    bare = bare.replace(",", ".").removesuffix("€").removesuffix("%")
    try:
        exact = Decimal(bare)
    except InvalidOperation:
        raise Unreadable(_("“%(typed)s” is not a number.") % {"typed": value[:40]}) from None
    if not exact.is_finite() or abs(exact.adjusted()) > 30:
        raise Unreadable(_("“%(typed)s” is not a number.") % {"typed": value[:40]})
    return _plain(exact)


def _is_number(value: str) -> bool:
    try:
        _number(value)
    except (Incomplete, Unreadable):
        return False
    return True


def _second(convert: Callable[[str], T], test: Comparison) -> T:
    """What stands in the other box."""
    with inside("", "v2"):
        return convert(test.second)


def _near(chosen: list[str], km: float) -> dict[str, Any]:
    """Places by number, or one point as "48,11; -1,68", and how many km from there."""
    points = [value for value in chosen if ";" in value]
    if not points:
        return {"places": [_whole(value) for value in chosen], "km": km}
    if len(chosen) > 1:
        raise Unreadable(_("Give either some of your places, or one point alone."))
    latitude, _semicolon, longitude = points[0].partition(";")
    return {"lat": _number(latitude), "lon": _number(longitude), "km": km}


def _whole(value: str) -> int:
    number = _number(value)
    if not isinstance(number, int):
        raise Unreadable(_("“%(typed)s” is not a whole number.") % {"typed": value[:40]})
    return number


def _day(value: str) -> str:
    if not value.strip():
        raise Incomplete
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(value.strip(), form).date().isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    raise Unreadable(
        _("“%(typed)s” is not a date; write it as 31/03/2026.") % {"typed": value[:40]}
    )
