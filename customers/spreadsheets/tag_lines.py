"""What a batch of lines of tags changes: tags put on people who are known, and nothing else.

Tags are those of the line's columns, and the one told for the whole file. Nobody is created and
no tag is taken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from customers.folding import fold
from customers.models import ImportChange
from customers.spreadsheets import tagged, targets
from customers.spreadsheets.lines import Line, Problem
from customers.spreadsheets.owners import Unknown, place
from customers.spreadsheets.people import People, Person
from customers.spreadsheets.report import Report
from customers.tagging import is_tag

if TYPE_CHECKING:
    from customers.spreadsheets.importers import Setting


class TagLines:
    """Plans and writes batches of lines of tags.

    Raises SpreadsheetError where neither a column nor the target says which tag.
    """

    def __init__(self, given: Setting) -> None:
        targets.check(given.mapping.kind, given.target, given.reader.bound)
        self.people = People(given.memory, given.journal, given.write)
        self.memory = given.memory
        self.journal = given.journal
        self.write = given.write
        self.tag = str(given.target.get("tag") or "").strip()

    def batch(self, lines: list[Line], report: Report) -> list[Line]:
        """Import a batch (or, without `write`, find what it would change); the rejected lines."""
        for line in lines:
            self._check(line)
        placed = place(self.people, lines, report, Unknown.REJECTED)
        put = self.memory.recall({_key(person) for _line, person in placed})
        told = {_key(person): person for _line, person in placed}
        for line, person in placed:
            for word in self._words(line):
                person.tags.setdefault(fold(word), word)
        for key, person in told.items():
            # A check does not write: what earlier lines put is known from memory only.
            for word in put.get(key, "").split("\x1f"):
                person.tags.pop(word, None)
        new = {id(person) for person in tagged.keep_new(list(told.values()))}
        report.rows += len(lines)
        for _line, person in placed:
            if id(person) in new:
                report.updated += 1
                new.discard(id(person))
            else:
                report.unchanged += 1
        if self.write:
            self.journal.created(ImportChange.Record.TAG, tagged.save(told.values()))
        else:
            self._note(told, put)
        self.people.remember()
        rejected = [line for line in lines if line.problems]
        for line in rejected:
            report.reject(line)
        return rejected

    def _note(self, told: dict[str, Person], put: dict[str, str]) -> None:
        noted = {
            key: "\x1f".join(dict.fromkeys([*filter(None, [put.get(key)]), *person.tags]))
            for key, person in told.items()
            if person.tags
        }
        self.memory.remember(noted)

    def _words(self, line: Line) -> list[str]:
        words = list(line.values.get("tags", ()))
        return [*words, self.tag] if self.tag else words

    def _check(self, line: Line) -> None:
        if line.problems:
            return
        if "customer" not in line.values:
            message = _("This line does not say who it is about.")
            line.problems.append(Problem("no_customer", message))
        if not all(is_tag(word) for word in self._words(line)):
            message = _("A tag has at most 60 characters, letters or digits among them.")
            line.problems.append(Problem("too_long", message))


def _key(person: Person) -> str:
    return f"t:{person.customer.pk}"
