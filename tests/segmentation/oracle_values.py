"""The oracle's tests of single values, and the type of each field, from the contract alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from fractions import Fraction
from math import ceil
from typing import Any

TEXTS = {
    *(
        "region",
        "area",
        "education",
        "profession",
        "income_band",
        "language",
        "acquisition_source",
        "city",
    ),
    *("postal_code", "department", "country", "email_domain", "phone_country"),
    *("gender", "marital_status", "preferred_frequency", "preferred_channel"),
    *("email_consent", "sms_consent", "tracking_consent", "attr:colour", "attr:tier"),
    *("favourite_category", "purchase_rhythm", "status", "channel", "store", "promo_code"),
    *("product", "category", "brand", "name", "page", "kind", "link"),
    "prop:shade",
}
NUMBERS = {
    *("age", "children", "attr:size", "orders_count", "total_spent", "average_basket"),
    *("discount_share", "days_between_orders", "total", "discount", "quantity", "amount", "value"),
    "prop:stars",
}
STANDING = {
    *("recency_score", "frequency_score", "monetary_score", "revenue_rank_percent"),
    *("rfm_group", "pmg", "lifecycle_stage", "engagement_level", "engagement_trend"),
    *("messages_last_7_days", "messages_last_30_days"),
}
TEXTS |= {"rfm_group", "pmg", "lifecycle_stage", "engagement_level", "engagement_trend"}
NUMBERS |= STANDING - TEXTS
BOOLEANS = {"has_email", "has_mobile", "reachable_email", "reachable_sms", "attr:vip", "machine"}
BOOLEANS |= {"prop:sale"}
DATES = {"birth_date", "attr:wedding", "prop:delivery"}
INSTANTS = {
    *("signed_up_at", "first_order_at", "last_order_at", "placed_at", "occurred_at", "sent_at"),
    "expected_next_order_at",
}
SETS = {"interests", "tags", "categories"}


def folded(text: str | None) -> str | None:
    """The comparable form of a text, None for a missing one."""
    bare = "".join(
        c
        for c in unicodedata.normalize("NFKD", text or "")
        if not unicodedata.category(c).startswith("M")
    )
    for letter, letters in (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"), ("ß", "ss")):
        bare = bare.replace(letter, letters)
    return re.sub(r"\s+", " ", bare.casefold()).strip() or None


def birthday(born: dt.date, year: int) -> dt.date:
    """The anniversary in a year: 1 March for 29 February in other years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return dt.date(year, 3, 1)


def bucket(salt: str, customer: int) -> int:
    """Which of 10,000 parts a customer falls in."""
    hashed = hashlib.sha256(f"{salt}:{customer}".encode()).digest()
    return int.from_bytes(hashed[:8], "big") % 10_000


def lasting(days: Fraction) -> dt.timedelta:
    """So many days of 24 hours, to the microsecond below, as instants are kept."""
    return dt.timedelta(microseconds=int(days * 24 * 3600 * 1_000_000))


def unit_number(day: dt.date, unit: str) -> int:
    """Which day, week, month or year it is, counted from some beginning; weeks from Monday."""
    if unit == "day":
        return day.toordinal()
    if unit == "week":
        return (day.toordinal() - 1) // 7
    return day.year * 12 + day.month if unit == "month" else day.year


def text_passes(value: str, op: str, operand: Any) -> bool:
    """A folded text against an operand as typed."""
    if op == "in":
        return value in {folded(o) for o in operand}
    other = folded(operand)
    assert other is not None
    return {
        "is": value == other,
        "contains": other in value,
        "starts_with": value.startswith(other),
        "ends_with": value.endswith(other),
    }[op]


def number_passes(value: Any, op: str, operand: Any) -> bool:
    """A number, exactly."""
    exact = Fraction(value)
    if op == "between":
        return Fraction(str(operand[0])) <= exact <= Fraction(str(operand[1]))
    other = Fraction(str(operand))
    return {
        "=": exact == other,
        ">": exact > other,
        ">=": exact >= other,
        "<": exact < other,
        "<=": exact <= other,
    }[op]


def set_passes(value: set[str], op: str, operand: Any) -> bool:
    """A set of folded texts."""
    others = {folded(o) for o in operand}
    return bool(value & others) if op == "has_any" else others <= value


def ranked(values: dict[int, Any], op: str, percent: Any) -> set[int]:
    """The customers kept by top_percent or bottom_percent."""
    positive = {k: Fraction(v) for k, v in values.items() if v is not None and v > 0}
    keep = ceil(Fraction(str(percent)) * len(positive) / 100)
    order = sorted(positive.values(), reverse=op == "top_percent")
    if keep == 0:
        return set()
    last = order[keep - 1]
    if op == "top_percent":
        return {k for k, v in positive.items() if v >= last}
    return {k for k, v in positive.items() if v <= last}
