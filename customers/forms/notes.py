"""The form of a note, a call or a visit."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Note


class NoteForm(forms.ModelForm[Note]):
    """What happened, when, in the member's words."""

    class Meta:
        model = Note
        fields = ("kind", "occurred_at", "text")
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "occurred_at": forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "text": forms.Textarea({"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["occurred_at"].required = False
        self.fields["text"].label = _("What was said or done")

    def clean_occurred_at(self) -> dt.datetime:
        """When it happened; now where nothing is said, never in the future."""
        said: dt.datetime | None = self.cleaned_data["occurred_at"]
        now = timezone.now()
        if said and said > now + dt.timedelta(minutes=5):
            raise forms.ValidationError(_("This date is in the future."))
        return said or now

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).strip()
