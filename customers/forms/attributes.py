"""The form of a custom attribute: what it is, why it is kept, whether it is sensitive.

Where people already have values, what an edit would take from them is said in numbers, and the
edit is refused until it is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import attribute_changes, attribute_values, attributes
from customers.attribute_changes import Change
from customers.forms.import_columns import new_slug
from customers.models import CustomAttribute


class AttributeForm(forms.ModelForm[CustomAttribute]):
    """Adds or edits an attribute; `change` says what an edit does to people's values."""

    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("One a line. Needed only for a choice from a list."),
    )
    confirm = forms.BooleanField(label=_("Yes, go on: I accept this loss"), required=False)

    class Meta:
        model = CustomAttribute
        fields = ("label", "key", "type", "purpose", "sensitive")
        help_texts: ClassVar[dict[str, Any]] = {
            "key": _(
                "Short name used in imports: letters, digits, - and _. Made from the label when"
                " left empty."
            ),
            "purpose": _("In a few words, for the register: “Recommend shoes in their size”."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].required = True
        kinds = [("", _("No: ordinary information")), *CustomAttribute.Sensitive.choices]
        self.fields["sensitive"] = forms.ChoiceField(
            label=_("Is this sensitive data?"), choices=kinds, required=False
        )
        stored = self.instance if self.instance.pk else None
        # As it is stored: cleaning changes the instance.
        self.before = CustomAttribute.objects.get(pk=stored.pk) if stored else None
        self.uses = attributes.uses(stored) if stored else []
        self.used = stored is not None and attributes.in_use(stored)
        self.fields["key"].required = False
        self.fields["key"].disabled = self.used or bool(self.uses)
        self.fields["type"].disabled = bool(self.uses)
        self.known: list[str] = []
        self.numbers: dict[str, int] = {}
        if self.before and self.before.type == CustomAttribute.Type.CHOICE:
            self._add_known_choices(self.before)
        self.change = Change({}, None, False, [])

    def _add_known_choices(self, before: CustomAttribute) -> None:
        self.known = [str(choice) for choice in before.choices]
        self.numbers = attribute_values.numbers(before.key) if self.used else {}
        self.fields["choices"].label = _("More choices")
        for nth, choice in enumerate(self.known):
            self.fields[f"choice_{nth}"] = forms.CharField(
                label=choice, required=False, max_length=200, initial=choice
            )

    def known_choices(self) -> Iterator[tuple[forms.BoundField, int]]:
        """The field of each choice there is, with how many people have it."""
        for nth, choice in enumerate(self.known):
            yield self[f"choice_{nth}"], self.numbers.get(choice, 0)

    def clean_key(self) -> str:
        return self.cleaned_data["key"] or new_slug(self.cleaned_data.get("label") or "", {})

    def clean_choices(self) -> list[str]:
        return _distinct(self.cleaned_data["choices"].splitlines())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [
            " ".join((cleaned.get(f"choice_{n}") or "").split()) for n in range(len(self.known))
        ]
        renames = {old: new or None for old, new in zip(self.known, names, strict=True)}
        choices = _distinct([*names, *cleaned.get("choices", [])])
        if cleaned.get("type") != CustomAttribute.Type.CHOICE:
            choices = []
        elif not choices:
            self.add_error("choices", _("Write at least one choice, one a line."))
        cleaned["choices"] = choices
        if self.before and not self.errors:
            self._weigh(self.before, cleaned, renames)
        return cleaned

    def _weigh(
        self, before: CustomAttribute, cleaned: dict[str, Any], renames: dict[str, str | None]
    ) -> None:
        try:
            self.change = attribute_changes.plan(
                before,
                type_=cleaned["type"],
                choices=cleaned["choices"],
                renames=renames if self.known else {},
                sensitive=cleaned["sensitive"],
            )
        except attribute_values.TooManyValues:
            self.add_error(
                "type",
                _(
                    "Too many different values would have to be rewritten. Add another attribute"
                    " of this type and import the values into it."
                ),
            )
            return
        if self.change.losses and not cleaned.get("confirm"):
            self.add_error("confirm", _("Confirm this loss, or keep these values as they are."))

    def save_by(self, member: Any) -> CustomAttribute:
        """Write the attribute, and what the edit does to people's values."""
        self.instance.choices = self.cleaned_data["choices"]
        if self.before is None:
            self.instance.save()
        else:
            attribute_changes.apply(self.instance, self.change, by=member)
        return self.instance


def _distinct(lines: list[str]) -> list[str]:
    told = (" ".join(line.split()) for line in lines)
    return list(dict.fromkeys(line for line in told if line))
