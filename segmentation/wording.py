"""Values of rules in words: texts quoted, dates and figures as people write them, spans of time.

Invariant: plain text, never markup; every phrase is translated whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, cast

from django.utils.dates import MONTHS
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segmentation import phrases
from segmentation.catalogue import Field, Manner, Widget
from segmentation.rules import (
    Ago,
    Before,
    Between,
    Calendar,
    CalendarUnit,
    Condition,
    Days,
    Duration,
    Kind,
    Last,
    Near,
    Number,
    Value,
    When,
)

AND, OR, NOR = "and", "or", "nor"
_LAST_JOINS = {"has_all": AND, "has_none": NOR, "not_in": NOR}
# A list of one is told as its only value.
_OF_ONE = {"in": "is", "not_in": "is_not", "has_none": "lack"}


def own_sentence(entry: Field, condition: Condition) -> str | None:
    """The field's own whole phrase for an operator, where it has one."""
    op, value = condition.op, condition.value
    own = entry.sentences.get(_phrase(entry.kind, op, value))
    return None if own is None else str(own % _slots(entry, op, value))


def predicate(entry: Field, condition: Condition) -> str:
    """A condition after "whose": "city is “Lyon”"."""
    op, value = condition.op, condition.value
    return tell(entry.kind, str(entry.noun), entry, op, value, manner=entry.manner)


def tell(
    kind: Kind,
    noun: str,
    entry: Field | None,
    op: str,
    value: Value,
    *,
    manner: Manner = Manner.DATE,
) -> str:
    """An operator and its value, of what `noun` says."""
    told = phrases.PREDICATES[kind]
    if kind in (Kind.DATE, Kind.INSTANT):
        told = phrases.MANNERS[manner]
    return str(told[_phrase(kind, op, value)] % ({"field": noun} | _slots(entry, op, value)))


def _phrase(kind: Kind, op: str, value: Value) -> str:
    """Which phrase tells an operator with such a value."""
    match value:
        case bool() if kind is Kind.BOOLEAN:
            return "true" if value else "false"
        case Duration(0, "day") if op == "anniversary_in_next":
            return "anniversary_today"
        case CalendarUnit() if value.offset:
            return "calendar_past" if value.offset < 0 else "calendar_ahead"
        case Days():
            return "from" if value.last is None else "until" if value.first is None else op
        case tuple() if len(value) == 1:
            return _OF_ONE.get(op, op)
    return op


def window(when: When) -> str:
    """A behaviour's window: "in the last 180 days"."""
    match when:
        case Last(span):
            return str(phrases.LAST[span.unit] % _numbered(span))
        case Before(span):
            return str(phrases.WINDOWS["before"] % {"of_span": span_of(span, joined=True)})
        case Ago(recent, old, unit):
            return str(phrases.AGO[unit] % {"recent": digits(recent), "old": digits(old)})
        case Between(days):
            key = "from" if days.last is None else "until" if days.first is None else "between"
            return str(phrases.WINDOWS[key] % _ends(days))
        case Calendar(unit):
            return _period(unit)


def _slots(entry: Field | None, op: str, value: Value) -> dict[str, Any]:
    """A value as what its phrase may name."""
    match value:
        case None:
            return {}
        case Duration():
            return {"span": span_of(value), "of_span": span_of(value, joined=True)}
        case CalendarUnit():
            return {"period": _period(value)}
        case Near(km, point, places):
            if point is not None:
                latitude, longitude = map(digits, point)
                told = _("%(latitude)s; %(longitude)s")
                where = told % {"latitude": latitude, "longitude": longitude}
                return {"km": digits(km), "value": where}
            named = [quoted(str(entry.told_of(str(n)) if entry else n)) for n in places]
            return {"km": digits(km), "value": listed(named, OR)}
        case Days():
            return _ends(value)
        case tuple():
            shown = [_shown(entry, op, item) for item in value]
            if op == "between":
                if entry is not None and entry.unit is not None:
                    shown[0] = digits(cast("Number", value[0]))
                return {"first": shown[0], "last": shown[-1]}
            join = _LAST_JOINS.get(op, OR)
            if join == NOR and len(shown) > 1:
                shown = [pgettext("after “none of”", "%(value)s") % {"value": v} for v in shown]
            return {"value": listed(shown, join)}
        case _:
            return {"value": _shown(entry, op, value)}


