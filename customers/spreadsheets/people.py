"""Who a line is about: by customer number, then e-mail, then phone, in the base and in the file.

Two people may share an address, so an address alone may name nobody in particular. Someone whose
customer number differs from the line's is known to be someone else. A line that would match two
people matches none: it is rejected and both are named.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.fields import address_hash
from customers.folding import fold
from customers.models import Customer, ImportChange, Suppression
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Problem
from customers.spreadsheets.memory import Memory

_KEPT = ("external_id", "email", "phone", "first_name", "last_name")


class Identity(NamedTuple):
    """What a line says about who it is about."""

    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str = ""
    last_name: str = ""


class Ambiguous(Exception):
    """A line that would match two people, who are named in `problem`."""

    def __init__(self, first: Customer, second: Customer) -> None:
        super().__init__("two_people")
        message = format_lazy(
            _("This line would match two people: {first} and {second}."),
            first=_named(first), second=_named(second),
        )  # fmt: skip
        self.problem = Problem("two_people", message)


@dataclass(eq=False)
class Person:
    """Someone a batch is about. `seen`: an earlier line of this import was about them too."""

    customer: Customer
    created: bool = False
    seen: bool = False
    changed: set[str] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    consents: dict[str, str] = field(default_factory=dict)


class People:
    """The people of one batch, from the base, from earlier lines, and those it adds.

    With `write` false nothing is locked or written: people whom earlier batches would have
    created or changed are taken from memory, under negative ids.
    """

    def __init__(self, memory: Memory, journal: Journal, write: bool) -> None:
        self.memory = memory
        self.journal = journal
        self.write = write
        self.persons: dict[int, Person] = {}
        self.added: list[Person] = []
        self.next_id = -1
        self._numbers: dict[str, Person] = {}
        self._emails: dict[str, list[Person]] = defaultdict(list)
        self._phones: dict[str, list[Person]] = defaultdict(list)

    def load(self, identities: Collection[Identity]) -> None:
        """Find everyone these lines may be about: a fixed number of queries."""
        self.persons, self.added = {}, []
        self._numbers = {}
        self._emails, self._phones = defaultdict(list), defaultdict(list)
        numbers = {each.external_id for each in identities if each.external_id}
        emails = {each.email for each in identities if each.email}
        phones = {each.phone for each in identities if each.phone}
        found = self._in_base(numbers, emails, phones)
        if not self.write:
            found = self._with_earlier_lines(found, numbers, emails, phones)
        seen = self.memory.recall([f"c:{pk}" for pk in found])
        for pk, customer in found.items():
            person = Person(customer, seen=f"c:{pk}" in seen)
            if not self.write and person.seen:
                person.consents = json.loads(seen[f"c:{pk}"])[-1]
            self.persons[pk] = person
            self._index(person)

    def find(self, line: Identity) -> Person | None:
        """The person a line is about, None for nobody known. Raises Ambiguous."""
        by_number = self._numbers.get(line.external_id) if line.external_id else None
        groups = [
            [each for each in people if not self._someone_else(each, line)]
            for people in (
                self._emails.get(line.email or "", []),
                self._phones.get(line.phone or "", []),
            )
        ]
        if by_number is not None:
            for people in groups:
                if people and by_number not in people:
                    raise Ambiguous(by_number.customer, people[0].customer)
            return by_number
        groups = [people for people in groups if people]
        if not groups:
            return None
        common = [each for each in groups[0] if all(each in people for people in groups)]
        if not common:
            raise Ambiguous(groups[0][0].customer, groups[1][0].customer)
        if len(common) > 1:
            name = (fold(line.first_name), fold(line.last_name))
            alike = [each for each in common if any(name) and _name(each.customer) == name]
            if len(alike) != 1:
                raise Ambiguous(common[0].customer, common[1].customer)
            return alike[0]
        return common[0]

    def add(self, customer: Customer) -> Person:
        """Take note of someone unknown so far; whoever plans the batch saves them."""
        person = Person(customer, created=True)
        self.added.append(person)
        self._index(person)
        return person

    def reindex(self, person: Person) -> None:
        """Let later lines find a person by an address they have just been given."""
        self._index(person)

    def settle(self) -> None:
        """Give those added an id: by saving them, or a negative one when nothing is written."""
        if self.write:
            insert([person.customer for person in self.added])
            ids = [person.customer.pk for person in self.added]
            self.journal.created(ImportChange.Record.CUSTOMER, ids)
        for person in self.added:
            if not self.write:
                person.customer.pk = self.next_id
                self.next_id -= 1
            self.persons[person.customer.pk] = person

    def remember(self) -> None:
        """Note whom this batch was about, for the batches after it."""
        noted: dict[str, str] = {}
        for pk, person in self.persons.items():
            if not (person.created or person.seen):
                continue
            customer = person.customer
            if self.write:
                noted[f"c:{pk}"] = ""
                continue
            kept = [getattr(customer, name) for name in _KEPT]
            noted[f"c:{pk}"] = json.dumps([*kept, person.consents])
            keys = (f"x:{customer.external_id}", f"e:{customer.email}", f"p:{customer.phone}")
            for key, value in zip(keys, kept, strict=False):
                if value:
                    noted[key] = f"{noted[key]},{pk}" if key in noted else str(pk)
        if not self.write:
            self._merge_keys(noted)
        self.memory.remember(noted)

    def erased(self, identities: Collection[Identity]) -> set[str]:
        """Those of these addresses whose owner asked to be erased."""
        hashes = {
            address_hash(address): address
            for each in identities
            for address in (each.email, each.phone)
            if address
        }
        rows = Suppression.objects.filter(
            reason=Suppression.Reason.ERASURE, address_hash__in=[h for h in hashes if h]
        )
        return {hashes[found] for found in rows.values_list("address_hash", flat=True)}

    def _in_base(
        self, numbers: Collection[str], emails: Collection[str], phones: Collection[str]
    ) -> dict[int, Customer]:
        wanted = Q(pk__in=[])
        for name, values in (("external_id", numbers), ("email", emails), ("phone", phones)):
            if values:
                wanted |= Q(**{f"{name}__in": list(values)})
        known = Customer.objects.filter(wanted).order_by("pk")
        # Locked, so that someone erased meanwhile is not written back.
        rows = known.select_for_update() if self.write else known
        return {customer.pk: customer for customer in rows}

    def _with_earlier_lines(
        self,
        found: dict[int, Customer],
        numbers: Collection[str],
        emails: Collection[str],
        phones: Collection[str],
    ) -> dict[int, Customer]:
        keys = [*(f"x:{n}" for n in numbers), *(f"e:{e}" for e in emails)]
        keys += [f"p:{p}" for p in phones]
        ids = {int(pk) for listed in self.memory.recall(keys).values() for pk in listed.split(",")}
        missing = [pk for pk in ids if pk > 0 and pk not in found]
        found |= Customer.objects.in_bulk(missing)
        found |= {pk: Customer(pk=pk) for pk in ids if pk < 0}
        for key, value in self.memory.recall([f"c:{pk}" for pk in found]).items():
            customer = found[int(key[2:])]
            for name, kept in zip(_KEPT, json.loads(value), strict=False):
                setattr(customer, name, kept)
        return found

    def _merge_keys(self, noted: dict[str, str]) -> None:
        keys = [key for key in noted if key[0] != "c"]
        for key, value in self.memory.recall(keys).items():
            ids = dict.fromkeys([*value.split(","), *noted[key].split(",")])
            noted[key] = ",".join(ids)

    def _index(self, person: Person) -> None:
        customer = person.customer
        if customer.external_id:
            self._numbers[customer.external_id] = person
        for index, address in ((self._emails, customer.email), (self._phones, customer.phone)):
            if address and person not in index[address]:
                index[address].append(person)

    @staticmethod
    def _someone_else(person: Person, line: Identity) -> bool:
        known = person.customer.external_id
        return bool(line.external_id and known and known != line.external_id)


def identity_of(values: dict[str, Any]) -> Identity:
    """What the values of a line of customers say about who it is about."""
    return Identity(
        values.get("external_id"),
        values.get("email"),
        values.get("phone"),
        values.get("first_name", ""),
        values.get("last_name", ""),
    )


def _name(customer: Customer) -> tuple[str, str]:
    return fold(customer.first_name), fold(customer.last_name)


def _named(customer: Customer) -> str:
    """A name that tells two namesakes apart."""
    mark = customer.external_id or customer.email or customer.phone or f"#{customer.pk}"
    name = f"{customer.first_name} {customer.last_name}".strip()
    return f"{name} ({mark})" if name else str(mark)
