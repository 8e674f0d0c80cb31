"""The form that declares a property of events: its name in rules, its key in events, its type."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import event_properties
from customers.models import EventProperty


class EventPropertyForm(forms.ModelForm[EventProperty]):
    """Declares or edits a property; what a rule stands on does not change under it."""

    class Meta:
        model = EventProperty
        fields: ClassVar[list[str]] = ["label", "key", "type"]
        help_texts: ClassVar[dict[str, Any]] = {
            "label": _("What your team calls it, for instance “Store of the visit”."),
            "key": _("Exactly as your site or shop sends it, capitals included."),
            "type": _("A value that does not fit the type counts as missing."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance if self.instance.pk else None
        self.uses = event_properties.uses(stored) if stored else []
        # Another key would be another property: it is declared beside this one.
        self.fields["key"].disabled = stored is not None
        self.fields["type"].disabled = bool(self.uses)
        if stored is None:
            self.initial.setdefault("type", EventProperty.Type.TEXT)

    def clean_key(self) -> str:
        """Keys that differ by capitals alone look like one, and are more often a slip than two."""
        key = str(self.cleaned_data["key"])
        others = EventProperty.objects.exclude(pk=self.instance.pk).exclude(key=key)
        if others.filter(key__iexact=key).exists():
            raise forms.ValidationError(
                _("A property is declared under this key with other capitals: send one of them.")
            )
        return key