def _shown(entry: Field | None, op: str, value: Value) -> str:
    if isinstance(value, dt.date):
        return _day(value)
    if op == "anniversary_month" and isinstance(value, int):
        return str(MONTHS[value])
    if isinstance(value, str):
        return quoted(str(entry.told_of(value)) if entry is not None else value)
    if entry is not None and entry.kind is Kind.REFERENCE:
        label = entry.told_of(str(value))
        return f"#{value}" if label == str(value) else quoted(str(label))
    if isinstance(value, int | Decimal):
        return _figure(entry, value, op)
    return str(value)


def _day(date: dt.date) -> str:
    """A date in words; French writes the first of a month "1er"."""
    first = pgettext("format of the first day of a month", "DATE_FORMAT")
    return date_format(date, first if date.day == 1 else "DATE_FORMAT")


def _figure(entry: Field | None, value: Number, op: str) -> str:
    widget = entry.widget if entry is not None and not op.endswith("_percent") else None
    if widget is Widget.RATIO:
        return _("%(percent)s %%") % {"percent": digits(Decimal(value) * 100)}
    if widget is Widget.MONEY:
        return _("%(amount)s €") % {"amount": _amount(value)}
    if entry is not None and entry.unit is not None and widget is not None:
        return str(entry.unit % {"n": digits(value), "number": _plural(value)})
    return digits(value)


def _amount(value: Number) -> str:
    exact = Decimal(value)
    if exact == exact.to_integral_value() or exact != round(exact, 2):
        return digits(value)
    return number_format(exact, decimal_pos=2, force_grouping=True)


def digits(value: Number) -> str:
    """A figure as people write it."""
    exact = Decimal(value)
    plain = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()
    return number_format(plain, force_grouping=True)


def span_of(span: Duration, *, joined: bool = False) -> str:
    """A span of time: "180 days"; `joined` to a word before it, where a language does that."""
    told = phrases.SPANS_OF if joined else phrases.SPANS
    return str(told[span.unit] % _numbered(span))


def _numbered(span: Duration) -> dict[str, str | int]:
    return {"n": digits(span.n), "number": _plural(span.n)}


def _plural(value: Number) -> int:
    """What chooses the plural: none takes it, as the phrase for one may leave its number out."""
    return int(value) if value else 2


def _period(unit: CalendarUnit) -> str:
    named = phrases.PERIODS.get((unit.unit, unit.offset))
    if named is not None:
        return str(named)
    told = phrases.EARLIER if unit.offset < 0 else phrases.LATER
    return str(told[unit.unit] % {"n": digits(abs(unit.offset))})


def _ends(days: Days) -> dict[str, str]:
    return {
        "first": "" if days.first is None else _day(days.first),
        "last": "" if days.last is None else _day(days.last),
    }


def quoted(text: str) -> str:
    """A text between the language's quotation marks."""
    return _("“%(text)s”") % {"text": text}


def listed(parts: Iterable[str], last: str) -> str:
    """Several phrases as one: "a, b and c"."""
    told: Sequence[str] = list(parts)
    if len(told) < 2:
        return "".join(told)
    joins: dict[str, Callable[[], str]] = {
        AND: lambda: pgettext("end of a list", "%(first)s and %(last)s"),
        OR: lambda: pgettext("end of a list", "%(first)s or %(last)s"),
        NOR: lambda: pgettext("end of a list after “not”", "%(first)s or %(last)s"),
    }
    return joins[last]() % {"first": ", ".join(told[:-1]), "last": told[-1]}
