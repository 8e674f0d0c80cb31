"""Forms of what is decided about one person or about the words used for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import attributes
from customers.consent import record_consent, withdraw
from customers.models import (
    ConsentRecord,
    ConsentState,
    CustomAttribute,
    Customer,
    Subject,
    Suppression,
)


class ConsentForm(forms.Form):
    """What a person said, recorded by hand: about what, when, where, in which words."""

    subject = forms.ChoiceField(label=_("About"), choices=Subject.choices)
    state = forms.ChoiceField(label=_("Consent"), choices=ConsentState.choices)
    occurred_on = forms.DateField(
        label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=120,
        help_text=_("For instance: loyalty form, phone call, e-mail received."),
    )
    wording = forms.CharField(
        label=_("Exact words"), required=False, widget=forms.Textarea({"rows": 2})
    )
    block = forms.BooleanField(
        label=_("Also block the address: never write to it again on this channel"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["occurred_on"].initial = timezone.localdate

    def clean_occurred_on(self) -> dt.date:
        said: dt.date = self.cleaned_data["occurred_on"]
        if said > timezone.localdate():
            raise forms.ValidationError(_("A consent cannot be dated in the future."))
        return said

    def record(self, customer: Customer, by: Any) -> ConsentRecord:
        """Append the record. Raises ConsentError as the ledger does."""
        given = self.cleaned_data
        now = timezone.now()
        today = given["occurred_on"] == timezone.localdate()
        noon = timezone.make_aware(dt.datetime.combine(given["occurred_on"], dt.time(12)))
        common: dict[str, Any] = {
            "source": given["source"],
            "wording": given["wording"],
            "occurred_at": now if today else noon,
            "by": by,
        }
        if given["state"] == ConsentState.WITHDRAWN:
            reason = Suppression.Reason.OPPOSITION.value if given["block"] else ""
            return withdraw(customer, given["subject"], reason=reason, **common)
        return record_consent(customer, given["subject"], given["state"], **common)


class TagForm(forms.Form):
    """The name of a tag."""

    name = forms.CharField(label=_("Name of the tag"), max_length=60)


class AttributeForm(forms.ModelForm[CustomAttribute]):
    """A custom attribute; its key and type are fixed once people have a value."""

    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("One a line. Needed only for a choice from a list."),
    )

    class Meta:
        model = CustomAttribute
        fields = ["label", "key", "type"]
        help_texts = {"key": _("Short name used in imports: letters, digits, - and _.")}

    field_order = ["label", "key", "type", "choices"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(map(str, self.instance.choices or []))
        self.used = bool(self.instance.pk) and attributes.in_use(self.instance)
        for name in ("key", "type"):
            self.fields[name].disabled = self.used

    def clean_choices(self) -> list[str]:
        lines = (" ".join(line.split()) for line in self.cleaned_data["choices"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("type") == CustomAttribute.Type.CHOICE:
            if not cleaned.get("choices"):
                self.add_error("choices", _("Write at least one choice, one a line."))
        else:
            cleaned["choices"] = []
        return cleaned

    def save(self, commit: bool = True) -> CustomAttribute:
        self.instance.choices = self.cleaned_data["choices"]
        return super().save(commit)
