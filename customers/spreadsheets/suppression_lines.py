"""What a batch of lines of a list "never to write to" changes.

Each address is suppressed for good, known or not, as an unsubscribed one is; whoever is known
under it has a withdrawal appended, so that their page says why. Nobody is created, and a line
whose state says that the person may still be written to is left alone. A line may hold several
addresses: a list may be written on one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.consent import consent_states, keep_listed, suppressed_hashes
from customers.consent_state import in_chunks
from customers.fields import address_hash
from customers.models import (
    Channel,
    ConsentRecord,
    ConsentState,
    Customer,
    ImportChange,
    Suppression,
)
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.lines import Line, Problem
from customers.spreadsheets.report import Report

if TYPE_CHECKING:
    from customers.spreadsheets.importers import Setting

_COLUMNS: Final = {Channel.EMAIL.value: "email", Channel.SMS.value: "phone"}


class SuppressionLines:
    """Plans and writes batches of lines of addresses never to write to."""

    def __init__(self, given: Setting) -> None:
        self.memory = given.memory
        self.journal = given.journal
        self.write = given.write
        self.at = given.at
        self.by = given.by
        self.source = (gettext("Import of %(file)s") % {"file": given.file_name})[:120]

    def batch(self, lines: list[Line], report: Report) -> list[Line]:
        """Import a batch (or, without `write`, find what it would change); the rejected lines."""
        told: list[set[tuple[str, str]]] = []
        for line in lines:
            addresses = self._addresses(line)
            if not line.problems:
                told.append(addresses)
        new: dict[str, dict[str, None]] = {}
        again: dict[str, set[str]] = {}
        for channel in Channel.values:
            hashes = dict.fromkeys(
                hashed for each in told for of, hashed in sorted(each) if of == channel
            )
            known = suppressed_hashes(channel, list(hashes))
            ours = self._earlier(channel, list(hashes))
            new[channel] = {each: None for each in hashes if each not in known | ours}
            again[channel] = known - ours
        left = {(channel, each) for channel, hashes in new.items() for each in hashes}
        report.rows += len(lines)
        for addresses in told:
            here = left & addresses
            left -= here
            if here:
                report.created += 1
            else:
                report.unchanged += 1
        touched: set[int] = set()
        for channel, hashes in new.items():
            touched |= self._withdraw(channel, list(hashes), report)
        report.unreachable += len(touched)
        if self.write:
            # After the people, as everywhere: see customers.locks.
            for channel, again_ in again.items():
                self._say_again(channel, again_)
            self._suppress(new)
        self.memory.remember({f"l:{c}:{h}": "" for c, hashes in new.items() for h in hashes})
        rejected = [line for line in lines if line.problems]
        for line in rejected:
            report.reject(line)
        return rejected

    def _addresses(self, line: Line) -> set[tuple[str, str]]:
        """The line's addresses, as channel and hash; none of who may be written to."""
        values = line.values
        found = {
            (channel, hashed)
            for channel, key in _COLUMNS.items()
            for address in (values.get(key), *values.get(f"{key}s", ()))
            if (hashed := address_hash(address))
        }
        if not line.problems and not found:
            message = _("This line has no e-mail and no phone.")
            line.problems.append(Problem("no_address", message))
        if line.problems or values.get("listed") is False:
            return set()
        return found

    def _earlier(self, channel: str, hashes: list[str]) -> set[str]:
        """Those earlier lines of the file have suppressed, or would have."""
        found = self.memory.recall([f"l:{channel}:{each}" for each in hashes])
        return {key.rpartition(":")[2] for key in found}

    @staticmethod
    def _say_again(channel: str, hashes: set[str]) -> None:
        """Note of addresses off an earlier list that this one names them too."""
        for some in in_chunks(list(hashes)):
            keep_listed(Suppression.objects.filter(channel=channel, address_hash__in=some))

    def _withdraw(self, channel: str, hashes: list[str], report: Report) -> set[int]:
        """Append a withdrawal for all who have one of these addresses and had not; who they are."""
        if not hashes:
            return set()
        people = Customer.objects.filter(**{f"{_COLUMNS[channel]}_hash__in": hashes})
        states = consent_states(list(people.order_by().values_list("pk", flat=True)), channel)
        records = [
            ConsentRecord(
                customer_id=pk,
                subject=channel,
                state=ConsentState.WITHDRAWN,
                occurred_at=self.at,
                source=self.source,
                recorded_by=self.by,
            )
            for pk, state in states.items()
            if state != ConsentState.WITHDRAWN
        ]
        for _record in records:
            report.record_consent(channel, ConsentState.WITHDRAWN)
        if self.write:
            insert(records)
            self.journal.created(ImportChange.Record.CONSENT, [record.pk for record in records])
        return set(states)

    def _suppress(self, new: dict[str, dict[str, None]]) -> None:
        rows = [
            Suppression(
                channel=channel,
                address_hash=hashed,
                reason=Suppression.Reason.LISTED,
                source=self.source,
            )
            for channel, hashes in new.items()
            for hashed in hashes
        ]
        insert(rows)
        self.journal.created(ImportChange.Record.SUPPRESSION, [row.pk for row in rows])
