"""The forms of the public pages: signing up, and one's preferences.

Nothing is ticked beforehand: a consent is something a person does.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import attributes
from customers.addresses import is_mobile
from customers.fieldtypes import CLEANERS, CleaningError, Reading
from customers.legal_bases import may_be_given
from customers.models import Channel, Customer, LegalBasis, SignupForm, Subject
from customers.preferences import Choice
from customers.signup.asked import Asked, asked_by, channels_of, wordings_of
from customers.signup.receiving import Answer

# Nobody sees this field; programs that fill in every field do.
TRAP: Final = "website"
_CLEANED_AS: Final = {
    "first_name": "text",
    "last_name": "text",
    "city": "text",
    "postal_code": "postcode",
}
_LONGEST: Final = {"first_name": 80, "last_name": 80, "city": 100, "postal_code": 12}


def _cleaned(kind: str, text: str) -> Any:
    try:
        return CLEANERS[kind](text, Reading())
    except CleaningError as error:
        raise forms.ValidationError(str(error.message)) from error


class SignupPageForm(forms.Form):
    """A sign-up form as its maker configured it."""

    def __init__(self, asked: SignupForm, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        self.questions = asked_by(asked)
        self.wordings = wordings_of(asked)
        self.channels = channels_of(asked)
        alone = len(self.channels) == 1
        if Channel.EMAIL in self.channels:
            self.fields["email"] = forms.CharField(
                label=_("E-mail"),
                required=alone,
                help_text="" if alone else _("One of the two is needed: e-mail or mobile."),
                max_length=254,
                widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
            )
        if Channel.SMS in self.channels:
            self.fields["phone"] = forms.CharField(
                label=_("Mobile phone"),
                required=alone,
                help_text="" if alone else _("To receive SMS, or if you give no e-mail."),
                max_length=40,
                widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
            )
        for question in self.questions:
            self.fields[question.field_name] = _field(question)
        if asked.topics:
            self.fields["topics"] = forms.MultipleChoiceField(
                label=_("What interests you"),
                required=False,
                choices=[(str(topic), str(topic)) for topic in asked.topics],
                widget=forms.CheckboxSelectMultiple,
            )
        if asked.asks_frequency:
            self.fields["frequency"] = forms.ChoiceField(
                label=_("How often"),
                required=False,
                choices=[("", _("As it comes")), *Customer.Frequency.choices],
            )
        for subject, words in self.wordings.items():
            self.fields[f"agree_{subject}"] = forms.BooleanField(label=words, required=False)

    @property
    def details(self) -> list[forms.BoundField]:
        """What is asked above the consents."""
        names = [name for name in self.fields if not name.startswith("agree_")]
        return [self[name] for name in names]

    @property
    def consents(self) -> list[forms.BoundField]:
        """The boxes, each with its own words."""
        return [self[f"agree_{subject}"] for subject in self.wordings]

    def clean_email(self) -> str | None:
        return _cleaned("email", self.cleaned_data["email"])

    def clean_phone(self) -> str | None:
        return _cleaned("phone", self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for key, kind in _CLEANED_AS.items():
            if cleaned.get(key):
                try:
                    cleaned[key] = _cleaned(kind, cleaned[key])
                except forms.ValidationError as error:
                    self.add_error(key, error)
        ticked = [subject for subject in self.wordings if cleaned.get(f"agree_{subject}")]
        self._check_consents(cleaned, ticked)
        return cleaned

    def _check_consents(self, cleaned: dict[str, Any], ticked: list[str]) -> None:
        wanted = [subject for subject in ticked if subject in self.channels]
        if not wanted:
            message = _("Tick what you agree to receive: without it we cannot write to you.")
            self.add_error(f"agree_{self.channels[0]}" if self.channels else None, message)
        names = {Channel.EMAIL.value: "email", Channel.SMS.value: "phone"}
        addresses = [name for name in names.values() if name in self.fields]
        if not wanted and not any(cleaned.get(name) or name in self.errors for name in addresses):
            self.add_error(addresses[0], _("Give an e-mail or a mobile number."))
        for channel in wanted:
            name = names[channel]
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, _("Give it, or untick its box below."))
            elif channel == Channel.SMS and cleaned.get(name) and not is_mobile(cleaned[name]):
                self.add_error(name, _("An SMS needs a mobile number."))
        born = cleaned.get("birth_date")
        today = timezone.localdate()
        if born and (born > today or born.year < 1900):
            self.add_error("birth_date", _("Check the year."))
        elif born and not may_be_given(born, LegalBasis.CONSENT, today):
            message = _(
                "Under 15, the law asks for the agreement of a parent or guardian. Ask them to"
                " sign up, or to come and see us with you: nothing was kept."
            )
            self.add_error("birth_date", message)

    def answer(self, source_page: str) -> Answer:
        """What was typed, cleaned; only what the person filled in."""
        cleaned = self.cleaned_data
        values: dict[str, Any] = {}
        for question in self.questions:
            value = cleaned.get(question.field_name)
            if question.attribute is not None:
                value = attributes.stored(question.attribute, value)
            elif isinstance(value, dt.date):
                value = value.isoformat()
            if value not in (None, ""):
                values[question.key] = value
        return Answer(
            email=cleaned.get("email") or None,
            phone=cleaned.get("phone") or None,
            values=values,
            topics=list(cleaned.get("topics") or []),
            frequency=cleaned.get("frequency") or "",
            consents=[each for each in self.wordings if cleaned.get(f"agree_{each}")],
            source_page=source_page,
        )


def _field(question: Asked) -> forms.Field:
    if question.attribute is not None:
        field = attributes.field_for(question.attribute)
    elif question.key == "birth_date":
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        field = forms.DateField(widget=widget, required=False)
    elif question.key == "gender":
        choices = [("", "–"), *Customer.Gender.choices]
        field = forms.ChoiceField(choices=choices, required=False)
    else:
        field = forms.CharField(max_length=_LONGEST[question.key], required=False)
    field.label, field.required = question.label, question.required
    field.widget.attrs["autocomplete"] = question.autocomplete
    return field


class CodeForm(forms.Form):
    """The code received by SMS."""

    code = forms.CharField(
        label=_("The 6 digits you received"),
        max_length=12,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class PreferencesForm(forms.Form):
    """What a person receives, on what, how often, and what they agree to."""

    def __init__(
        self, customer: Customer, choices: list[Choice], topics: list[str], *args: Any, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.choices = choices
        for choice in choices:
            self.fields[f"agree_{choice.subject}"] = forms.BooleanField(
                label=choice.wording,
                required=False,
                initial=choice.given,
                disabled=choice.closed,
            )
        if topics:
            self.fields["topics"] = forms.MultipleChoiceField(
                label=_("What interests you"),
                required=False,
                choices=[(topic, topic) for topic in topics],
                initial=[str(each) for each in customer.interests],
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["frequency"] = forms.ChoiceField(
            label=_("How often"),
            required=False,
            choices=[("", _("As it comes")), *Customer.Frequency.choices],
            initial=customer.preferred_frequency,
        )
        if sum(choice.subject != Subject.TRACKING for choice in choices) > 1:
            self.fields["channel"] = forms.ChoiceField(
                label=_("Rather by"),
                required=False,
                choices=[("", _("Either")), *Customer.PreferredChannel.choices],
                initial=customer.preferred_channel,
            )
        self.kept_channel = customer.preferred_channel

    @property
    def consents(self) -> list[tuple[Choice, forms.BoundField]]:
        """Each consent with its box."""
        return [(choice, self[f"agree_{choice.subject}"]) for choice in self.choices]

    @property
    def tastes(self) -> list[forms.BoundField]:
        """Topics, pace and channel."""
        return [self[name] for name in ("topics", "frequency", "channel") if name in self.fields]

    def chosen(self) -> dict[str, Any]:
        """What `preferences.choose` takes."""
        cleaned = self.cleaned_data
        agreed = [c.subject for c in self.choices if cleaned.get(f"agree_{c.subject}")]
        return {
            "consents": agreed,
            "topics": list(cleaned.get("topics") or []),
            "frequency": cleaned["frequency"],
            "channel": cleaned.get("channel", self.kept_channel),
        }
