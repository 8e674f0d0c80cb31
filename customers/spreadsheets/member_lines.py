"""What a batch of lines of members changes: known people added to one fixed list, nothing else.

The list belongs to an app above (`extensions.MemberLists`). Nobody is created or taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from customers import extensions
from customers.models import ImportChange
from customers.spreadsheets import targets
from customers.spreadsheets.lines import Line, Problem
from customers.spreadsheets.owners import Unknown, place
from customers.spreadsheets.people import People
from customers.spreadsheets.report import Report

if TYPE_CHECKING:
    from customers.spreadsheets.importers import Setting


class MemberLines:
    """Plans and writes batches of lines of members.

    Raises SpreadsheetError where the target names no list that people can be added to.
    """

    def __init__(self, given: Setting) -> None:
        targets.check(given.mapping.kind, given.target, given.reader.bound)
        lists = extensions.member_lists()
        assert lists is not None, "checked just before"
        self.lists = lists
        self.target = given.target
        self.people = People(given.memory, given.journal, given.write)
        self.memory = given.memory
        self.journal = given.journal
        self.by = given.by
        self.write = given.write

    def batch(self, lines: list[Line], report: Report) -> list[Line]:
        """Import a batch (or, without `write`, find what it would change); the rejected lines."""
        for line in lines:
            if not line.problems and "customer" not in line.values:
                message = _("This line does not say who it is about.")
                line.problems.append(Problem("no_customer", message))
        placed = place(self.people, lines, report, Unknown.REJECTED)
        ids = list(dict.fromkeys(person.customer.pk for _line, person in placed))
        known = self.lists.members(self.target, ids)
        # A check adds nobody: those of earlier lines are known from memory.
        known |= {int(key[2:]) for key in self.memory.recall([f"m:{pk}" for pk in ids])}
        new = [pk for pk in ids if pk not in known]
        report.rows += len(lines)
        report.created += len(new)
        report.unchanged += len(placed) - len(new)
        if self.write and new:
            added = self.lists.add(self.target, new, self.by)
            self.journal.created(ImportChange.Record.MEMBER, added)
        self.memory.remember({f"m:{pk}": "" for pk in new})
        self.people.remember()
        rejected = [line for line in lines if line.problems]
        for line in rejected:
            report.reject(line)
        return rejected
