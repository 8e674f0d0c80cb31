"""Who the items of a batch are about: the identity rule of imports, without an import's memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from django.db import connection
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.ingestion.items import Item, read_values
from customers.models import Customer
from customers.spreadsheets.fields import Field
from customers.spreadsheets.identities import Identity, identity_of
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.people import Ambiguous, People, Person

# Any number does, as long as nothing else locks it.
_LOCK: Final = 7_261_001
IDENTITY_KEYS: Final = ("external_id", "email", "phone", "first_name", "last_name")


class NoMemory:
    """A batch of its own: no earlier one to remember."""

    def recall(self, keys: Collection[str]) -> dict[str, str]:
        """Nothing."""
        return {}

    def remember(self, values: Mapping[str, str]) -> None:
        """Keep nothing."""


def people_of_batch() -> People:
    """The people of one batch that is to be written, in the transaction that holds."""
    return People(NoMemory(), Journal(None), True)


def one_writer_at_a_time() -> None:
    """Wait until no other batch is being written, to the end of the transaction.

    Two people may share an address, so no constraint keeps two batches at once from making
    the same person twice. SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def read_who(item: Item, raw: Any, fields: Mapping[str, Field], at: str) -> Identity:
    """Who an order, an event or a consent says it is about; faults are noted in the item."""
    known = {key: fields[key] for key in IDENTITY_KEYS}
    values = read_values(item, raw, known, at=at) if raw is not None else {}
    told = {key: value for key, value in values.items() if value is not None}
    if not (told.keys() & {"external_id", "email", "phone"}) and not item.faults:
        item.refuse("no_identity", _("Say a customer number, an e-mail or a phone."), at)
    return identity_of(told)


def find(people: People, item: Item, who: Identity, erased: AbstractSet[str]) -> Person | None:
    """The person meant, None for nobody known or, with a fault, for one that must not be."""
    if not erased.isdisjoint((who.email, who.phone, who.external_id)):
        message = _("This person asked to be erased; nothing about them is written.")
        item.refuse("erased", message, "customer")
        return None
    try:
        return people.find(who)
    except Ambiguous as error:
        # By their ids: a token that may write may not always read names.
        message = format_lazy(
            _("This would match two people: {first} and {second}."),
            first=error.both[0], second=error.both[1],
        )  # fmt: skip
        item.refuse("two_people", message, "customer")
        return None


def hold(people: People, customer: Customer) -> Person:
    """Someone known otherwise than by what the item says, among the people of the batch."""
    if customer.pk not in people.persons:
        # Locked, so that someone erased meanwhile is not written back.
        locked = Customer.objects.select_for_update().get(pk=customer.pk)
        people.persons[customer.pk] = Person(locked)
        people.reindex(people.persons[customer.pk])
    return people.persons[customer.pk]
