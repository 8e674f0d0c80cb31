"""Columns of sensitive attributes: kept only of whom the marketer says explicitly agreed.

Invariant: a value is imported only together with, or after, the person's own explicit yes in the
ledger, and never once they took it back.
"""

from __future__ import annotations

from collections import defaultdict

from customers.hearing import Heard
from customers.legal_bases import refusal
from customers.models import ConsentRecord, CustomAttribute, Subject
from customers.spreadsheets.consents import GIVEN, WITHDRAWN, Asked, ConsentLedger, Decided
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX
from customers.spreadsheets.lines import Line
from customers.spreadsheets.mapping import Mapping
from customers.spreadsheets.people import People, Person
from customers.spreadsheets.report import Report


class SensitiveColumns:
    """Leaves out of each line what may not be kept, and records who agreed to the rest."""

    def __init__(self, mapping: Mapping, keys: set[str], ledger: ConsentLedger) -> None:
        self.ledger = ledger
        stated = {
            f"{ATTRIBUTE_PREFIX}{key}": option
            for key, option in mapping.sensitive.items()
            if f"{ATTRIBUTE_PREFIX}{key}" in keys
        }
        known = CustomAttribute.objects.exclude(sensitive="") if stated else ()
        sensitive = {f"{ATTRIBUTE_PREFIX}{each.key}" for each in known}
        self.options = {key: option for key, option in stated.items() if key in sensitive}
        self._decided: Decided = []

    def load(self, people: People) -> None:
        """Find what those already known said before; one query, none without such columns."""
        self._decided = []
        known = [pk for pk in people.persons if pk > 0]
        if not (self.options and known):
            return
        records = ConsentRecord.objects.filter(customer_id__in=known, subject=Subject.SENSITIVE)
        in_order = records.order_by("occurred_at", "id")
        heard: dict[tuple[int, str], Heard[str]] = defaultdict(Heard)
        said = ("state", "basis", "occurred_at")
        for pk, key, state, basis, at in in_order.values_list(
            "customer_id", "attribute_key", *said
        ):
            born = people.persons[pk].customer.birth_date
            heard[pk, key].hear(state, state, basis, at, born)
        for (pk, key), words in heard.items():
            people.persons[pk].consents[f"{ATTRIBUTE_PREFIX}{key}"] = words.said or ""

    def sift(self, person: Person, line: Line, report: Report) -> None:
        """Take out of a line what this person's word, or age, does not allow to keep."""
        for key, option in self.options.items():
            if key not in line.values:
                continue
            state = person.consents.get(key, "")
            if state == GIVEN:
                continue
            born = line.values.get("birth_date") or person.customer.birth_date
            why = refusal(
                Subject.SENSITIVE,
                option.basis,
                birth_date=born,
                on=option.collected_at or self.ledger.at,
                proof=option.proof,
                wording=option.wording,
            )
            if state == WITHDRAWN or why is not None:
                del line.values[key]
                report.sensitive_refused += 1
                continue
            person.consents[key] = GIVEN
            asked = Asked(person, key, GIVEN, line.number)
            attribute_key = key.removeprefix(ATTRIBUTE_PREFIX)
            record = self.ledger.record(asked, option, Subject.SENSITIVE, attribute_key)
            self._decided.append((asked, record))
            report.record_consent(Subject.SENSITIVE, GIVEN)

    def decided(self) -> Decided:
        """The explicit consents of the batch, for the ledger."""
        return self._decided
