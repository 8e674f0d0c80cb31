"""The wizard's first form: a file, what its lines are, and what that kind of file needs besides."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import extensions
from customers.folding import fold
from customers.models import ImportJob
from customers.spreadsheets.reading import MAX_BYTES, too_many_bytes

KIND_HELP: Final[dict[str, str | Promise]] = {
    ImportJob.Kind.CUSTOMERS: _("One line is a person: name, e-mail, phone, address, tags…"),
    ImportJob.Kind.ORDERS: _(
        "One line is an order or one article of an order. Customers not known yet are created."
    ),
    ImportJob.Kind.EVENTS: _(
        "One line is something a person did: a visit, a cart, a call. An e-mail or a phone not "
        "known yet makes a customer."
    ),
    ImportJob.Kind.TAGS: _("One line is a known customer, and the tags to put. Nobody is created."),
    ImportJob.Kind.MEMBERS: _(
        "One line is a known customer to put in a fixed segment. Nobody is created."
    ),
    ImportJob.Kind.SUPPRESSIONS: _(
        "One line is an e-mail or a phone never to write to again: unsubscribed elsewhere, "
        "complaints, a list of oppositions."
    ),
}


class UploadForm(forms.Form):
    """A file and what its lines are."""

    kind = forms.ChoiceField(
        label=_("What is in the file?"),
        choices=ImportJob.Kind.choices,
        initial=ImportJob.Kind.CUSTOMERS,
        widget=forms.RadioSelect,
    )
    tag = forms.CharField(
        label=_("Tag to put on everyone in the file"),
        required=False,
        max_length=60,
        help_text=_("Leave empty where a column of the file says which."),
    )
    segment = forms.ChoiceField(label=_("Fixed segment"), required=False)
    segment_name = forms.CharField(
        label=_("Name of the new segment"), required=False, max_length=120
    )
    file = forms.FileField(
        label=_("File"),
        # An empty file is told by the reader, in the same words as on the command line.
        allow_empty_file=True,
        max_length=200,
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.tab,.xlsx,.xlsm,.xls,.ods"}),
        error_messages={"required": _("Choose a file.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = extensions.member_lists()
        segments = list(self.lists.choices()) if self.lists else []
        segment = self.fields["segment"]
        if isinstance(segment, forms.ChoiceField):
            segment.choices = [("", _("A new segment")), *segments]

    def kinds(self) -> list[tuple[Any, str | Promise]]:
        """Each kind's button with a sentence about the lines of such a file."""
        return [(radio, KIND_HELP[radio.data["value"]]) for radio in self["kind"]]

    def clean_tag(self) -> str:
        """A tag has a letter or a digit in it."""
        tag = " ".join(self.cleaned_data["tag"].split())
        if tag and not fold(tag):
            raise forms.ValidationError(_("Give the tag a name."))
        return tag

    def clean(self) -> dict[str, Any]:
        """Members need a fixed segment, there already or to be made."""
        told = super().clean() or {}
        if told.get("kind") == ImportJob.Kind.MEMBERS and self.lists is not None:
            try:
                self.lists.label(self.target())
            except ValueError as error:
                self.add_error("segment" if told.get("segment") else "segment_name", str(error))
        return told

    def target(self) -> dict[str, Any]:
        """What the kind needs besides columns, as ImportJob.target keeps it."""
        told = self.cleaned_data
        if told.get("kind") == ImportJob.Kind.TAGS and told.get("tag"):
            return {"tag": told["tag"]}
        if told.get("kind") != ImportJob.Kind.MEMBERS:
            return {}
        if told.get("segment"):
            return {"segment": int(told["segment"])}
        return {"name": told.get("segment_name", "")}

    def clean_file(self) -> Any:
        """Refuse a file over the limit, in the reader's own words."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(too_many_bytes().text, code="too_large")
        return file
