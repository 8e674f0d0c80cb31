"""The form by which a member makes a sign-up form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from customers.folding import fold
from customers.models import SignupForm
from customers.signup.asked import askable, usual_wordings

# Addresses below /inscription/ that are pages of their own.
_RESERVED: Final = frozenset({"suite", "confirmer"})
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?")
_MOST_TOPICS: Final = 30


@dataclass(frozen=True)
class Row:
    """A question that may be asked, with its three fields."""

    key: str
    usual: str
    asked: forms.BoundField
    required: forms.BoundField
    label: forms.BoundField


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea({"rows": rows})


class SignupSettingsForm(forms.ModelForm[SignupForm]):
    """What a sign-up form asks and says, and where it may be shown."""

    slug = forms.CharField(
        label=_("Address of the page"),
        required=False,
        max_length=60,
        help_text=_("What ends its address; made from the name when left empty."),
    )
    topics = forms.CharField(
        label=_("Topics to choose from"),
        required=False,
        widget=_lines(3),
        help_text=_("One a line. Those chosen are added to the person's interests."),
    )
    allowed_origins = forms.CharField(
        label=_("Sites that may show it"),
        required=False,
        widget=_lines(2),
        help_text=_("One a line, for instance https://www.example.fr. Elsewhere it stays blank."),
    )

    class Meta:
        model = SignupForm
        fields = (
            "name",
            "slug",
            "language",
            "title",
            "introduction",
            "button",
            "thanks",
            "topics",
            "asks_frequency",
            "email_wording",
            "sms_wording",
            "tracking_wording",
            "double_opt_in",
            "tag",
            "allowed_origins",
        )
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "introduction": _lines(2),
            "thanks": _lines(2),
            "email_wording": _lines(3),
            "sms_wording": _lines(3),
            "tracking_wording": _lines(3),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("For your team, and in the ledger as where a consent comes from."),
            "button": _("“Sign up” when left empty."),
            "tag": _("Put on each person who signs up here; may be left empty."),
            "double_opt_in": _(
                "By a link for e-mail, a code for SMS. It proves that the address is theirs: keep"
                " it on unless you have another proof."
            ),
            "email_wording": _("Left empty: e-mails are not offered."),
            "sms_wording": _("Left empty: SMS are not offered."),
            "tracking_wording": _("Left empty: not asked."),
        }

    def __init__(self, *args: Any, shop: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made = self.instance
        if made._state.adding:
            for subject, words in usual_wordings(made.language, shop).items():
                self.initial[f"{subject}_wording"] = words
        self.initial["topics"] = "\n".join(map(str, made.topics))
        self.initial["allowed_origins"] = "\n".join(map(str, made.allowed_origins))
        self.possible = askable()
        chosen = {each["key"]: each for each in made.fields}
        for each in self.possible:
            now, name = chosen.get(each.key, {}), each.field_name
            self.fields[f"ask_{name}"] = forms.BooleanField(
                label=each.label, required=False, initial=each.key in chosen
            )
            self.fields[f"need_{name}"] = forms.BooleanField(
                label=_("Required"), required=False, initial=bool(now.get("required"))
            )
            self.fields[f"label_{name}"] = forms.CharField(
                label=_("In other words"),
                required=False,
                max_length=80,
                initial=now.get("label", ""),
                widget=forms.TextInput({"placeholder": each.label}),
            )

    @property
    def rows(self) -> list[Row]:
        """The questions, each with its fields."""
        return [
            Row(
                each.key,
                each.label,
                self[f"ask_{each.field_name}"],
                self[f"need_{each.field_name}"],
                self[f"label_{each.field_name}"],
            )
            for each in self.possible
        ]

    def clean_topics(self) -> list[str]:
        lines = (" ".join(line.split())[:60] for line in self.cleaned_data["topics"].splitlines())
        topics = list({fold(line): line for line in lines if line}.values())
        if len(topics) > _MOST_TOPICS:
            raise forms.ValidationError(_("Thirty topics are the most people will read."))
        return topics

    def clean_allowed_origins(self) -> list[str]:
        origins = []
        for line in self.cleaned_data["allowed_origins"].split():
            parts = urlsplit(line if "://" in line else f"https://{line}")
            origin = f"{parts.scheme}://{parts.netloc}".lower()
            if not _ORIGIN.fullmatch(origin):
                message = _("This is not the address of a site: %(line)s")
                raise forms.ValidationError(message % {"line": line})
            origins.append(origin)
        return list(dict.fromkeys(origins))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not (cleaned.get("email_wording") or cleaned.get("sms_wording")):
            message = _("Ask for e-mails, SMS or both: write what people agree to.")
            self.add_error("email_wording", message)
        slug = slugify(cleaned.get("slug") or cleaned.get("name") or "")[:60]
        taken = SignupForm.objects.filter(slug=slug).exclude(pk=self.instance.pk).exists()
        if not slug or slug in _RESERVED or taken:
            self.add_error("slug", _("Choose another address: this one is taken or empty."))
        cleaned["slug"] = slug
        cleaned["fields"] = [
            {
                "key": each.key,
                "required": bool(cleaned.get(f"need_{each.field_name}")),
                "label": " ".join((cleaned.get(f"label_{each.field_name}") or "").split()),
            }
            for each in self.possible
            if cleaned.get(f"ask_{each.field_name}")
        ]
        return cleaned

    def made(self) -> SignupForm:
        """The form as it would be, not saved: for the preview, and for what saves it."""
        for name in ("topics", "allowed_origins", "fields", "slug"):
            setattr(self.instance, name, self.cleaned_data.get(name, getattr(self.instance, name)))
        return self.instance
