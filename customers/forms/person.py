"""A person written by hand: who they are, how to reach them, what the shop keeps besides.

Addresses leave this form in their stored form. Custom attributes are fields named after their
key; consents are asked only when someone is added, with where they come from.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import attributes
from customers.addresses import (
    normalise_email,
    normalise_phone,
    normalise_postcode,
    readable_phone,
)
from customers.code_names import COUNTRIES, LANGUAGES
from customers.consent import SUBJECTS, record_consent
from customers.forms.choices import with_current
from customers.forms.sensitive import SensitiveFields
from customers.legal_bases import may_be_given
from customers.models import ConsentState, CustomAttribute, Customer, LegalBasis
from customers.signals import facts_changed
from customers.void_words import keep_void

SECTIONS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (
        _("Identity"),
        ("first_name", "last_name", "gender", "birth_date", "external_id", "signed_up_at"),
    ),
    (_("Contact"), ("email", "phone", "language")),
    (_("Address"), ("address", "postal_code", "city", "country")),
    (
        _("Household and interests"),
        ("marital_status", "children", "profession", "education", "income_band", "interests"),
    ),
    (
        _("Preferences"),
        ("preferred_channel", "preferred_frequency", "acquisition_source"),
    ),
)

_CHOICES: dict[str, list[tuple[str, Any]]] = {
    "gender": Customer.Gender.choices,
    "marital_status": Customer.MaritalStatus.choices,
    "preferred_channel": Customer.PreferredChannel.choices,
    "preferred_frequency": Customer.Frequency.choices,
}


class PersonForm(forms.ModelForm[Customer]):
    """Adds or edits one person; `save` writes the person and the attributes."""

    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        help_text=_("As people write it: 06 12 34 56 78, or +32 470 12 34 56 from abroad."),
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
    )
    interests = forms.CharField(
        label=_("Interests"),
        required=False,
        max_length=1000,
        help_text=_("Separated by commas."),
    )

    class Meta:
        model = Customer
        fields = [name for _title, names in SECTIONS for name in names]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "birth_date": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "signed_up_at": forms.DateTimeInput(
                {"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.instance
        self.initial["phone"] = _written(person)
        for name, choices in _CHOICES.items():
            cast(forms.ChoiceField, self.fields[name]).choices = [("", "–"), *choices]
        self.initial["country"], self.initial["language"] = person.country, person.language
        self.initial["interests"] = ", ".join(map(str, person.interests or []))
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"), required=False, choices=with_current(COUNTRIES, person.country)
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), required=False, choices=with_current(LANGUAGES, person.language)
        )
        self.custom = list(CustomAttribute.objects.all())
        for each in self.custom:
            name = f"{attributes.PREFIX}{each.key}"
            self.fields[name] = attributes.field_for(each)
            self.initial[name] = attributes.initial(each, person.attributes.get(each.key))
        self.sensitive = SensitiveFields(self, self.custom, person)

    @property
    def sections(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields under their headings, in the order of the page."""
        drawn = [(title, [self[name] for name in names]) for title, names in SECTIONS]
        own = [self[f"{attributes.PREFIX}{each.key}"] for each in self.custom if not each.sensitive]
        if own:
            drawn.append((_("Custom attributes"), own))
        return drawn

    def clean_email(self) -> str | None:
        return normalise_email(self.cleaned_data["email"]) or None

    def clean_external_id(self) -> str | None:
        return (self.cleaned_data["external_id"] or "").strip() or None

    def clean_birth_date(self) -> Any:
        born = self.cleaned_data["birth_date"]
        if born and born > timezone.localdate():
            raise forms.ValidationError(_("This date is in the future."))
        if born and born.year < 1900:
            raise forms.ValidationError(_("This date is too long ago."))
        return born

    def clean_interests(self) -> list[str]:
        said = [" ".join(part.split()) for part in self.cleaned_data["interests"].split(",")]
        return list(dict.fromkeys(part for part in said if part))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        country = cleaned.get("country") or "FR"
        for name, normalise in (("phone", normalise_phone), ("postal_code", normalise_postcode)):
            if name not in cleaned:
                continue
            try:
                cleaned[name] = normalise(cleaned[name] or "", country)
            except forms.ValidationError as error:
                self.add_error(name, error)
        cleaned["phone"] = cleaned.get("phone") or None
        self.sensitive.clean(cleaned)
        if not self.errors and not any(
            cleaned.get(name)
            for name in ("first_name", "last_name", "email", "phone", "external_id")
        ):
            raise forms.ValidationError(
                _("Give at least a name, an e-mail address, a phone number or a customer number.")
            )
        return cleaned

    def save(self, commit: bool = True) -> Customer:
        """Write the person with the attributes that may be kept; say that the facts changed."""
        person = super().save(commit=False)
        values = dict(person.attributes or {})
        for each in self.custom:
            value = attributes.stored(each, self.cleaned_data.get(f"{attributes.PREFIX}{each.key}"))
            values.pop(each.key, None)
            if value is not None and each not in self.sensitive.missing:
                values[each.key] = value
        person.attributes = values
        if commit:
            person.save()
            facts_changed.send(sender=Customer)
        return person

    def save_by(self, member: Any) -> Customer:
        """Write the person, with the explicit consents and the sensitive values they allow.

        Raises Customer.DoesNotExist for someone erased, merged or deleted meanwhile, whom a save
        would bring back.
        """
        with transaction.atomic():
            if self.instance.pk is not None:
                held = Customer.objects.select_for_update().get(pk=self.instance.pk)
                if self.cleaned_data["birth_date"] is None:
                    keep_void({held.pk: held.birth_date})
            person = self.save()
            self.sensitive.record(person, self.cleaned_data, by=member)
        return person


