"""What is typed about a fixed segment: its name, and who is put on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import recognising
from segmentation import lists
from segmentation.models import Segment


class ListForm(forms.Form):
    """Which fixed segment people are put on: one there is, or a new one by its name."""

    name = forms.CharField(label=_("Name of a new list"), max_length=120, required=False)
    segment = forms.ChoiceField(label=_("Or add them to a list"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = [(str(pk), name) for pk, name in lists.in_use().items()]
        self.fields["segment"].choices = [("", _("A new list")), *used]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """The name, its spaces put in order."""
        return " ".join(self.cleaned_data["name"].split())

    def clean(self) -> None:
        """One of the two is needed."""
        super().clean()
        told = self.cleaned_data
        if not self.errors and not (told["name"] or told["segment"]):
            self.add_error("name", _("Name the list."))

    def chosen(self) -> Segment | None:
        """The segment chosen; None for a new one."""
        asked = self.cleaned_data["segment"]
        return Segment.objects.filter(pk=int(asked)).first() if asked else None


class PasteForm(forms.Form):
    """E-mails, phones and customer numbers, one a line or between commas; `named` asks a name."""

    name = forms.CharField(label=_("Name"), max_length=120)
    who = forms.CharField(
        label=_("E-mails, phone numbers or customer numbers"),
        help_text=_("One a line, or with commas between them."),
        required=False,
        max_length=200_000,
        widget=forms.Textarea({"rows": 6}),
    )

    def __init__(self, *args: Any, named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named = named
        if not named:
            del self.fields["name"]

    def clean_name(self) -> str:
        """The name, its spaces put in order."""
        return " ".join(self.cleaned_data["name"].split())

    def clean_who(self) -> list[str]:
        """What was pasted, each once."""
        try:
            told = recognising.told_in(self.cleaned_data["who"])
        except recognising.TooMany:
            most = {"most": recognising.MOST}
            said = _("Paste at most %(most)s at a time, or import a file.") % most
            raise forms.ValidationError(said) from None
        if not told and not self.named:
            raise forms.ValidationError(_("Paste at least one."))
        return told
