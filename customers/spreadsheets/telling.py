"""What a report says in words: consents not recorded, fields replaced, what an undo did.

Nothing is decided here; counts come from the report as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.templatetags.figures import number
from customers.models import ConsentState, ImportChange, Subject, Suppression
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX, Field
from customers.spreadsheets.report import Report
from customers.spreadsheets.undo.registry import ATTRIBUTE

Record = ImportChange.Record
_EXAMPLES: Final = 5
_REFUSED: Final[dict[str, str | Promise]] = {
    Suppression.Reason.UNSUBSCRIBE: _("unsubscribed"),
    Suppression.Reason.STOP: _("replied STOP"),
    Suppression.Reason.BOUNCE: _("the address does not exist"),
    Suppression.Reason.COMPLAINT: _("reported a message as spam"),
    Suppression.Reason.OPPOSITION: _("asked not to be contacted"),
    Suppression.Reason.ERASURE: _("asked to be erased"),
    Suppression.Reason.LISTED: _("on a list of addresses never to write to"),
    ConsentState.WITHDRAWN: _("had withdrawn their consent"),
    "objected": _("said no: being a customer does not count"),
    "too_young": _("under 15, without a holder of parental authority"),
    "never_bought": _("no paid order: the exception for customers does not hold"),
    "no_proof": _("no proof was stated"),
    "no_date": _("the column of dates does not say when"),
    "no_source": _("the file says yes, but nobody said where, when and in which words"),
}


@dataclass(frozen=True)
class ConsentRow:
    """What becomes of the consents of a file on one channel."""

    label: str | Promise
    given: int = 0
    withdrawn: int = 0
    refused: int = 0
    reasons: list[tuple[str | Promise, int]] = field(default_factory=list)


@dataclass(frozen=True)
class ReasonRow:
    """What is wrong with lines: in words, how many times, and the first of them."""

    message: str
    count: int
    rows: list[int]


def consent_rows(report: Report) -> list[ConsentRow]:
    """One row a channel the file speaks of."""
    rows = []
    for subject in Subject:
        told = report.consents.get(subject, {})
        refused = report.refusals.get(subject, {})
        if not (told or refused):
            continue
        by_count = sorted(refused.items(), key=_most_first)
        rows.append(
            ConsentRow(
                subject.label,
                told.get(ConsentState.GIVEN, 0),
                told.get(ConsentState.WITHDRAWN, 0),
                sum(refused.values()),
                [(_REFUSED.get(reason, reason), count) for reason, count in by_count],
            )
        )
    return rows


def reason_rows(report: Report) -> list[ReasonRow]:
    """Each reason for rejecting lines, the most frequent first."""
    return _rows(report.reasons, report.errors)


def warning_rows(report: Report) -> list[ReasonRow]:
    """Each reason for leaving a value out, the most frequent first."""
    return _rows(report.warning_reasons, report.warnings)


def _rows(reasons: dict[str, int], errors: list[dict[str, Any]]) -> list[ReasonRow]:
    examples: dict[str, dict[str, Any]] = {}
    for error in errors:
        found = examples.setdefault(error["code"], {"message": error["message"], "rows": []})
        if len(found["rows"]) < _EXAMPLES and error["row"] not in found["rows"]:
            found["rows"].append(error["row"])
    by_count = sorted(reasons.items(), key=_most_first)
    return [
        ReasonRow(examples[code]["message"], count, examples[code]["rows"])
        if code in examples
        else ReasonRow(code, count, [])
        for code, count in by_count
    ]


def field_rows(report: Report, fields: dict[str, Field]) -> list[tuple[str, int]]:
    """The fields the file changes for people already known, the most changed first."""
    by_count = sorted(report.fields.items(), key=_most_first)
    return [
        (str(fields[key].label) if key in fields else key.removeprefix(ATTRIBUTE_PREFIX), count)
        for key, count in by_count
    ]


def records_in_words(counts: dict[str, int]) -> list[str]:
    """Records besides people, by kind (ImportChange.Record): "3 orders", the empty left out."""
    return [_phrase(kind, counts[kind]) for kind in counts if counts[kind] and kind in _PHRASES]


def undone_in_words(undo_report: dict[str, Any]) -> list[str]:
    """What an undo did, a sentence each."""
    counts = undo_report.get("counts", {})
    people, consents = counts.get(Record.CUSTOMER, {}), counts.get(Record.CONSENT, {})
    told = [
        (people.get("removed", 0), ngettext(
            "%(n)s person removed.", "%(n)s people removed.", people.get("removed", 0))),
        (people.get("restored", 0), ngettext(
            "%(n)s person restored.", "%(n)s people restored.", people.get("restored", 0))),
        (people.get("kept", 0), ngettext(
            "%(n)s person kept as they are, because they changed since.",
            "%(n)s people kept as they are, because they changed since.", people.get("kept", 0))),
        (consents.get("restored", 0), ngettext(
            "%(n)s consent taken back.", "%(n)s consents taken back.",
            consents.get("restored", 0))),
    ]  # fmt: skip
    sentences = [sentence % {"n": number(n)} for n, sentence in told if n]
    others = {kind: counts.get(kind, {}).get("removed", 0) for kind in _PHRASES}
    if phrases := records_in_words(others):
        sentences.append(capfirst(_("removed: %(list)s.") % {"list": ", ".join(phrases)}))
    return sentences


def _most_first(pair: tuple[str, int]) -> tuple[int, str]:
    """The largest count first; the order in which they were stored is the database's own."""
    return -pair[1], pair[0]


def _phrase(kind: str, n: int) -> str:
    return _PHRASES[kind](n) % {"n": number(n)}


_PHRASES: Final[dict[str, Callable[[int], str]]] = {
    Record.ORDER: lambda n: ngettext("%(n)s order", "%(n)s orders", n),
    Record.LINE: lambda n: ngettext("%(n)s order line", "%(n)s order lines", n),
    Record.EVENT: lambda n: ngettext("%(n)s event", "%(n)s events", n),
    Record.TAG: lambda n: ngettext("%(n)s tag put on", "%(n)s tags put on", n),
    Record.MEMBER: lambda n: ngettext("%(n)s member of a list", "%(n)s members of a list", n),
    Record.PRODUCT: lambda n: ngettext("%(n)s product", "%(n)s products", n),
    ATTRIBUTE: lambda n: ngettext("%(n)s custom attribute", "%(n)s custom attributes", n),
    Record.SUPPRESSION: lambda n: ngettext(
        "%(n)s address never to write to", "%(n)s addresses never to write to", n
    ),
}
