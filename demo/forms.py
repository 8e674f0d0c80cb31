"""What it takes to empty the demo: the word, and the first real administrator."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import User

WORD = _("EMPTY")


class EmptyDemoForm(forms.Form):
    """The word to type, and the address and password of whoever goes on from there."""

    word = forms.CharField(label=_("Type the word shown above"), max_length=20)
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("You become the first administrator and sign in with this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("A password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_word(self) -> str:
        """The word, as shown; case does not matter."""
        word: str = self.cleaned_data["word"]
        if word.strip().upper() != str(WORD):
            raise forms.ValidationError(
                _("Type %(word)s to confirm. Nothing was deleted.") % {"word": WORD}
            )
        return word

    def clean_email(self) -> str:
        """An address no real member has yet."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("This address already belongs to a member."))
        return email

    def clean(self) -> dict[str, Any]:
        """A password strong enough for an administrator."""
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password:
            try:
                validate_password(password, User(email=cleaned.get("email", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned
