"""Forms of requests about personal data, of their refusal, and of the privacy settings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, PrivacySettings, RightsRequest
from customers.rights import requests

_SUMMARIES = {
    RightsRequest.Kind.ACCESS: _("An archive of all that is held about them."),
    RightsRequest.Kind.RECTIFICATION: _("Something is wrong and is to be put right."),
    RightsRequest.Kind.OPPOSITION: _("No more messages, no more tracking."),
    RightsRequest.Kind.ERASURE: _("Everything that names them goes."),
}


class _Kinds(forms.RadioSelect):
    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["summary"] = _SUMMARIES.get(str(option["value"]), "")  # type: ignore[call-overload]
        return option


class RightsRequestForm(forms.Form):
    """What a person asked, when, in which words."""

    kind = forms.ChoiceField(
        label=_("What they ask"), choices=RightsRequest.Kind.choices, widget=_Kinds
    )
    received_on = forms.DateField(
        label=_("Received on"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The month to answer runs from that day."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("How it came, how you made sure it is them. Emptied by an erasure."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_on"].initial = timezone.localdate

    def clean_received_on(self) -> dt.date:
        received: dt.date = self.cleaned_data["received_on"]
        if received > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."))
        return received

    def write_down(self, person: Customer, by: Any) -> RightsRequest:
        """Record the request."""
        return requests.write_down(
            person,
            self.cleaned_data["kind"],
            received_on=self.cleaned_data["received_on"],
            note=self.cleaned_data["note"],
            by=by,
        )


class RefusalForm(forms.Form):
    """Why a request is refused."""

    reason = forms.CharField(
        label=_("Why it is refused"), max_length=500, widget=forms.Textarea({"rows": 2})
    )


class RetentionForm(forms.ModelForm[PrivacySettings]):
    """How long people are kept without contact or activity."""

    class Meta:
        model = PrivacySettings
        fields = ("retention_years",)


class ControllerForm(forms.ModelForm[PrivacySettings]):
    """Who answers for the data, as the register says it."""

    class Meta:
        model = PrivacySettings
        fields = ("controller", "controller_address", "contact", "officer")
        help_texts = {
            "controller": _("The company, by its legal name."),
            "contact": _("The address or e-mail to which people write about their data."),
        }
