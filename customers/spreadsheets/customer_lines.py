"""What a batch of lines of customers changes: people created, updated, tagged, consenting.

The first line about someone decides; later lines of the same file only fill what it left empty,
and count as duplicates. An empty cell never erases. So the same file again changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.folding import fold, same_value
from customers.models import Customer, ImportChange
from customers.spreadsheets import tagged
from customers.spreadsheets.consents import COLUMNS, DATES, ConsentLedger
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX, Field
from customers.spreadsheets.identities import Identity, identity_of
from customers.spreadsheets.inserting import unsaved, update
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Line, Problem
from customers.spreadsheets.memory import Memory
from customers.spreadsheets.people import Ambiguous, People, Person
from customers.spreadsheets.report import Report
from customers.spreadsheets.sensitive_columns import SensitiveColumns
from customers.spreadsheets.sums import is_sum
from customers.tagging import is_tag

_ELSEWHERE: Final = frozenset({"tags", *COLUMNS.values(), *DATES.values()})
# Filled by the fields themselves from others: an update of those must write them too, and an
# index of one that is written is written anew.
_COMPUTED: Final = {
    "email": {"email_hash", "search_text"},
    "phone": {"phone_hash", "search_text"},
    "external_id": {"search_text"},
    "first_name": {"search_text", "name_key"},
    "last_name": {"search_text", "name_key"},
    "city": {"city_folded"},
}
_IDENTITY: Final = frozenset({"external_id", "email", "phone"})
_EMPTY: Final[tuple[Any, ...]] = (None, "", [])


class CustomerLines:
    """Plans and writes batches of lines of customers."""

    def __init__(
        self,
        memory: Memory,
        fields: dict[str, Field],
        ledger: ConsentLedger,
        sensitive: SensitiveColumns,
        journal: Journal,
        *,
        on_existing: str,
        write: bool,
    ) -> None:
        self.people = People(memory, journal, write)
        self.fields = fields
        self.ledger = ledger
        self.sensitive = sensitive
        self.journal = journal
        self.on_existing = on_existing
        self.write = write
        self._now = timezone.now()

    def batch(self, lines: list[Line], report: Report) -> list[Line]:
        """Import a batch (or, without `write`, find what it would change); the rejected lines."""
        identities = [identity_of(line.values) for line in lines]
        sound = [who for who, line in zip(identities, lines, strict=True) if not line.problems]
        self.people.load(sound)
        self._now = timezone.now()
        self.ledger.begin()
        self.sensitive.load(self.people)
        erased = self.people.erased(sound)
        outcomes: list[tuple[Person, str]] = []
        rejected: list[Line] = []
        for line, identity in zip(lines, identities, strict=True):
            outcome = self._place(line, identity, erased, report)
            if outcome is None:
                report.reject(line)
                rejected.append(line)
            else:
                outcomes.append(outcome)
        decided = [*self.sensitive.decided(), *self.ledger.decide(self.people, report)]
        touched = {id(asked.person) for asked, _record in decided}
        touched |= {id(person) for person in tagged.keep_new(self.people.persons.values())}
        for person, outcome_ in outcomes:
            changed = person.changed or id(person) in touched
            if outcome_ == "existing":
                outcome_ = "updated" if changed else "unchanged"
            setattr(report, outcome_, getattr(report, outcome_) + 1)
        report.rows += len(lines)
        self.people.settle()
        if self.write:
            self._save()
            self.ledger.save(decided)
        else:
            self.ledger.count_reach(self.people, (person for person, _how in outcomes), report)
        self.people.remember()
        return rejected

    def _place(
        self, line: Line, identity: Identity, erased: set[str], report: Report
    ) -> tuple[Person, str] | None:
        """The person a line is about and how it counts; None, with a problem, when rejected."""
        values = line.values
        if not (_is_number(identity.external_id) or identity.email or identity.phone):
            if not line.problems:
                message = _("This line has no customer number, e-mail or phone.")
                line.problems.append(Problem("no_identity", message))
        elif not erased.isdisjoint((identity.email, identity.phone, identity.external_id)):
            message = _("This person asked to be erased; an import does not bring them back.")
            line.problems.append(Problem("erased", message))
        tags = values.get("tags", ())
        if not all(is_tag(tag) for tag in tags):
            # A tag is no reason to lose somebody: it alone is left out, and counted.
            values["tags"] = [tag for tag in tags if is_tag(tag)]
            line.warnings.append(Problem("too_long", _("A tag has at most 60 characters.")))
        if line.problems:
            return None
        try:
            person = self.people.find(identity)
        except Ambiguous as error:
            line.problems.append(error.problem)
            return None
        if person is None:
            person = self.people.add(unsaved(Customer, created_at=self._now))
            self.sensitive.sift(person, line, report)
            _fill(person.customer, values)
            self.people.reindex(person)
            outcome = "created"
        else:
            outcome = "duplicates" if person.seen else "existing"
            if person.seen:
                report.repeat(line.number, person.line)
            if not person.created and self.on_existing == "skip":
                person.line = person.line or line.number
                person.seen = True
                return person, outcome
            self.sensitive.sift(person, line, report)
            self._apply(person, line, report)
        if not person.seen and person.customer.external_id:
            other = self.people.sharing(person)
            if other is not None:
                report.share(line.number, other)
        person.line = person.line or line.number
        person.seen = True
        for tag in values.get("tags", ()):
            person.tags.setdefault(fold(tag), tag)
        self.ledger.ask(person, line)
        return person, outcome

    def _apply(self, person: Person, line: Line, report: Report) -> None:
        customer = person.customer
        fill = person.seen or self.on_existing == "fill"
        moved = False
        for key, value in line.values.items():
            if key in _ELSEWHERE or (key == "external_id" and value in person.former):
                continue
            if key.startswith(ATTRIBUTE_PREFIX):
                name = "attributes"
                value = _stored(value)
                old = customer.attributes.get(key.removeprefix(ATTRIBUTE_PREFIX))
            else:
                name = key
                old = getattr(customer, key)
            if old == value or same_value(old, value) or (fill and old not in _EMPTY):
                continue
            if name == "attributes":
                customer.attributes[key.removeprefix(ATTRIBUTE_PREFIX)] = value
            else:
                setattr(customer, key, value)
                moved = moved or key in _IDENTITY
            person.changed.add(name)
            # A negative id: an earlier batch of this check would have created them.
            if person.created or customer.pk < 0:
                continue
            person.before.setdefault(key, old)
            report.fields[key] = report.fields.get(key, 0) + 1
            if old not in _EMPTY:
                who = customer.external_id or str(customer)
                report.change(line.number, who, self.fields[key].label, old, value)
        if moved:
            self.people.reindex(person)

    def _save(self) -> None:
        people = self.people.persons.values()
        changed = [person for person in people if person.changed and not person.created]
        if changed:
            names = set().union(*(person.changed for person in changed))
            update([person.customer for person in changed], written_with(names))
            for person in changed:
                after = {key: _value(person.customer, key) for key in person.before}
                self.journal.changed(
                    ImportChange.Record.CUSTOMER,
                    person.customer.pk,
                    person.before,
                    after,
                    person.line,
                )
        self.journal.created(ImportChange.Record.TAG, tagged.save(people))


def written_with(names: Iterable[str]) -> list[str]:
    """These fields of people and all that are filled from them, which an update must write."""
    told = set(names)
    return sorted(told.union({"updated_at"}, *(_COMPUTED.get(name, ()) for name in told)))


def _is_number(text: str | None) -> bool:
    """Whether it names anybody: "TOTAL" under the numbers of a till does not."""
    if not text:
        return False
    return text[0].isdecimal() or not is_sum(text)


def _fill(customer: Customer, values: dict[str, Any]) -> None:
    """Give someone new what their line says."""
    own = customer.__dict__
    for key, value in values.items():
        if key in own:
            own[key] = value
        elif key.startswith(ATTRIBUTE_PREFIX):
            customer.attributes[key.removeprefix(ATTRIBUTE_PREFIX)] = _stored(value)


def _value(customer: Customer, key: str) -> Any:
    """What a person has in a field or, by its prefixed key, in a custom attribute."""
    if key.startswith(ATTRIBUTE_PREFIX):
        return customer.attributes.get(key.removeprefix(ATTRIBUTE_PREFIX))
    return getattr(customer, key)


def _stored(value: Any) -> Any:
    """The form in which a custom attribute's value is kept."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
