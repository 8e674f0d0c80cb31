"""Dates and instants: day first or not, ISO, with month names, and spreadsheets' serial days.

An instant without an offset is local time; a repeated one is the first, a skipped one moves one
hour forward. A day alone is its midnight.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes.base import Cell, CleaningError, Reading, is_blank, text_of
from customers.folding import fold

_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PARTS: Final = re.compile(r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})")
_NAMED: Final = re.compile(r"(?:[a-z]+\.? )?(\d{1,2})(?:er)?[ \-]([a-z]+)\.?[ \-](\d{4})")
_CLOCK: Final = re.compile(
    r"(\d{1,2})(?::|h)(\d{2})?(?::(\d{2})(?:[.,]\d+)?)?\s*(am|pm)?\s*(z|utc|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_SERIAL: Final = re.compile(r"\d{5}(?:[.,]\d+)?")
_SERIAL_ORIGIN: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a day count, not an instant
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january", "fevrier fevr fev february feb", "mars mar march",
            "avril avr april apr", "mai may", "juin jun june", "juillet juil jul july",
            "aout aou august aug", "septembre sept sep september", "octobre oct october",
            "novembre nov november", "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def clean_date(cell: Cell, reading: Reading) -> dt.date | None:
    """A day between 1900 and 2100."""
    if isinstance(cell, dt.datetime):
        return _within(cell.date())
    if isinstance(cell, dt.date):
        return _within(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_serial(float(cell)).date()
    text = text_of(cell)
    if is_blank(text):
        return None
    day, _rest = _split(text, reading.date_format)
    return day


def clean_birth_date(cell: Cell, reading: Reading) -> dt.date | None:
    """A date of birth: not in the future; 31/12/68 is in 1968."""
    day = clean_date(cell, reading)
    if day is not None and day > _today():
        raise CleaningError("in_the_future", _("A date of birth cannot be in the future."))
    return day


def clean_instant(cell: Cell, reading: Reading) -> dt.datetime | None:
    """An aware instant; 21/11/2026 14:32, 2026-11-21T14:32:08Z, 21/11/2026 14h32."""
    if isinstance(cell, dt.datetime):
        _within(cell.date())
        return _aware(cell)
    if isinstance(cell, dt.date):
        return _aware(dt.datetime.combine(_within(cell), dt.time()))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _aware(_from_serial(float(cell)))
    text = text_of(cell)
    if is_blank(text):
        return None
    day, rest = _split(text, reading.date_format)
    return _at(day, rest)


@lru_cache(maxsize=4096)
def _split(text: str, date_format: str) -> tuple[dt.date, str]:
    """The day a text starts with, and what follows it (a time, or nothing)."""
    if match := _ISO.match(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _PARTS.match(text):
        year, month, day = _ordered(match.groups(), date_format)
    elif _SERIAL.fullmatch(text):
        moment = _from_serial(float(text.replace(",", ".")))
        return moment.date(), moment.strftime("%H:%M:%S")
    else:
        text = fold(text)
        match = _NAMED.match(text)
        if match is None or match[2] not in _MONTHS:
            raise _not_a_date()
        year, month, day = int(match[3]), _MONTHS[match[2]], int(match[1])
    try:
        found = dt.date(year, month, day)
    except ValueError:
        raise _not_a_date() from None
    return _within(found), text[match.end() :].strip(" T,t")


def _ordered(parts: tuple[str, ...], date_format: str) -> tuple[int, int, int]:
    if len(parts[0]) >= 3:
        date_format = "YMD"
    first, second, third = parts
    if date_format == "YMD":
        year, month, day = first, second, third
    elif date_format == "MDY":
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if len(day) > 2 or len(year) == 3 or len(year) == 1:
        raise _not_a_date()
    whole = int(year)
    if len(year) == 2:
        whole += 2000 if whole <= _today().year % 100 + 1 else 1900
    return whole, int(month), int(day)


def _at(day: dt.date, rest: str) -> dt.datetime:
    rest = rest.removeprefix("à ").removeprefix("a ").strip()
    if not rest:
        return _aware(dt.datetime.combine(day, dt.time()))
    match = _CLOCK.fullmatch(rest)
    if match is None:
        raise _not_a_date()
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half, offset = (match[4] or "").lower(), (match[5] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        naive = dt.datetime.combine(day, dt.time(hour, minute, second))
    except ValueError:
        raise _not_a_date() from None
    if not offset:
        return _aware(naive)
    if offset in ("z", "utc"):
        return naive.replace(tzinfo=dt.UTC)
    sign = -1 if offset[0] == "-" else 1
    digits = offset[1:].replace(":", "")
    ahead = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * sign
    if abs(ahead) >= dt.timedelta(hours=24):
        raise _not_a_date()
    return naive.replace(tzinfo=dt.timezone(ahead)).astimezone(dt.UTC)


def _aware(moment: dt.datetime) -> dt.datetime:
    """The instant of a local time, in UTC so that two spellings of it compare and print alike."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.get_default_timezone())
    return moment.astimezone(dt.UTC)


def _today() -> dt.date:
    # Not timezone.localdate(): looking up the thread's own time zone takes longer than the rest.
    return dt.datetime.now(timezone.get_default_timezone()).date()


def _from_serial(days: float) -> dt.datetime:
    # 1 January 1900 to 31 December 2100, counted as spreadsheets do.
    if not 1 <= days < 73416:
        raise _not_a_date()
    moment = _SERIAL_ORIGIN + dt.timedelta(days=days)
    return (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)


def _within(day: dt.date) -> dt.date:
    if not 1900 <= day.year <= 2100:
        raise CleaningError("date_out_of_range", _("This date is not between 1900 and 2100."))
    return day


def _not_a_date() -> CleaningError:
    return CleaningError("not_a_date", _("This is not a date. Write it like 21/11/2026."))
