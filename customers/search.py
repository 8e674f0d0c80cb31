"""Finding people by any part of a name, an address or a number.

Searches look in `Customer.search_text`, which is folded like the words searched for, so accents
and case do not count on any database. Every word must be found; a phone may be written with any
spacing and with 0, +33 or 0033.
"""

from __future__ import annotations

import re
from typing import Final

from django.db.models import Q, QuerySet

from customers.folding import fold
from customers.models import Customer

MINIMUM: Final = 2
_MOST_WORDS: Final = 8
_SEPARATORS: Final = re.compile(r"[\s.\-/()\u2010-\u2015]+")


def is_searchable(query: str) -> bool:
    """Say whether a query is long enough to be searched for."""
    return len(fold(query).replace(" ", "")) >= MINIMUM


def matching(customers: QuerySet[Customer], query: str) -> QuerySet[Customer]:
    """Those of `customers` in whom every word of the query is found; all, if it is too short."""
    if not is_searchable(query):
        return customers
    found = Q()
    for word in fold(query).split()[:_MOST_WORDS]:
        found &= Q(search_text__contains=word)
    if number := _dialled(query):
        found |= Q(search_text__contains=number)
    return customers.filter(found)


def _dialled(query: str) -> str:
    """The digits of a query that may be (part of) a phone number, as they are stored."""
    digits = _SEPARATORS.sub("", query.replace("(0)", ""))
    if not re.fullmatch(r"\+?\d{2,16}", digits):
        return ""
    return f"+{digits[2:]}" if digits.startswith("00") and len(digits) > 4 else digits
