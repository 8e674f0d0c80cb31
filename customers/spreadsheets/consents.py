"""The consent an import brings: written to the ledger, never over a refusal.

Invariant: nobody whose consent is withdrawn, and no suppressed address, is ever turned back into
consent by a file; each such refusal is counted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext

from customers.consent import address_of, consent_states, suppressed_hashes
from customers.fields import address_hash
from customers.models import Channel, ConsentRecord, ConsentState, ImportChange
from customers.spreadsheets.consent_options import Consent
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Line
from customers.spreadsheets.mapping import Mapping
from customers.spreadsheets.people import Person
from customers.spreadsheets.report import Report

COLUMNS: Final = {Channel.EMAIL.value: "email_consent", Channel.SMS.value: "sms_consent"}


@dataclass
class Asked:
    """What a line says about a person's consent on a channel."""

    person: Person
    channel: str
    state: str
    line: int


class ConsentLedger:
    """Decides, batch by batch, which consents of a file are recorded."""

    def __init__(
        self,
        mapping: Mapping,
        keys: set[str],
        file_name: str,
        at: dt.datetime,
        by: Any,
        journal: Journal,
    ) -> None:
        self.journal = journal
        self.options = mapping.consent
        self.file_name = file_name
        self.at = at
        self.by = by
        self.by_column = {channel for channel, key in COLUMNS.items() if key in keys}
        given = {
            channel
            for channel, option in self.options.items()
            if option.state == ConsentState.GIVEN
        }
        self.channels = self.by_column | given
        self._asked: list[Asked] = []

    def ask(self, person: Person, line: Line) -> None:
        """Take note of what a line says; nothing is decided yet."""
        for channel in self.channels:
            state = line.values.get(COLUMNS[channel])
            if channel not in self.by_column:
                state = ConsentState.GIVEN.value
            if state:
                self._asked.append(Asked(person, channel, state, line.number))

    def decide(self, report: Report) -> list[tuple[Asked, ConsentRecord]]:
        """What is to be recorded, in the order of the lines; counts it and the refusals."""
        asked, self._asked = self._asked, []
        decided = []
        for channel in self.channels:
            of_channel = [each for each in asked if each.channel == channel]
            if not of_channel:
                continue
            people = {id(each.person): each.person for each in of_channel}.values()
            known = [p for p in people if (p.customer.pk or 0) > 0 and not p.created]
            states = consent_states([person.customer.pk for person in known], channel)
            for person in known:
                person.consents.setdefault(channel, states[person.customer.pk])
            hashes = {
                id(person): address_hash(address_of(person.customer, channel)) for person in people
            }
            suppressed = suppressed_hashes(channel, list(hashes.values()))
            for each in of_channel:
                hashed = hashes[id(each.person)]
                if self._accepts(each, hashed, suppressed, report):
                    each.person.consents[channel] = each.state
                    decided.append((each, self._record(each)))
        report.consent_recorded += len(decided)
        return decided

    def _accepts(
        self, asked: Asked, hashed: str | None, suppressed: set[str], report: Report
    ) -> bool:
        current = asked.person.consents.get(asked.channel)
        if asked.state == current:
            return False
        if asked.state == ConsentState.WITHDRAWN:
            return True
        if hashed is None:
            return False
        if current == ConsentState.WITHDRAWN or hashed in suppressed:
            report.consent_refused += 1
            return False
        return True

    def _record(self, asked: Asked) -> ConsentRecord:
        option = self.options.get(asked.channel, Consent())
        source = option.source or gettext("Import of %(file)s") % {"file": self.file_name}
        proof = gettext("%(file)s, line %(line)s")
        return ConsentRecord(
            subject=asked.channel,
            state=asked.state,
            occurred_at=option.collected_at or self.at,
            source=source[:120],
            wording=option.wording,
            proof=(proof % {"file": self.file_name[:150], "line": asked.line})[:200],
            recorded_by=self.by,
        )

    def save(self, decided: list[tuple[Asked, ConsentRecord]]) -> None:
        """Append what was decided, once everyone has an id."""
        records = []
        for asked, record in decided:
            record.customer_id = asked.person.customer.pk
            records.append(record)
        insert(records)
        self.journal.created(ImportChange.Record.CONSENT, [record.pk for record in records])
