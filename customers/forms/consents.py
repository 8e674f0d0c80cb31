"""Forms by which a member writes down what a person said: consents, and sensitive data.

The ledger judges; these say its refusals at the field that can mend them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import legal_bases, sensitive
from customers.consent import (
    SUBJECTS,
    ConsentError,
    ConsentRefused,
    consent_states,
    current_states,
    record_consent,
    withdraw,
)
from customers.models import (
    ConsentRecord,
    ConsentState,
    CustomAttribute,
    Customer,
    LegalBasis,
    Suppression,
)

BASIS_SUMMARY: Final[dict[str, str | Promise]] = {
    LegalBasis.CONSENT: _("The person said yes: a box ticked, a form signed, an answer kept."),
    LegalBasis.EXISTING_CUSTOMER: _(
        "They bought from you and gave their address then: you may write about similar products,"
        " as long as each message lets them refuse (article L34-5, CPCE)."
    ),
    LegalBasis.GUARDIAN: _(
        "Under 15, a parent or guardian consents for the child, and you keep the proof."
    ),
}
# At which field a refusal can be mended.
_FIELD_OF: Final = {
    legal_bases.TOO_YOUNG.code: "basis",
    legal_bases.NO_PROOF.code: "proof",
    legal_bases.NOT_FOR_THIS.code: "basis",
    legal_bases.NEVER_BOUGHT.code: "basis",
    legal_bases.OBJECTED.code: "basis",
    legal_bases.NO_WORDING.code: "wording",
}


class BasisChoice(forms.RadioSelect):
    """The legal bases as tiles, each with when it holds."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["summary"] = BASIS_SUMMARY.get(str(option["value"]), "")
        return option


class WordForm(forms.Form):
    """What every word in the ledger needs: when, where, in which words, with which proof."""

    occurred_on = forms.DateField(
        label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=120,
        help_text=_("For instance: loyalty form, phone call, e-mail received."),
    )
    wording = forms.CharField(
        label=_("Exact words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_(
            "The sentence the person read or heard, as it was. Needed for a yes, unless you write"
            " to them as an existing customer."
        ),
    )
    proof = forms.CharField(
        label=_("Proof"),
        required=False,
        max_length=200,
        help_text=_("Where it can be found again: a signed form’s number, a recording, an e-mail."),
    )

    def __init__(self, customer: Customer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.fields["occurred_on"].initial = timezone.localdate

    def clean_occurred_on(self) -> dt.date:
        said: dt.date = self.cleaned_data["occurred_on"]
        if said > timezone.localdate():
            raise forms.ValidationError(_("A consent cannot be dated in the future."))
        return said

    def refuse(self, error: ConsentError) -> None:
        """Say the ledger's refusal at the field that can mend it, if any."""
        field = _FIELD_OF.get(error.refusal.code) if isinstance(error, ConsentRefused) else None
        self.add_error(field if field in self.fields else None, str(error))

    def common(self) -> dict[str, Any]:
        """What the ledger is told in any case; a day in the past counts from its noon."""
        day = self.cleaned_data["occurred_on"]
        noon = timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
        return {
            "source": self.cleaned_data["source"],
            "wording": self.cleaned_data["wording"],
            "proof": self.cleaned_data["proof"],
            "occurred_at": timezone.now() if day == timezone.localdate() else noon,
        }


class ConsentForm(WordForm):
    """What a person said, recorded by hand: about what, and on which legal basis."""

    subject = forms.ChoiceField(label=_("About"), choices=[(s.value, s.label) for s in SUBJECTS])
    state = forms.ChoiceField(
        label=_("What they said"),
        choices=[
            (ConsentState.GIVEN.value, _("Yes")),
            (ConsentState.WITHDRAWN.value, _("No, or no longer")),
            (ConsentState.UNKNOWN.value, _("Nothing: take back a mistaken yes")),
        ],
    )
    basis = forms.ChoiceField(
        label=_("On which legal basis, for a yes"),
        choices=LegalBasis.choices,
        initial=LegalBasis.CONSENT,
        required=False,
        widget=BasisChoice,
    )
    block = forms.BooleanField(
        label=_("Also block the address: never write to it again on this channel"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["basis"] = cleaned.get("basis") or LegalBasis.CONSENT.value
        silent = "wording" in cleaned and not cleaned["wording"]
        if silent and legal_bases.needs_wording(cleaned.get("state", ""), cleaned["basis"]):
            self.add_error(
                "wording", _("A yes needs the sentence the person agreed to: it proves it later.")
            )
        if cleaned.get("state") == ConsentState.UNKNOWN and "subject" in cleaned:
            now = consent_states([self.customer.pk], cleaned["subject"])[self.customer.pk]
            if now != ConsentState.GIVEN:
                self.add_error("state", _("There is no yes to take back. A no always stays."))
        if cleaned.get("state") == ConsentState.WITHDRAWN and {"subject", "occurred_on"} <= {
            *cleaned
        }:
            self._check_no_later_yes(cleaned["subject"])
        return cleaned

    def _check_no_later_yes(self, subject: str) -> None:
        """A no dated before a yes would change nothing, and nobody would see it."""
        held = current_states(self.customer)[subject]
        if (
            held is not None
            and held.state == ConsentState.GIVEN
            and held.occurred_at > self.common()["occurred_at"]
        ):
            day = localize(timezone.localdate(held.occurred_at))
            message = _("A yes of %(day)s, later than this, is on record: date the no today.")
            self.add_error("occurred_on", message % {"day": day})

    def record(self, by: Any) -> ConsentRecord:
        """Append the record. Raises ConsentError as the ledger does."""
        said = self.cleaned_data
        common = self.common() | {"by": by}
        if said["state"] == ConsentState.WITHDRAWN:
            reason = Suppression.Reason.OPPOSITION.value if said["block"] else ""
            return withdraw(self.customer, said["subject"], reason=reason, **common)
        return record_consent(
            self.customer, said["subject"], said["state"], basis=said["basis"], **common
        )


class SensitiveForm(WordForm):
    """Explicit consent to keep one sensitive attribute of a person, or the end of it."""

    basis = forms.ChoiceField(
        label=_("Who consents"),
        choices=[
            (LegalBasis.CONSENT.value, _("The person")),
            (LegalBasis.GUARDIAN.value, _("A holder of parental authority, under 15")),
        ],
        initial=LegalBasis.CONSENT,
        widget=forms.RadioSelect,
    )

    field_order = ("basis", "occurred_on", "source", "wording", "proof")

    def __init__(self, customer: Customer, attribute: CustomAttribute, *args: Any, **kw: Any):
        super().__init__(customer, *args, **kw)
        self.attribute = attribute
        self.agreed = attribute.key in sensitive.agreements(customer)
        if self.agreed:
            del self.fields["basis"], self.fields["proof"]
            self.fields["occurred_on"].disabled = True
        else:
            self.fields["wording"].required = True

    def record(self, by: Any) -> ConsentRecord:
        """Agree, or take the agreement back with the value. Raises ConsentError."""
        if self.agreed:
            said = {name: self.cleaned_data[name] for name in ("source", "wording")}
            return sensitive.take_back(self.customer, self.attribute, by=by, **said)
        basis = self.cleaned_data["basis"]
        return sensitive.agree(self.customer, self.attribute, basis=basis, by=by, **self.common())
