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
# 3 mars 2024, dim. 3 mars 24, 03-mars-24, Sun, 3 Mar 2024; and March 3, 2024.
_NAMED: Final = re.compile(
    r"(?:[a-z]+[.,]{0,2} )?(\d{1,2})(?: ?er|st|nd|rd|th)?[ \-/]([a-z]+)\.?,?[ \-/](\d{4}|\d{2})\b"
)
_MONTH_FIRST: Final = re.compile(
    r"(?:[a-z]+[.,]{0,2} )?([a-z]+)\.?[ \-](\d{1,2})(?:st|nd|rd|th)?,?[ \-](\d{4}|\d{2})\b"
)
_CLOCK: Final = re.compile(
    r"(\d{1,2})\s*[:h.]\s*(\d{2})?(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?"
    r"\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?(?:\s+[a-z]{3,4})?",
    re.IGNORECASE,
)
# A database's word for no date.
_NEVER: Final = re.compile(r"0000[-/]00[-/]00(?:[ T]00:00:00.*)?")
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
    if is_blank(text) or _NEVER.fullmatch(text):
        return None
    day, rest = _split(text, reading.date_format)
    if rest:
        _clock(rest)
    return day


def clean_birth_date(cell: Cell, reading: Reading) -> dt.date | None:
    """A date of birth: not in the future; 31/12/68 is in 1968, and so is a year to come."""
    day = clean_date(cell, reading)
    if day is not None and day > _today() and _is_short(cell):
        day = clean_date(f"{day.day:02}/{day.month:02}/{day.year - 100}", Reading())
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
    if is_blank(text) or _NEVER.fullmatch(text):
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
        match, day, month, year = _named(text)
    try:
        found = dt.date(year, month, day)
    except ValueError:
        raise _not_a_date() from None
    return _within(found), text[match.end() :].strip(" T,t")


def _named(text: str) -> tuple[re.Match[str], int, int, int]:
    """Day, month and year of a text that names the month."""
    if (match := _NAMED.match(text)) and match[2] in _MONTHS:
        day, month, year = match[1], match[2], match[3]
    elif (match := _MONTH_FIRST.match(text)) and match[1] in _MONTHS:
        day, month, year = match[2], match[1], match[3]
    else:
        raise _not_a_date()
    return match, int(day), _MONTHS[month], _century(year)


def _century(year: str) -> int:
    """A year of two digits is of this century up to next year, else of the last."""
    if len(year) != 2:
        return int(year)
    return int(year) + (2000 if int(year) <= _today().year % 100 + 1 else 1900)


def _is_short(cell: Cell) -> bool:
    """Say whether a date was written with two digits for its year."""
    return isinstance(cell, str) and not re.search(r"\d{4}", cell.split(":")[0])


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
    return _century(year), int(month), int(day)


def _clock(rest: str) -> tuple[dt.time, str]:
    """The time of day a text says, and its offset ('' for local time)."""
    match = _CLOCK.fullmatch(rest.lstrip("- ").removeprefix("à ").removeprefix("a ").strip())
    if match is None:
        raise _not_a_date()
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half, offset = (match[4] or "").lower(), (match[5] or "").lower()
    if half:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    try:
        return dt.time(hour, minute, second), offset
    except ValueError:
        raise _not_a_date() from None


def _at(day: dt.date, rest: str) -> dt.datetime:
    if not rest:
        return _aware(dt.datetime.combine(day, dt.time()))
    time, offset = _clock(rest)
    naive = dt.datetime.combine(day, time)
    if not offset:
        return _aware(naive)
    if offset in ("z", "utc", "gmt"):
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
