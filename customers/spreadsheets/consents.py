"""The consent an import brings: written to the ledger, never over a refusal.

Invariant: nobody whose consent is withdrawn, and no suppressed address, is ever turned back into
consent by a file; each such refusal is counted with its reason. A consent whose origin nobody
stated is not recorded either, nor one whose date cannot be read where a column has them; a
refusal always is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.consent import address_of, buyers, consent_states
from customers.legal_bases import refusal
from customers.models import (
    Channel,
    ConsentRecord,
    ConsentState,
    ImportChange,
    LegalBasis,
)
from customers.reachability import reach
from customers.spreadsheets.consent_options import Consent
from customers.spreadsheets.inserting import insert, unsaved
from customers.spreadsheets.journal import Journal
from customers.spreadsheets.lines import Line, LineReader, Problem
from customers.spreadsheets.mapping import Mapping
from customers.spreadsheets.people import People, Person
from customers.spreadsheets.report import Report

COLUMNS: Final = {Channel.EMAIL.value: "email_consent", Channel.SMS.value: "sms_consent"}
DATES: Final = {channel: f"{key}_date" for channel, key in COLUMNS.items()}
GIVEN: Final = ConsentState.GIVEN.value
WITHDRAWN: Final = ConsentState.WITHDRAWN.value
NO_SOURCE: Final = "no_source"
NO_DATE: Final = "no_date"
# Clocks differ.
_LATE: Final = dt.timedelta(minutes=5)


@dataclass(slots=True)
class Asked:
    """What a line says about a person's consent on a channel."""

    person: Person
    channel: str
    state: str
    line: int
    # When a consent was given, where a column says it, and whether that can be believed.
    at: dt.datetime | None = None
    is_dated: bool = True


Decided = list[tuple[Asked, ConsentRecord]]


