"""What each kind of file cannot do without: the columns that must be matched, told in words."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import ImportJob
from customers.spreadsheets.errors import Issue

Kind = ImportJob.Kind
_WHO: Final = _(
    "No column says who each line is about. Map one to the customer number, the e-mail or the "
    "phone."
)
# Per kind: at least one of these fields, else this sentence.
_NEEDED: Final[dict[str, tuple[tuple[frozenset[str], str | Promise], ...]]] = {
    Kind.CUSTOMERS: ((frozenset({"external_id", "email", "phone"}), _WHO),),
    Kind.ORDERS: (
        (
            frozenset({"customer"}),
            _("No column says whose order it is. Map one to the customer."),
        ),
        (
            frozenset({"placed_at"}),
            _("No column says when the order was placed. Map one to the order date."),
        ),
        (
            frozenset({"amount", "total", "unit_price"}),
            _("No column says how much it was. Map one to the amount or the total."),
        ),
    ),
    Kind.EVENTS: (
        (frozenset({"customer"}), _("No column says who did it. Map one to the customer.")),
        (frozenset({"name"}), _("No column says what happened. Map one to the event.")),
        (frozenset({"occurred_at"}), _("No column says when it happened. Map one to the date.")),
    ),
    Kind.TAGS: (
        (
            frozenset({"customer"}),
            _("No column says who is tagged. Map one to the customer."),
        ),
    ),
    Kind.MEMBERS: (
        (
            frozenset({"customer"}),
            _("No column says who is in the segment. Map one to the customer."),
        ),
    ),
    Kind.SUPPRESSIONS: (
        (
            frozenset({"email", "phone", "contact"}),
            _("No column holds the addresses. Map one to the e-mail or the phone."),
        ),
    ),
}


def missing(kind: str, keys: set[str]) -> list[Issue]:
    """What is wrong with a mapping that only has these fields."""
    return [
        Issue("no_usable_column", message, path="columns")
        for wanted, message in _NEEDED[kind]
        if keys.isdisjoint(wanted)
    ]
