"""Figures and dates as people read them: `1 234,56 €`, `8,6 %`, `21 nov. 2026`.

French figures use the narrow no-break space (U+202F) between thousands and before `%`, and the
no-break space (U+00A0) before the currency sign, so that no figure is ever cut at a line's end.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from django import template
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

register = template.Library()

NARROW: Final = "\u202f"
NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
MISSING: Final = "–"
EURO: Final = "€"
MONTHS: Final = {
    "fr": [
        "janv.",
        "févr.",
        "mars",
        "avr.",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ],
    "en": [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ],
}


def _language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def _decimal(value: Any) -> Decimal | None:
    """Read a number exactly; texts, NaN and infinities are missing figures."""
    if value is None or isinstance(value, bool) or value == "":
        return None
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return None
    return exact if exact.is_finite() else None


def _digits(value: Decimal, decimals: int) -> str:
    """Group thousands and set the decimal sign; never a negative zero."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}"
    if _language() == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    return (MINUS if rounded < 0 else "") + text


@register.filter
def number(value: Any, decimals: int | None = None) -> str:
    """`1 234`; with an argument that many decimals; by default the value's own, at most two."""
    exact = _decimal(value)
    if exact is None:
        return MISSING
    if decimals is None:
        shown = exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP).normalize()
        own = -int(shown.as_tuple().exponent)
        decimals = min(max(own, 0), 2)
    return _digits(exact, decimals)


@register.filter
def signed(value: Any) -> str:
    """`+38` or `−12`, for differences."""
    exact = _decimal(value)
    if exact is None:
        return MISSING
    text = number(exact)
    return f"+{text}" if exact > 0 else text


@register.filter
def money(value: Any, decimals: int = 2) -> str:
    """`1 234,56 €`; `|money:0` leaves the cents out."""
    exact = _decimal(value)
    if exact is None:
        return MISSING
    text = _digits(exact, decimals)
    if _language() == "fr":
        return f"{text}{NBSP}{EURO}"
    return f"{MINUS}{EURO}{text[1:]}" if text.startswith(MINUS) else f"{EURO}{text}"


@register.filter
def percent(value: Any, decimals: int = 1) -> str:
    """`8,6 %` from a ratio (0.086); something is never shown as nothing, nor nearly all as all."""
    exact = _decimal(value)
    if exact is None:
        return MISSING
    hundredfold, step = exact * 100, Decimal(1).scaleb(-decimals)
    prefix = ""
    if 0 < hundredfold < step / 2:
        prefix, hundredfold = f"<{NBSP}", step
    elif 100 - step / 2 <= hundredfold < 100:
        prefix, hundredfold = f">{NBSP}", 100 - step
    text = prefix + _digits(hundredfold, decimals)
    return f"{text}{NARROW}%" if _language() == "fr" else f"{text}%"


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) else value


@register.filter
def shortdate(value: date | datetime | None) -> str:
    """`21 nov. 2026`, on the local calendar; in French the first of a month is `1er`."""
    if not value:
        return MISSING
    day = _local(value)
    ordinal = "1er" if day.day == 1 and _language() == "fr" else str(day.day)
    return f"{ordinal}{NBSP}{MONTHS[_language()][day.month - 1]}{NBSP}{day.year}"


@register.filter
def clock(value: datetime | None) -> str:
    """`14:32:08`, local time."""
    return f"{timezone.localtime(value):%H:%M:%S}" if value else MISSING


@register.filter
def hour(value: datetime | None) -> str:
    """`14:32`, local time."""
    return f"{timezone.localtime(value):%H:%M}" if value else MISSING


@register.filter
def moment(value: datetime | None) -> str:
    """`21 nov. 2026, 14:32`, local time."""
    return f"{shortdate(value)}, {hour(value)}" if value else MISSING


@register.filter
def ago(value: datetime | None) -> str:
    """How long ago an instant was, in its largest unit; past a month, its date."""
    if not value:
        return MISSING
    seconds = int((timezone.now() - value).total_seconds())
    if seconds < 0:
        return moment(value)
    if seconds < 60:
        return gettext("just now")
    if seconds < 3600:
        n = seconds // 60
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", n) % {"count": n}
    if seconds < 86400:
        n = seconds // 3600
        return ngettext("%(count)s hour ago", "%(count)s hours ago", n) % {"count": n}
    if seconds < 31 * 86400:
        n = seconds // 86400
        return ngettext("%(count)s day ago", "%(count)s days ago", n) % {"count": n}
    return shortdate(value)


@register.filter
def duration(seconds: Any) -> str:
    """`2 min 05 s` or `1 h 03 min`, for estimates."""
    exact = _decimal(seconds)
    if exact is None:
        return MISSING
    whole = max(int(exact), 0)
    if whole < 60:
        return f"{whole}{NBSP}s"
    if whole < 3600:
        return f"{whole // 60}{NBSP}min{NBSP}{whole % 60:02d}{NBSP}s"
    return f"{whole // 3600}{NBSP}h{NBSP}{whole % 3600 // 60:02d}{NBSP}min"


@register.filter
def typography(text: Any) -> str:
    """Set a plain text's spaces before `; : ! ? %` and inside « » as French printing does."""
    if _language() != "fr":
        return str(text)
    spaced = re.sub(r"(?<=\S)[ \u00a0](?=[;:!?%»])", NARROW, str(text))
    return re.sub(r"«[ \u00a0]", f"«{NARROW}", spaced)


@register.filter
def initials(name: Any) -> str:
    """`AM` from `Anaïs Morel`, for the round mark beside a person's name."""
    words = [w for w in re.split(r"[\s@._-]+", str(name or "")) if w and w[0].isalpha()]
    return "".join(word[0].upper() for word in words[:2]) or "·"
