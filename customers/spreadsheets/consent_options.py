"""Where the consents of a file come from, as MAPPING says it, for a channel or sensitive data.

Invariant: a consent that is stated has a source, and no date to come; explicit consent to keep
sensitive data has the words, the date and the proof besides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.models import ConsentState, CustomAttribute, LegalBasis
from customers.spreadsheets.errors import Issue

_KEYS: Final = frozenset({"state", "basis", "source", "collected_at", "wording", "proof"})


@dataclass
class Consent:
    """Where the consent of the people of a file comes from.

    `state` given means all of them, unless a column says who; unknown, that nobody told.
    """

    state: str = "unknown"
    source: str = ""
    collected_at: dt.datetime | None = None
    wording: str = ""
    proof: str = ""
    basis: str = LegalBasis.CONSENT.value

    @property
    def is_stated(self) -> bool:
        """Say whether given consents may be recorded at all."""
        return self.state == ConsentState.GIVEN

    def as_json(self) -> dict[str, Any]:
        """The form MAPPING has."""
        told: dict[str, Any] = {"state": self.state}
        if self.basis != LegalBasis.CONSENT:
            told["basis"] = str(self.basis)
        if self.collected_at:
            told["collected_at"] = self.collected_at.isoformat()
        for name in ("source", "wording", "proof"):
            if value := getattr(self, name):
                told[name] = value
        return told


def read_consent(told: dict[str, Any], path: str, issues: list[Issue]) -> Consent:
    """Read what is said of a channel; adds to `issues` what is wrong."""
    for key in sorted(set(told) - _KEYS):
        issues.append(Issue("unknown_key", _("A mapping has no such key."), path=f"{path}.{key}"))
    consent = Consent(
        state=told.get("state") or "unknown",
        source=str(told.get("source") or "").strip()[:120],
        wording=str(told.get("wording") or "").strip(),
        proof=str(told.get("proof") or "").strip()[:120],
        basis=told.get("basis") or LegalBasis.CONSENT.value,
    )
    if consent.state not in (ConsentState.GIVEN, "unknown"):
        message = _("An import can say that consent is given or unknown.")
        issues.append(Issue("wrong_value", message, path=f"{path}.state"))
    if consent.basis not in LegalBasis.values:
        values = " ".join(map(repr, LegalBasis.values))
        message_ = format_lazy(_("This option is one of: {values}."), values=values)
        issues.append(Issue("wrong_value", message_, path=f"{path}.basis"))
    if consent.is_stated and not consent.source:
        message = _("Say where this consent comes from: a form, a call, a shop…")
        issues.append(Issue("consent_without_source", message, path=f"{path}.source"))
    if consent.is_stated and consent.basis == LegalBasis.GUARDIAN and not consent.proof:
        message = _("Say what proves the consent of the holder of parental authority.")
        issues.append(Issue("consent_without_proof", message, path=f"{path}.proof"))
    if told.get("collected_at"):
        consent.collected_at = _instant(told["collected_at"])
        if consent.collected_at is None:
            message = _("Write the date this consent was collected as 2026-11-21.")
            issues.append(Issue("not_a_date", message, path=f"{path}.collected_at"))
        elif consent.collected_at > timezone.now() + dt.timedelta(minutes=5):
            message = _("A consent cannot be dated in the future.")
            issues.append(Issue("in_the_future", message, path=f"{path}.collected_at"))
    return consent


def read_explicit(told: dict[str, Any], path: str, issues: list[Issue]) -> Consent:
    """Read the explicit consent to keep a sensitive attribute: nothing of it may be missing."""
    consent = read_consent({**told, "state": ConsentState.GIVEN}, path, issues)
    for name in ("collected_at", "wording", "proof"):
        if not told.get(name):
            message = _("Explicit consent needs its words, its date and its proof.")
            issues.append(Issue(f"consent_without_{name}", message, path=f"{path}.{name}"))
    return consent


def unstated(keys: Iterable[str], stated: dict[str, Consent]) -> list[Issue]:
    """What is wrong with filling these attributes, some sensitive, without explicit consent."""
    missing = [key for key in keys if key not in stated]
    if not missing:
        return []
    message = _(
        "“{label}” is sensitive: it is only kept of people who explicitly agreed to it. Say where "
        "they did, when and in which words, or leave the column out."
    )
    return [
        Issue(
            "sensitive_without_consent",
            format_lazy(message, label=each.label),
            path=f"options.sensitive.{each.key}",
        )
        for each in CustomAttribute.objects.filter(key__in=missing).exclude(sensitive="")
    ]


def _instant(text: Any) -> dt.datetime | None:
    try:
        moment = parse_datetime(str(text))
        if moment is None:
            day = parse_date(str(text))
            moment = dt.datetime.combine(day, dt.time()) if day else None
    except ValueError:
        return None
    if moment is not None and moment.tzinfo is None:
        moment = timezone.make_aware(moment)
    return moment