class NewPersonForm(PersonForm):
    """Adds a person, and what they agreed to if they said so."""

    consents = forms.MultipleChoiceField(
        label=_("This person agrees to"),
        required=False,
        choices=[(subject.value, subject.label) for subject in SUBJECTS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick only what the person said. Nothing ticked: consent unknown."),
    )
    consent_source = forms.CharField(
        label=_("Where this consent comes from"),
        required=False,
        max_length=120,
        help_text=_("For instance: loyalty form in the Lyon shop, 12 May."),
    )
    consent_wording = forms.CharField(
        label=_("The exact words the person agreed to"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("consents") and not (cleaned.get("consent_source") or "").strip():
            self.add_error(
                "consent_source", _("A consent needs its source: it is what proves it later.")
            )
        if cleaned.get("consents") and not cleaned.get("consent_wording"):
            self.add_error(
                "consent_wording",
                _("A yes needs the sentence the person agreed to: it proves it later."),
            )
        today = timezone.localdate()
        if cleaned.get("consents") and not may_be_given(
            cleaned.get("birth_date"), LegalBasis.CONSENT, today
        ):
            self.add_error(
                "consents",
                _(
                    "Under 15, only a holder of parental authority consents: add the person"
                    " first, then record the guardian’s consent with its proof on their page."
                ),
            )
        return cleaned

    def save_by(self, member: Any) -> Customer:
        """Write the person and their consents, recorded by `member`."""
        with transaction.atomic():
            person = super().save_by(member)
            for subject in self.cleaned_data["consents"]:
                record_consent(
                    person,
                    subject,
                    ConsentState.GIVEN,
                    source=self.cleaned_data["consent_source"],
                    wording=self.cleaned_data["consent_wording"],
                    by=member,
                )
        return person


def _written(person: Customer) -> str:
    """The phone as people write it, unless that would be read as another one in their country."""
    readable = readable_phone(person.phone)
    try:
        same = normalise_phone(readable, person.country) == person.phone
    except forms.ValidationError:
        same = False
    return readable if same else person.phone or ""
