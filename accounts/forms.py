"""Forms of the team and the profile."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import scopes as api_scopes
from accounts.models import User
from accounts.roles import ROLE_SUMMARY


class RoleChoice(forms.RadioSelect):
    """The roles as radio buttons, each with what it may do."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["summary"] = ROLE_SUMMARY.get(str(option["value"]), "")
        return option


class MemberForm(forms.Form):
    """A person to add to the team."""

    name = forms.CharField(
        label=_("First name and last name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=User.Role.choices,
        widget=RoleChoice,
        initial=User.Role.MARKETER,
    )

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Someone in the team already has this address."))
        return email


class ForgottenPasswordForm(ResetPasswordForm):
    """Asks for an address by the name it has everywhere else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")


class ProfileForm(forms.ModelForm[User]):
    """What members change about themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("The one my browser asks for")), ("fr", "Français"), ("en", "English")],
        required=False,
    )

    class Meta:
        model = User
        fields = ("name", "language")
        labels = {"name": _("First name and last name")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class ApiTokenForm(forms.Form):
    """A new API token: what for, with which rights, until when."""

    DAYS: Final = (("30", _("30 days")), ("365", _("1 year")), ("", _("No end")))

    name = forms.CharField(
        label=_("What it is for"),
        max_length=80,
        help_text=_("For instance: till of the Lyon shop."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=api_scopes.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one right.")},
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=DAYS, initial="365", required=False)

    @property
    def expires_at(self) -> dt.datetime | None:
        """When the token ends, None for never."""
        days = self.cleaned_data["days"]
        return timezone.now() + dt.timedelta(days=int(days)) if days else None