class ConsentLedger:
    """Decides, batch by batch, which consents of a file are recorded."""

    def __init__(
        self,
        mapping: Mapping,
        reader: LineReader,
        file_name: str,
        at: dt.datetime,
        by: Any,
        journal: Journal,
    ) -> None:
        self.journal = journal
        self.options = mapping.consent
        self.at = at
        self.by = by
        self._source = (gettext("Import of %(file)s") % {"file": file_name})[:120]
        told = {"file": file_name[:60].replace("%", "%%"), "line": "%s"}
        self._proof = gettext("%(file)s, line %(line)s") % told
        self.by_column = {channel for channel, key in COLUMNS.items() if key in reader.keys}
        headers = {each.field.key: each.header for each in reader.bound}
        self.dated = {channel: headers[key] for channel, key in DATES.items() if key in headers}
        stated = {channel for channel, option in self.options.items() if option.is_stated}
        self.channels = [each for each in COLUMNS if each in self.by_column | stated]
        self._days = {
            channel: timezone.localtime(option.collected_at or at).date()
            for channel, option in self.options.items()
        }
        self._asked: list[Asked] = []

    def begin(self) -> None:
        """Start a batch, or the same one again."""
        self._asked.clear()

    def ask(self, person: Person, line: Line) -> None:
        """Take note of what a line says; nothing is decided yet."""
        for channel in self.channels:
            state = line.values.get(COLUMNS[channel]) if channel in self.by_column else GIVEN
            if state:
                asked = Asked(person, channel, state, line.number)
                if state == GIVEN and channel in self.dated:
                    asked.at = line.values.get(DATES[channel])
                    asked.is_dated = self._is_dated(channel, line, asked.at)
                self._asked.append(asked)

    def _is_dated(self, channel: str, line: Line, at: dt.datetime | None) -> bool:
        """Whether a line says when the consent was given, or the marketer did; warns where not."""
        header = self.dated[channel]
        if at is not None and at > self.at + _LATE:
            message = _("A consent cannot be dated in the future.")
            line.warnings.append(Problem("in_the_future", message, header))
            return False
        if at is not None or any(problem.column == header for problem in line.warnings):
            return at is not None
        option = self.options.get(channel)
        if option is None or not option.is_stated or option.collected_at:
            return True
        message = _("This line does not say when the consent was given: it is left out.")
        line.warnings.append(Problem("no_consent_date", message, header))
        return False

    def decide(self, people: People, report: Report) -> Decided:
        """What is to be recorded, in the order of the lines; counts it and the refusals."""
        asked, self._asked = self._asked, []
        decided: Decided = []
        for channel in self.channels:
            of_channel = [each for each in asked if each.channel == channel]
            if not of_channel:
                continue
            self._load_states({id(each.person): each.person for each in of_channel}, channel)
            buying = self._buyers(of_channel, channel)
            for each in of_channel:
                if each.person.consents.get(channel) == each.state:
                    continue
                if why := self._refusal(each, people, buying):
                    if why != "no_address":
                        report.refuse_consent(channel, why)
                    continue
                each.person.consents[channel] = each.state
                report.record_consent(channel, each.state)
                decided.append((each, self.record(each, self.options.get(channel), channel)))
        return decided

    def save(self, decided: Decided) -> None:
        """Append what was decided, once everyone has an id."""
        records = []
        for asked, record in decided:
            record.customer_id = asked.person.customer.pk
            records.append(record)
        insert(records)
        self.journal.created(
            ImportChange.Record.CONSENT,
            [record.pk for record in records],
            [asked.line for asked, _record in decided],
        )

    def count_reach(self, people: People, persons: Iterable[Person], report: Report) -> None:
        """Count who can be written to after this batch; for a check, which may take its time."""
        listed = {id(person): person for person in persons}
        for channel in Channel.values:
            self._load_states(listed, channel)
            for person in listed.values():
                state = person.consents.get(channel, ConsentState.UNKNOWN.value)
                barred = bool(people.suppression(person, channel))
                could = channel in person.reached
                can = reach(person.customer, channel, state, barred).reachable
                if can != could:
                    count = report.reachable.get(channel, 0) + (1 if can else -1)
                    report.reachable[channel] = count
                    person.reached ^= {channel}

    @staticmethod
    def _load_states(persons: dict[int, Person], channel: str) -> None:
        known = [
            person
            for person in persons.values()
            if not person.created and person.customer.pk > 0 and channel not in person.consents
        ]
        if known:
            states = consent_states([person.customer.pk for person in known], channel)
            for person in known:
                person.consents[channel] = states[person.customer.pk]

    def _buyers(self, asked: list[Asked], channel: str) -> set[int]:
        """Who has bought, where the legal basis asks for it."""
        option = self.options.get(channel)
        if option is None or option.basis != LegalBasis.EXISTING_CUSTOMER:
            return set()
        known = {each.person.customer.pk or 0 for each in asked}
        return buyers([pk for pk in known if pk > 0])

    def _refusal(self, asked: Asked, people: People, buying: set[int]) -> str:
        """Why a line's word is not recorded; '' where it is."""
        if asked.state == WITHDRAWN:
            return ""
        person, channel = asked.person, asked.channel
        if not address_of(person.customer, channel):
            return "no_address"
        if reason := people.suppression(person, channel):
            return reason
        current = person.consents.get(channel, "")
        if current == WITHDRAWN:
            return WITHDRAWN
        option = self.options.get(channel)
        if option is None or not option.is_stated:
            return NO_SOURCE
        if not asked.is_dated:
            return NO_DATE
        # The rules are asked only where they may say no: most files have neither age nor basis.
        if person.customer.birth_date is None and option.basis == LegalBasis.CONSENT:
            return ""
        why = refusal(
            channel,
            option.basis,
            birth_date=person.customer.birth_date,
            on=timezone.localdate(asked.at) if asked.at else self._days[channel],
            proof=option.proof,
            wording=option.wording,
            has_bought=person.customer.pk in buying,
            state=current,
        )
        return why.code if why else ""

    def record(
        self, asked: Asked, option: Consent | None, subject: str, attribute_key: str = ""
    ) -> ConsentRecord:
        """A line of the ledger, unsaved: what the marketer stated, and which line said it."""
        is_given = asked.state == GIVEN
        option = option or Consent()
        where = self._proof % asked.line
        proof = f"{option.proof} · {where}" if option.proof and is_given else where
        return unsaved(
            ConsentRecord,
            subject=subject,
            state=asked.state,
            basis=option.basis if is_given else LegalBasis.CONSENT.value,
            attribute_key=attribute_key,
            # A refusal holds from now on: dated back, an older consent would still win.
            occurred_at=((asked.at or option.collected_at) if is_given else None) or self.at,
            source=option.source or self._source,
            wording=option.wording if is_given else "",
            proof=proof[:200],
            recorded_by_id=self.by.pk if self.by else None,
            recorded_at=self.at,
        )
