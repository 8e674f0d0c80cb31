"""What is typed about a segment besides its rule."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from segmentation.models import Segment


class NamingForm(forms.ModelForm[Segment]):
    """A segment's name and description, and the edition of the segment they were read from."""

    edition = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Segment
        fields: ClassVar[list[str]] = ["name", "description"]
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("What your team will call it, for instance “Inactive for 3 months”."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["edition"] = self.instance.updated_at.isoformat()

    def clean_edition(self) -> dt.datetime | None:
        """The instant the segment was last changed when the page was drawn."""
        text = self.cleaned_data["edition"]
        if not text:
            return None
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError(_("Reload the page and try again.")) from None
