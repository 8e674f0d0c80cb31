"""Forms of the words a team uses for people: tags and custom attributes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import attributes
from customers.models import CustomAttribute


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
