"""What names a person in a text: their addresses however written, their number, their full name.

Used to find someone's traces in files and reports that are not rows of theirs. Whoever was erased
already is found by keyed hash alone, which is slower and knows no names.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from django.core.exceptions import ValidationError

from customers.addresses import normalise_phone
from customers.fields import address_hash, number_hash
from customers.folding import fold
from customers.models import Customer, ErasedNumber, FormerNumber, Suppression

# Looked for from where a word begins only: from each letter of a long one it would take minutes.
_EMAIL: Final = re.compile(r"(?<![^\s<>;,\"'()])[^\s<>;,\"'()]+@[^\s<>;,\"'()]+")
_DIALLED: Final = re.compile(r"\+?\d[\d\s.\-/()]{6,22}\d")
_WORD: Final = re.compile(r"[\w\-./]+")
# A shorter number or name is found in anybody's amounts, dates and words.
_TELLING: Final = 4
# What is dialled after the prefix: enough to tell a number, whatever stands before.
_DIALLED_DIGITS: Final = 9


def numbers_of(person: Customer) -> list[str]:
    """The customer numbers that mean this person, those of merged records included."""
    former = FormerNumber.objects.filter(customer_id=person.pk)
    own = [person.external_id] if person.external_id else []
    return [*own, *former.values_list("external_id", flat=True)]


class Traces(ABC):
    """Says whether a text or a line of a table names one of some people."""

    @abstractmethod
    def name_a_text(self, text: str) -> bool:
        """Whether a text names one of them."""

    @abstractmethod
    def number_is(self, cell: str) -> bool:
        """Whether a whole cell is the number of one of them."""

    def name_a_line(self, cells: Sequence[str]) -> bool:
        """Whether a line of a table is about one of them."""
        if any(cell and self.number_is(cell.strip().lstrip("'")) for cell in cells):
            return True
        # The first name and the last one often stand in two cells.
        return self.name_a_text(" ".join(cells))


class KnownTraces(Traces):
    """The traces of people as they are now."""

    def __init__(self, people: Iterable[Customer]) -> None:
        self.texts: set[str] = set()
        self.dialled: set[str] = set()
        self.numbers: set[str] = set()
        for person in people:
            first, last = fold(person.first_name), fold(person.last_name)
            if first and last and len(first + last) > _TELLING:
                self.texts |= {f"{first} {last}", f"{last} {first}"}
            if person.email:
                self.texts.add(fold(person.email))
            if person.phone:
                self.dialled.add(re.sub(r"\D", "", person.phone)[-_DIALLED_DIGITS:])
            self.numbers |= {fold(number) for number in numbers_of(person)}

    def as_json(self) -> dict[str, list[str]]:
        """What `from_json` reads, for whoever cleans files once the people are no more."""
        return {name: sorted(getattr(self, name)) for name in ("texts", "dialled", "numbers")}

    @classmethod
    def from_json(cls, told: dict[str, list[str]]) -> KnownTraces:
        """The traces that were kept."""
        traces = cls(())
        for name, values in told.items():
            getattr(traces, name).update(values)
        return traces

    def name_a_text(self, text: str) -> bool:
        folded = fold(text)
        if any(own in folded for own in self.texts):
            return True
        if self.dialled:
            digits = re.sub(r"\D", "", folded)
            if any(own in digits for own in self.dialled):
                return True
        telling = {number for number in self.numbers if len(number) >= _TELLING}
        return bool(telling) and not telling.isdisjoint(_words(folded))

    def number_is(self, cell: str) -> bool:
        return fold(cell) in self.numbers


class ErasedTraces(Traces):
    """The traces of everyone who was erased at their request."""

    def __init__(self) -> None:
        erased = Suppression.objects.filter(reason=Suppression.Reason.ERASURE)
        numbers = ErasedNumber.objects.values_list("number_hash", flat=True)
        self.hashes = {*erased.values_list("address_hash", flat=True), *numbers}

    def name_a_text(self, text: str) -> bool:
        emails = (found.rstrip(".").lower() for found in _EMAIL.findall(text))
        phones = (_normal(found) for found in _DIALLED.findall(text))
        if any(address_hash(each) in self.hashes for each in (*emails, *phones) if each):
            return True
        return any(self.number_is(word) for word in _words(text) if len(word) >= _TELLING)

    def name_a_line(self, cells: Sequence[str]) -> bool:
        # Cell by cell: digits of two cells are not one phone number.
        return any(cell and (self.number_is(cell) or self.name_a_text(cell)) for cell in cells)

    def number_is(self, cell: str) -> bool:
        return number_hash(cell.strip().lstrip("'")) in self.hashes


def _words(text: str) -> Collection[str]:
    return {word.strip(".,-/") for word in _WORD.findall(text)}


def _normal(dialled: str) -> str:
    try:
        return normalise_phone(dialled)
    except ValidationError:
        return ""
