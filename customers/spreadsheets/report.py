"""What an import did so far, in numbers: kept with the job, shown, and printed by the command."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from django.utils.functional import Promise

from customers.models import Customer
from customers.spreadsheets.lines import Line, Problem

MAX_ERRORS: Final = 1000
MAX_CHANGES: Final = 20
MAX_DUPLICATES: Final = 200


@dataclass
class Report:
    """Every line counts once: rows = created + updated + unchanged + rejected + duplicates,
    except that several lines of one numbered order count as one order.

    `errors` lists the first thousand things wrong with rejected lines, `reasons` counts them all by
    code. `warned` counts the lines kept without a value that could not be read, and `warnings` and
    `warning_reasons` tell those values as `errors` and `reasons` do. `changes` is a small sample of
    what is replaced by what, `fields` counts the values replaced or filled by field;
    `duplicate_lines` lists the first lines that repeat another. `shared` counts the people who have
    the e-mail of someone with another number, `sharing` names some of those. `consents` counts what
    is recorded by channel and state, `refusals` what is not by channel and reason. `reachable` is
    how many people of the file can be written to afterwards, by channel; only a check of customers
    finds it. `unreachable` is how many known people a list of addresses takes out of reach.
    `continued` counts the lines taken as part of the order above, not saying whose they are.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    warned: int = 0
    seconds: float = 0.0
    customers_created: int = 0
    lines_created: int = 0
    continued: int = 0
    consent_recorded: int = 0
    consent_refused: int = 0
    sensitive_refused: int = 0
    unreachable: int = 0
    shared: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    warning_reasons: dict[str, int] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    fields: dict[str, int] = field(default_factory=dict)
    duplicate_lines: list[dict[str, int]] = field(default_factory=list)
    sharing: list[dict[str, Any]] = field(default_factory=list)
    consents: dict[str, dict[str, int]] = field(default_factory=dict)
    refusals: dict[str, dict[str, int]] = field(default_factory=dict)
    reachable: dict[str, int] = field(default_factory=dict)

    def reject(self, line: Line) -> None:
        """Count a line that is left out, with all that is wrong with it."""
        self.rejected += 1
        _tell([*line.problems, *line.warnings], line.number, self.reasons, self.errors)

    def warn(self, lines: Iterable[Line]) -> None:
        """Count what is left out of the lines of a batch that was imported, rejected ones apart."""
        for line in lines:
            if line.warnings and not line.problems:
                self.warned += 1
                _tell(line.warnings, line.number, self.warning_reasons, self.warnings)

    def change(self, row: int, who: str, label: str | Promise, old: Any, new: Any) -> None:
        """Keep an example of a value that is replaced, its field's label put into words."""
        if len(self.changes) < MAX_CHANGES:
            shown = {"field": str(label), "old": _shown(old), "new": _shown(new)}
            self.changes.append({"row": row, "who": who} | shown)

    def repeat(self, row: int, first: int) -> None:
        """Keep an example of a line about someone an earlier line was about."""
        if len(self.duplicate_lines) < MAX_DUPLICATES:
            self.duplicate_lines.append({"row": row, "of": first})

    def share(self, row: int, other: Customer) -> None:
        """Count someone who has the e-mail of `other`, who has another number."""
        self.shared += 1
        if len(self.sharing) < MAX_CHANGES:
            name = f"{other.first_name} {other.last_name}".strip()
            self.sharing.append({"row": row, "who": name, "number": other.external_id})

    def record_consent(self, channel: str, state: str) -> None:
        """Count a consent or a withdrawal that is recorded."""
        self.consent_recorded += 1
        counts = self.consents.setdefault(channel, {})
        counts[state] = counts.get(state, 0) + 1

    def refuse_consent(self, channel: str, reason: str) -> None:
        """Count a consent of the file that is not recorded, and why."""
        self.consent_refused += 1
        counts = self.refusals.setdefault(channel, {})
        counts[reason] = counts.get(reason, 0) + 1

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        """Take up a report where it was left."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**known)


def _tell(
    problems: list[Problem], row: int, counts: dict[str, int], examples: list[dict[str, Any]]
) -> None:
    """Count what is wrong with a line by code, and keep the first things as examples."""
    for problem in problems:
        counts[problem.code] = counts.get(problem.code, 0) + 1
        if len(examples) < MAX_ERRORS:
            where: dict[str, Any] = {"row": row}
            if problem.column:
                where["column"] = problem.column
            told = {"code": problem.code, "message": str(problem.message)}
            examples.append(where | told)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)[:80]
