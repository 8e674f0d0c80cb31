"""Sensitive attributes in a person's form: a value comes with the words that allow to keep it.

Where the person already agreed, the value is a field like any other. Where not, three fields stand
beside it, and the value is taken only with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import attributes, sensitive
from customers.legal_bases import refusal
from customers.models import CustomAttribute, Customer, LegalBasis, Subject

_PREFIX: Final = "said_"


@dataclass(frozen=True)
class Row:
    """What is drawn for one sensitive attribute: its value, and the consent where it is missing."""

    attribute: CustomAttribute
    value: forms.BoundField
    consent: list[forms.BoundField]


class SensitiveFields:
    """The sensitive attributes of one form, added to it and cleaned with it."""

    def __init__(self, form: forms.BaseForm, custom: list[CustomAttribute], person: Customer):
        self.form = form
        self.all = [each for each in custom if each.sensitive]
        held = sensitive.agreements(person) if self.all and person.pk else {}
        self.missing = [each for each in self.all if each.key not in held]
        for each in self.missing:
            form.fields[_name(each, "wording")] = forms.CharField(
                label=_("The exact words of the explicit consent"),
                required=False,
                max_length=4000,
                widget=forms.Textarea({"rows": 2}),
            )
            form.fields[_name(each, "source")] = forms.CharField(
                label=_("Where this consent comes from"), required=False, max_length=120
            )
            form.fields[_name(each, "proof")] = forms.CharField(
                label=_("Proof"), required=False, max_length=200
            )

    @property
    def rows(self) -> list[Row]:
        """What the page draws, in the order of the labels."""
        return [
            Row(
                each,
                self.form[f"{attributes.PREFIX}{each.key}"],
                [self.form[_name(each, part)] for part in ("wording", "source", "proof")]
                if each in self.missing
                else [],
            )
            for each in self.all
        ]

    def clean(self, cleaned: dict[str, Any]) -> None:
        """Refuse, at its field, a value without what allows to keep it."""
        for each in self.missing:
            if cleaned.get(f"{attributes.PREFIX}{each.key}") in (None, ""):
                continue
            if not (cleaned.get(_name(each, "source")) or "").strip():
                self.form.add_error(
                    _name(each, "source"),
                    _("Say where this consent comes from, or leave the value empty."),
                )
            why = refusal(
                Subject.SENSITIVE,
                LegalBasis.CONSENT,
                birth_date=cleaned.get("birth_date"),
                on=timezone.localdate(),
                wording=cleaned.get(_name(each, "wording")) or "",
            )
            if why is not None:
                self.form.add_error(_name(each, "wording"), str(why.sentence))

    def record(self, person: Customer, cleaned: dict[str, Any], *, by: Any) -> None:
        """Record the consents first, then store the values they allow."""
        allowed: dict[str, Any] = {}
        for each in self.missing:
            given = cleaned.get(f"{attributes.PREFIX}{each.key}")
            value = attributes.stored(each, given)
            if value is None:
                continue
            said = {part: cleaned[_name(each, part)] for part in ("source", "wording", "proof")}
            sensitive.agree(person, each, by=by, **said)
            allowed[each.key] = value
        if allowed:
            person.attributes = person.attributes | allowed
            person.save(update_fields=["attributes", "updated_at"])


def _name(attribute: CustomAttribute, part: str) -> str:
    return f"{_PREFIX}{attribute.key}_{part}"
