"""Who a line is about: by customer number, then e-mail, then phone, in the base and in the file.

The number of a record that was merged into another means that other one.

Two people may share an address, so an address alone may name nobody in particular. Someone whose
customer number differs from the line's is known to be someone else. A line that would match two
people matches none: it is rejected and both are named.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.among import among
from customers.consent import address_of
from customers.fields import address_hash, number_hash
from customers.folding import fold
from customers.models import Customer, ErasedNumber, FormerNumber, ImportChange, Suppression
from customers.spreadsheets.identities import Identity
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Problem
from customers.spreadsheets.memory import Memory

_KEPT = ("external_id", "email", "phone", "first_name", "last_name")


class Ambiguous(Exception):
    """A line that would match two people, who are named in `problem`."""

    def __init__(self, first: Customer, second: Customer) -> None:
        super().__init__("two_people")
        self.both = (first.pk, second.pk)
        message = format_lazy(
            _("This line would match two people: {first} and {second}."),
            first=_named(first), second=_named(second),
        )  # fmt: skip
        self.problem = Problem("two_people", message)


@dataclass(eq=False)
class Person:
    """Someone a batch is about. `seen`: an earlier line of this import, `line`, was about them too.

    `before` holds the old values of what is `changed`; `former` the numbers of records merged
    into this one; `reached` the channels by which they were last counted as reachable.
    """

    customer: Customer
    created: bool = False
    seen: bool = False
    line: int = 0
    former: frozenset[str] = frozenset()
    changed: set[str] = field(default_factory=set)
    before: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    consents: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)


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
        self._suppressed: dict[tuple[str, str], str] = {}
        self._erased: set[str] = set()

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
        lines = self.journal.lines_of(ImportChange.Record.CUSTOMER, list(found))
        for pk, customer in found.items():
            kept = seen.get(f"c:{pk}")
            person = Person(customer, seen=kept is not None or pk in lines)
            person.line = lines.get(pk, 0)
            if kept is not None:
                self._recall(person, kept)
            self.persons[pk] = person
            self._index(person)
        self._former(numbers)
        self._load_suppressions(emails, phones)

    def suppression(self, person: Person, channel: str) -> str:
        """Why the address a channel writes to is suppressed there; '' where it is not."""
        hashed = address_hash(address_of(person.customer, channel))
        return self._suppressed.get((channel, hashed), "") if hashed else ""

    def find(self, line: Identity) -> Person | None:
        """The person a line is about, None for nobody known. Raises Ambiguous."""
        by_number = self._numbers.get(line.external_id or "")
        at_email = self._emails.get(line.email or "", ())
        at_phone = self._phones.get(line.phone or "", ())
        if by_number is None and not at_email and not at_phone:
            return None
        groups = [
            [each for each in people if not self._someone_else(each, line)]
            for people in (at_email, at_phone)
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

    def sharing(self, person: Person) -> Customer | None:
        """Someone else, of another number, who has the same e-mail, if anyone does."""
        customer = person.customer
        for other in self._emails.get(customer.email or "", ()):
            number = other.customer.external_id
            if other is not person and number and number != customer.external_id:
                return other.customer
        return None

    def settle(self) -> None:
        """Give those added an id: by saving them, or a negative one when nothing is written."""
        if self.write:
            insert([person.customer for person in self.added])
            ids = [person.customer.pk for person in self.added]
            lines = [person.line or None for person in self.added]
            self.journal.created(ImportChange.Record.CUSTOMER, ids, lines)
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
                # The journal tells those it created or changed.
                if not (person.created or person.changed):
                    noted[f"c:{pk}"] = str(person.line)
                continue
            kept = [getattr(customer, name) for name in _KEPT]
            told = [*kept, person.line, sorted(person.reached), person.consents]
            noted[f"c:{pk}"] = json.dumps(told)
            keys = (f"x:{customer.external_id}", f"e:{customer.email}", f"p:{customer.phone}")
            for key, value in zip(keys, kept, strict=False):
                if value:
                    noted[key] = f"{noted[key]},{pk}" if key in noted else str(pk)
        if not self.write:
            self._merge_keys(noted)
        self.memory.remember(noted)

    def erased(self, identities: Collection[Identity]) -> set[str]:
        """Those of these addresses and numbers, loaded before, whose owner asked to be erased."""
        found = self._erased_numbers(identities)
        if not self._erased:
            return found
        return found | {
            address
            for each in identities
            for address in (each.email, each.phone)
            if address and address_hash(address) in self._erased
        }

    def _erased_numbers(self, identities: Collection[Identity]) -> set[str]:
        """Of the numbers nobody has; one whose line names someone known by an address is theirs."""
        if not ErasedNumber.objects.exists():
            return set()
        hashes = {
            number_hash(each.external_id): each.external_id
            for each in identities
            if each.external_id
            and each.external_id not in self._numbers
            and not (self._emails.get(each.email or "") or self._phones.get(each.phone or ""))
        }
        rows = ErasedNumber.objects.filter(number_hash__in=among([h for h in hashes if h]))
        return {hashes[hashed] for hashed in rows.values_list("number_hash", flat=True)}

    def _load_suppressions(self, emails: Collection[str], phones: Collection[str]) -> None:
        addresses: set[str | None] = {*emails, *phones}
        for person in self.persons.values():
            addresses.add(person.customer.email)
            addresses.add(person.customer.phone)
        hashes = among([hashed for hashed in map(address_hash, addresses) if hashed])
        rows = Suppression.objects.filter(address_hash__in=hashes).order_by()
        self._suppressed = {
            (channel, hashed): reason
            for channel, hashed, reason in rows.values_list("channel", "address_hash", "reason")
        }
        self._erased = {
            hashed
            for (_channel, hashed), reason in self._suppressed.items()
            if reason == Suppression.Reason.ERASURE
        }

    def _former(self, numbers: Collection[str]) -> None:
        """Let the numbers of merged records find who they mean now."""
        unknown = [number for number in numbers if number not in self._numbers]
        if not unknown:
            return
        rows = FormerNumber.objects.filter(external_id__in=among(unknown)).values_list(
            "external_id", "customer_id"
        )
        meant = dict(rows)
        missing = [pk for pk in meant.values() if pk not in self.persons]
        known = Customer.objects.filter(pk__in=among(missing)).order_by("pk") if missing else ()
        if self.write and missing:
            known = (
                Customer.objects.filter(pk__in=among(missing)).order_by("pk").select_for_update()
            )
        for customer in known:
            self.persons[customer.pk] = Person(customer)
            self._index(self.persons[customer.pk])
        for number, pk in meant.items():
            if (person := self.persons.get(pk)) is not None:
                person.former |= {number}
                self._numbers[number] = person

    def _recall(self, person: Person, kept: str) -> None:
        if self.write:
            person.line = int(kept or 0)
        else:
            *_identity, person.line, reached, person.consents = json.loads(kept)
            person.reached = set(reached)

    def _in_base(
        self, numbers: Collection[str], emails: Collection[str], phones: Collection[str]
    ) -> dict[int, Customer]:
        wanted = Q(pk__in=[])
        for name, values in (("external_id", numbers), ("email", emails), ("phone", phones)):
            if values:
                wanted |= Q(**{f"{name}__in": among(values)})
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
        rows = Customer.objects.filter(pk__in=among(missing)).order_by("pk")
        found |= {each.pk: each for each in (rows.select_for_update() if self.write else rows)}
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
        number, known = line.external_id, person.customer.external_id
        return bool(number and known and known != number and number not in person.former)


def _name(customer: Customer) -> tuple[str, str]:
    return fold(customer.first_name), fold(customer.last_name)


def _named(customer: Customer) -> str:
    """A name that tells two namesakes apart."""
    mark = customer.external_id or customer.email or customer.phone or f"#{customer.pk}"
    name = f"{customer.first_name} {customer.last_name}".strip()
    return f"{name} ({mark})" if name else str(mark)
