"""What is typed about a segment besides its rule."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from segmentation.catalogue.standing_sql import Thresholds
from segmentation.exchange import MOST_BYTES
from segmentation.lifecycle import BY_TRADE, Trade
from segmentation.models import ActionPlan, Lifecycle, Segment


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
        # A page drawn anew keeps the edition it began with, or another's save would go unseen.
        if self.instance.pk and not self.initial.get("edition"):
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


class PlanForm(forms.ModelForm[ActionPlan]):
    """A segment's action plan; everything may stay empty."""

    class Meta:
        model = ActionPlan
        fields: ClassVar[list[str]] = ["message", "offer", "channel", "timing"]
        widgets: ClassVar[dict[str, Any]] = {"message": forms.Textarea({"rows": 3})}
        help_texts: ClassVar[dict[str, Any]] = {
            "message": _("What these people should hear, in a sentence or two."),
            "offer": _("What they get, if anything."),
            "timing": _("For instance “3 days after the first order”."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Not decided yet")), *ActionPlan.Channel.choices]
        self.fields["channel"] = forms.ChoiceField(
            label=self.fields["channel"].label, choices=choices, required=False
        )


class BringForm(forms.Form):
    """A segment as a file, or as its text pasted; one of them."""

    file = forms.FileField(label=_("File"), required=False, allow_empty_file=True)
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 14, "spellcheck": "false", "class": "ex-text"}),
    )

    def clean(self) -> None:
        """Something was given."""
        super().clean()
        file = self.cleaned_data.get("file")
        if file is None and not self.cleaned_data.get("text", "").strip():
            raise forms.ValidationError(_("Choose a file, or paste its text."))

    def content(self) -> str | bytes:
        """What was given, up to one byte more than can be read; the file where there are both."""
        file = self.cleaned_data.get("file")
        if file is None:
            return str(self.cleaned_data["text"])
        return bytes(file.read(MOST_BYTES + 1))


class TradeForm(forms.ModelForm[Lifecycle]):
    """The shop's trade, which says the days by itself."""

    class Meta:
        model = Lifecycle
        fields: ClassVar[list[str]] = ["trade"]

    def thresholds(self) -> Thresholds:
        """The numbers of days as typed, or as they are kept where none were asked."""
        return Thresholds(self.instance.at_risk_days, self.instance.lost_days)

    @staticmethod
    def by_trade() -> list[tuple[Any, Thresholds]]:
        """Each trade's own thresholds."""
        return [(Trade(trade).label, days) for trade, days in BY_TRADE.items()]


class LifecycleForm(TradeForm):
    """Another trade than those that are known, with its numbers of days."""

    class Meta(TradeForm.Meta):
        fields: ClassVar[list[str]] = ["trade", "at_risk_days", "lost_days"]

    def clean(self) -> None:
        """Lost comes after at risk."""
        super().clean()
        first, then = (self.cleaned_data.get(name) for name in ("at_risk_days", "lost_days"))
        if first and then and first >= then:
            self.add_error("lost_days", _("Buyers are lost later than they are at risk."))
