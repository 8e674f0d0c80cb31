"""Customers sent by another program: created, or brought to what is said of them.

What is said replaces what was known, what is not said stays. Items about one person act in their
order. A batch costs a fixed number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.fields import computed_names
from customers.folding import fold, same_value
from customers.ingestion.items import Item, read_values
from customers.ingestion.whom import find, hold, people_of_batch
from customers.models import Customer
from customers.sensitive import may_store
from customers.spreadsheets import tagged
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX, Field, fields_of
from customers.spreadsheets.identities import identity_of
from customers.spreadsheets.people import People, Person
from customers.tagging import is_tag
from customers.void_words import keep_void

_IDENTITY: Final = frozenset({"external_id", "email", "phone"})


@dataclass(eq=False)
class CustomerItem(Item):
    """A customer as they were sent; `known` where it is settled who they are."""

    known: Customer | None = None


_OF_CONSENTS: Final = frozenset({"consent", "consent_date"})


def customer_fields() -> dict[str, Field]:
    """What can be said of a customer, custom attributes (`attr:…`) among them; one query.

    Consents are no field of a customer: they need a source and go through their own door.
    """
    return {
        key: each for key, each in fields_of("customers").items() if each.type not in _OF_CONSENTS
    }


def write_customers(raw: Sequence[Any]) -> list[Item]:
    """Write these customers; must run inside a transaction."""
    fields = customer_fields()
    items = [_read(index, each, fields) for index, each in enumerate(raw)]
    return apply_customers(items)


def apply_customers(items: list[CustomerItem]) -> list[Item]:
    """Write items already read; must run inside a transaction."""
    people = people_of_batch()
    identities = [identity_of(item.values) for item in items if not item.faults]
    people.load(identities)
    erased = people.erased(identities)
    keys = {key for item in items for key in _attributes(item)}
    agreed = may_store(people.persons.keys(), keys) if keys else {}
    placed: list[tuple[CustomerItem, Person]] = []
    for item in items:
        person = None
        if item.known is not None and not item.faults:
            person = hold(people, item.known)
        elif not item.faults:
            person = find(people, item, identity_of(item.values), erased)
        _refuse_sensitive(item, person, agreed)
        if item.faults:
            continue
        if person is None:
            person = people.add(Customer())
            person.customer.attributes = {}
        placed.append((item, person))
        item.status = "created" if person.created and not person.seen else "existing"
        person.seen = True
        _apply(people, person, item)
    everyone = {id(person): person for person in (*people.persons.values(), *people.added)}
    newly_tagged = tagged.keep_new(everyone.values())
    people.settle()
    _save(people)
    tagged.save(newly_tagged)
    retagged = {id(person) for person in newly_tagged}
    for item, person in placed:
        item.pk = person.customer.pk
        if item.status == "existing":
            changed = person.changed or id(person) in retagged
            item.status = "updated" if changed else "unchanged"
    return list(items)


def _read(index: int, raw: Any, fields: dict[str, Field]) -> CustomerItem:
    item = CustomerItem(index)
    item.values = read_values(item, raw, fields, besides=("attributes",))
    told = raw.get("attributes") if isinstance(raw, dict) else None
    if told is not None:
        own = {
            key.removeprefix(ATTRIBUTE_PREFIX): each
            for key, each in fields.items()
            if key.startswith(ATTRIBUTE_PREFIX)
        }
        values = read_values(item, told, own, at="attributes")
        item.values |= {f"{ATTRIBUTE_PREFIX}{key}": value for key, value in values.items()}
    if not all(is_tag(tag) for tag in item.values.get("tags") or ()):
        item.refuse("too_long", _("A tag has at most 60 characters."), "tags")
    if not any(item.values.get(key) for key in _IDENTITY) and not item.faults:
        item.refuse("no_identity", _("Say a customer number, an e-mail or a phone."))
    return item


def _attributes(item: Item) -> list[str]:
    """The custom attributes an item gives a value."""
    return [
        key.removeprefix(ATTRIBUTE_PREFIX)
        for key, value in item.values.items()
        if key.startswith(ATTRIBUTE_PREFIX) and value is not None
    ]


def _refuse_sensitive(item: Item, person: Person | None, agreed: dict[str, set[int]]) -> None:
    """Sensitive data of someone who did not explicitly agree is not even kept for a moment."""
    for key in _attributes(item):
        if key in agreed and (person is None or person.customer.pk not in agreed[key]):
            message = _("This is sensitive data, and this person did not agree to its being kept.")
            item.refuse("no_explicit_consent", message, f"attributes.{key}")


def _apply(people: People, person: Person, item: Item) -> None:
    customer = person.customer
    for key, value in item.values.items():
        if key == "tags":
            for tag in value or ():
                person.tags.setdefault(fold(tag), tag)
        elif key.startswith(ATTRIBUTE_PREFIX):
            if set_attribute(customer, key.removeprefix(ATTRIBUTE_PREFIX), value):
                person.changed.add("attributes")
        else:
            new = _empty(key) if value is None else value
            if not same_value(getattr(customer, key), new):
                if key == "birth_date" and new is None and not person.created:
                    keep_void({customer.pk: customer.birth_date})
                setattr(customer, key, new)
                person.changed.add(key)
    if not person.changed.isdisjoint(_IDENTITY) or person.created:
        people.reindex(person)


def set_attribute(customer: Customer, key: str, value: Any) -> bool:
    """Give a custom attribute its value, None for none; whether that changes anything."""
    if isinstance(value, Decimal):
        value = format(value.normalize(), "f")
    elif isinstance(value, dt.date):
        value = value.isoformat()
    if customer.attributes.get(key) == value:
        return False
    if value is None:
        del customer.attributes[key]
    else:
        customer.attributes[key] = value
    return True


def _empty(key: str) -> Any:
    field = Customer._meta.get_field(key)
    if getattr(field, "null", False):
        return None
    return [] if key == "interests" else ""


def _save(people: People) -> None:
    changed = [each for each in people.persons.values() if each.changed and not each.created]
    if not changed:
        return
    names = set().union(*(person.changed for person in changed))
    # An upsert by id: one statement for many rows, where bulk_update builds huge CASEs.
    Customer.objects.bulk_create(
        [person.customer for person in changed],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sorted({*names, *computed_names(Customer), "updated_at"}),
    )
