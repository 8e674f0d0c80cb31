"""The questions of the mapping page about consent: where it comes from, and of which kind.

An answer that would prove nothing is refused at the field that is missing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import ConsentState, CustomAttribute, LegalBasis
from customers.spreadsheets.consent_options import Consent

REFUSALS: Final = "refusals"
_UNKNOWN: Final = ConsentState.UNKNOWN.value
_GIVEN: Final = ConsentState.GIVEN.value
_CHOICES: Final[tuple[tuple[str, str | Promise], ...]] = (
    (_UNKNOWN, _("Not known")),
    (_GIVEN, _("They agreed")),
    (LegalBasis.EXISTING_CUSTOMER.value, _("They are customers: similar products only")),
    (LegalBasis.GUARDIAN.value, _("A holder of parental authority agreed for them")),
    # Shown where a column says who agreed: its refusals count, whoever vouches for its yeses.
    (REFUSALS, _("Nothing proves it: keep only the refusals of the file")),
)
_PROOF: Final = ("source", "collected_on", "wording", "proof")
# Being a customer is proved by their orders, not by words.
_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    _GIVEN: _PROOF,
    LegalBasis.EXISTING_CUSTOMER: ("source", "collected_on"),
    LegalBasis.GUARDIAN: _PROOF,
}


def ask(
    form: forms.Form,
    name: str,
    said: Consent | None,
    *,
    told_by_column: bool = False,
    explicit: bool = False,
) -> None:
    """Add the questions about one channel or, with `explicit`, one sensitive attribute.

    `said` is what was answered before, None where nothing was.
    """
    consent = said or Consent()
    if not explicit:
        form.fields[f"{name}_state"] = forms.ChoiceField(
            label=_("Consent"),
            choices=_CHOICES,
            initial=_choice(said, told_by_column),
            widget=forms.RadioSelect,
        )
    form.fields[f"{name}_source"] = forms.CharField(
        label=_("Where they said so"),
        max_length=120,
        required=False,
        initial=consent.source,
        help_text=_("For instance: form at the till, web site, contest of March."),
    )
    collected = consent.collected_at
    form.fields[f"{name}_collected_on"] = forms.DateField(
        label=_("When"),
        required=False,
        initial=timezone.localdate(collected) if collected else None,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    form.fields[f"{name}_wording"] = forms.CharField(
        label=_("In which words"),
        required=False,
        max_length=2000,
        initial=consent.wording,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Word for word, as they read or heard it."),
    )
    form.fields[f"{name}_proof"] = forms.CharField(
        label=_("What proves it"),
        required=False,
        max_length=120,
        initial=consent.proof,
        help_text=_("For instance: paper forms kept at the shop, export of the web site."),
    )


def questions(form: forms.Form, name: str) -> list[forms.BoundField]:
    """The questions of one channel or attribute, in order."""
    return [
        form[f"{name}_{each}"] for each in ("state", *_PROOF) if f"{name}_{each}" in form.fields
    ]


def judge(
    form: forms.Form, name: str, *, told_by_column: bool = False, dated_by_column: bool = False
) -> None:
    """Refuse what would prove nothing; a column may say who agreed, and another when."""
    told = form.cleaned_data
    choice = told.get(f"{name}_state")
    if choice == _UNKNOWN and told_by_column:
        message = _(
            "A column says who agreed: say what they agreed to, where and when, or keep only its "
            "refusals."
        )
        form.add_error(f"{name}_state", message)
        choice = _GIVEN
    if choice in _NEEDED:
        told_apart = {"collected_on"} if dated_by_column else set()
        _need(form, name, tuple(each for each in _NEEDED[choice] if each not in told_apart))
    _refuse_future(form, name)


def judge_explicit(form: forms.Form, name: str, *, is_mapped: bool) -> None:
    """Refuse a sensitive column whose explicit consent is not stated whole."""
    if is_mapped:
        _need(form, name, _PROOF)
    _refuse_future(form, name)


def answer(told: dict[str, Any], name: str, *, explicit: bool = False) -> Consent:
    """What was answered, once the form is valid."""
    day = told.get(f"{name}_collected_on")
    choice = told.get(f"{name}_state") or _UNKNOWN
    is_stated = explicit or choice not in (_UNKNOWN, REFUSALS)
    return Consent(
        state=_GIVEN if is_stated else _UNKNOWN,
        source=told[f"{name}_source"],
        collected_at=timezone.make_aware(dt.datetime.combine(day, dt.time())) if day else None,
        wording=told[f"{name}_wording"],
        proof=told[f"{name}_proof"],
        basis=choice if choice in LegalBasis.values else LegalBasis.CONSENT.value,
    )


def sensitive_attributes() -> list[CustomAttribute]:
    """The attributes a column may only fill with explicit consent; one query."""
    return list(CustomAttribute.objects.exclude(sensitive=""))


def _choice(consent: Consent | None, told_by_column: bool) -> str:
    if consent is None or not consent.is_stated:
        # Beside a column that says who agreed, "not known" is no answer: see judge().
        return REFUSALS if consent is not None and told_by_column else _UNKNOWN
    return _GIVEN if consent.basis == LegalBasis.CONSENT else consent.basis


def _need(form: forms.Form, name: str, needed: tuple[str, ...]) -> None:
    for each in needed:
        field = f"{name}_{each}"
        if not form.cleaned_data.get(field) and field not in form.errors:
            form.add_error(field, _("Needed to prove this consent."))


def _refuse_future(form: forms.Form, name: str) -> None:
    day = form.cleaned_data.get(f"{name}_collected_on")
    if day and day > timezone.localdate():
        form.add_error(f"{name}_collected_on", _("A consent cannot be dated in the future."))
