"""The wizard's forms: a file, then what its columns mean and how its cells are read."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Reading
from customers.folding import fold
from customers.forms import import_consent
from customers.forms.import_samples import ColumnRow, read_cells
from customers.models import (
    Channel,
    CustomAttribute,
    ImportJob,
)
from customers.spreadsheets.consent_options import Consent
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX, GROUP_LABEL, Field
from customers.spreadsheets.guessing import guess_mapping, samples
from customers.spreadsheets.mapping import Mapping, NewAttribute
from customers.spreadsheets.reading import MAX_BYTES, Spreadsheet, too_many_bytes

NEW: Final = "new:"
_NEW_LABEL: Final[dict[str, str | Promise]] = {
    "text": _("New attribute: text"),
    "number": _("New attribute: number"),
    "date": _("New attribute: date"),
    "boolean": _("New attribute: yes or no"),
}

_ENCODINGS: Final[dict[str, str | Promise]] = {
    "utf-8": "UTF-8",
    "cp1252": _("Windows (Western Europe)"),
    "utf-16": "UTF-16",
    "iso-8859-15": "ISO-8859-15",
    "mac-roman": "Mac",
}


class UploadForm(forms.Form):
    """A file and what its lines are."""

    kind = forms.ChoiceField(
        label=_("What is in the file?"),
        choices=ImportJob.Kind.choices,
        initial=ImportJob.Kind.CUSTOMERS,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("File"),
        # An empty file is told by the reader, in the same words as on the command line.
        allow_empty_file=True,
        max_length=200,
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx"}),
        error_messages={"required": _("Choose a file.")},
    )

    def clean_file(self) -> Any:
        """Refuse a file over the limit, in the reader's own words."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(too_many_bytes().text, code="too_large")
        return file


class MappingForm(forms.Form):
    """Columns and options. `header_mark` tells whether they are still about the same header."""

    header_mark = forms.CharField(required=False, widget=forms.HiddenInput)
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=list(_ENCODINGS.items()),
    )
    delimiter = forms.ChoiceField(
        label=_("Columns separated by"),
        required=False,
        choices=[
            (";", _("Semicolon ;")),
            (",", _("Comma ,")),
            ("\t", _("Tab")),
            ("|", _("Bar |")),
        ],
    )
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    date_format = forms.ChoiceField(
        label=_("Dates"),
        choices=[
            ("DMY", _("Day first: 21/11/2026")),
            ("MDY", _("Month first: 11/21/2026")),
            ("YMD", _("Year first: 2026/11/21")),
        ],
    )
    decimal = forms.ChoiceField(
        label=_("Decimal mark"), choices=[(",", _("Comma: 12,50")), (".", _("Point: 12.50"))]
    )
    on_existing = forms.ChoiceField(
        label=_("What is already known"),
        choices=[
            ("update", _("Replace it by what the file says")),
            ("fill", _("Only fill what is empty")),
            ("skip", _("Leave it as it is")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, file: Spreadsheet, mapping: Mapping) -> None:
        self.file = file
        self.header = file.header
        self.mark = hashlib.sha256("\x1f".join(self.header).encode()).hexdigest()[:16]
        # Options that cut the file otherwise make other columns: those are guessed anew.
        self.is_new_header = bool(data) and data.get("header_mark") != self.mark
        if self.is_new_header:
            data = self._guessed_again(data, file, mapping.kind)
        super().__init__(data, initial=self._initial(mapping))
        self.kind = mapping.kind
        self.known = Mapping(mapping.kind, attributes=mapping.attributes).fields()
        self._prune(file)
        for position, header in enumerate(self.header):
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=header, required=False, choices=self._choices(),
                initial=self._chosen(mapping, header),
            )  # fmt: skip
        self.sensitive: list[CustomAttribute] = []
        if self.kind == ImportJob.Kind.CUSTOMERS:
            for channel in Channel.values:
                import_consent.ask(self, channel, mapping.consent.get(channel, Consent()))
            self.sensitive = import_consent.sensitive_attributes()
        for each in self.sensitive:
            stated = mapping.sensitive.get(each.key, Consent())
            import_consent.ask(self, f"sensitive_{each.key}", stated, explicit=True)
        self.column_problems: dict[str, list[str | Promise]] = {}

    def mapping(self) -> Mapping:
        """The mapping the form says, once it is valid (its columns may still clash)."""
        told = self.cleaned_data
        mapping = Mapping(
            self.kind,
            encoding=told.get("encoding") or self.file.encoding,
            delimiter=told.get("delimiter") or self.file.delimiter,
            sheet=told.get("sheet") or self.file.sheet,
            date_format=told["date_format"],
            decimal=told["decimal"],
            on_existing=told["on_existing"],
        )
        for position, header in enumerate(self.header):
            key = told.get(f"column_{position}") or ""
            if key.startswith(NEW):
                slug = _slug(header, mapping.attributes)
                mapping.attributes[slug] = NewAttribute(header[:80], key.removeprefix(NEW))
                key = f"{ATTRIBUTE_PREFIX}{slug}"
            mapping.columns[header] = key
        for channel in Channel.values:
            if f"{channel}_state" in told:
                mapping.consent[channel] = import_consent.answer(told, channel)
        for each in self.sensitive:
            if f"{ATTRIBUTE_PREFIX}{each.key}" in mapping.columns.values():
                name = f"sensitive_{each.key}"
                mapping.sensitive[each.key] = import_consent.answer(told, name, explicit=True)
        return mapping

    def accept(self) -> Mapping | None:
        """The mapping if the file can be imported by it; else None, the form saying why not."""
        if not self.is_valid():
            return None
        mapping = self.mapping()
        try:
            mapping.bind(self.header)
        except SpreadsheetError as error:
            for issue in error.issues:
                self.add_error(None, str(issue.message))
                header = issue.path.removeprefix("columns.")
                if header in self.header:
                    self.column_problems.setdefault(header, []).append(issue.message)
            return None
        return mapping

    def clean(self) -> dict[str, Any]:
        """A consent that is given says where it comes from, when, and in which words."""
        told = super().clean() or {}
        mapped = {value for name, value in told.items() if name.startswith("column_")}
        if self.kind == ImportJob.Kind.CUSTOMERS:
            for channel in Channel.values:
                by_column = f"{channel}_consent" in mapped
                import_consent.judge(self, channel, told_by_column=by_column)
        for each in self.sensitive:
            is_mapped = f"{ATTRIBUTE_PREFIX}{each.key}" in mapped
            import_consent.judge_explicit(self, f"sensitive_{each.key}", is_mapped=is_mapped)
        return told

    def rows(self) -> list[ColumnRow]:
        """Each column with some of its cells, read as the form says."""
        reading = Reading(self["decimal"].value() or ",", self["date_format"].value() or "DMY")
        return [
            ColumnRow(
                header,
                self[f"column_{position}"],
                read_cells(self._field(self[f"column_{position}"].value() or ""), texts, reading),
                self.column_problems.get(header, []),
            )
            for position, (header, texts) in enumerate(
                zip(self.header, samples(self.file), strict=True)
            )
        ]

    def consents(self) -> list[tuple[str, str | Promise, list[forms.BoundField]]]:
        """The fields of each channel's consent: its code, its label, its fields."""
        return [
            (channel.value, channel.label, import_consent.questions(self, channel.value))
            for channel in Channel
            if f"{channel}_state" in self.fields
        ]

    def explicit_consents(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The questions about each sensitive attribute: its label, its fields."""
        return [
            (each.label, import_consent.questions(self, f"sensitive_{each.key}"))
            for each in self.sensitive
        ]

    def reading_options(self) -> list[forms.BoundField]:
        """How the file is read, as far as its format leaves a choice."""
        names = ("sheet", "encoding", "delimiter", "date_format", "decimal")
        return [self[name] for name in names if name in self.fields]

    def _field(self, key: str) -> Field | None:
        if key.startswith(NEW):
            type_ = key.removeprefix(NEW)
            return Field(key, "", type_, max_length=500) if type_ in _NEW_LABEL else None
        return self.known.get(key)

    def _choices(self) -> list[tuple[str | Promise, Any]]:
        groups: dict[str, list[tuple[str, str | Promise]]] = {}
        for field in self.known.values():
            groups.setdefault(field.group, []).append((field.key, field.label))
        listed: list[tuple[str | Promise, Any]] = [("", _("Leave out"))]
        listed += [(GROUP_LABEL[group], options) for group, options in groups.items()]
        if self.kind == ImportJob.Kind.CUSTOMERS:
            created = [(f"{NEW}{type_}", label) for type_, label in _NEW_LABEL.items()]
            listed.append((_("Add to the customer's page"), created))
        return listed

    @staticmethod
    def _chosen(mapping: Mapping, header: str) -> str:
        key = mapping.columns.get(header, "")
        new = mapping.attributes.get(key.removeprefix(ATTRIBUTE_PREFIX))
        if key.startswith(ATTRIBUTE_PREFIX) and new is not None:
            exists = CustomAttribute.objects.filter(key=key.removeprefix(ATTRIBUTE_PREFIX)).exists()
            return key if exists else f"{NEW}{new.type}"
        return key

    def _initial(self, mapping: Mapping) -> dict[str, Any]:
        names = ("date_format", "decimal", "on_existing")
        return {name: getattr(mapping, name) for name in names} | {
            "encoding": self.file.encoding,
            "delimiter": self.file.delimiter,
            "sheet": self.file.sheet,
            "header_mark": self.mark,
        }

    def _prune(self, file: Spreadsheet) -> None:
        """Only ask what this format leaves open."""
        if file.format == "csv":
            del self.fields["sheet"]
            field = self.fields["encoding"]
            if isinstance(field, forms.ChoiceField) and file.encoding not in _ENCODINGS:
                field.choices = [*_ENCODINGS.items(), (file.encoding, file.encoding.upper())]
        else:
            del self.fields["encoding"], self.fields["delimiter"]
            sheet = self.fields["sheet"]
            if isinstance(sheet, forms.ChoiceField):
                sheet.choices = [(name, name) for name in file.sheets]
            if len(file.sheets) == 1:
                del self.fields["sheet"]

    def _guessed_again(self, data: Any, file: Spreadsheet, kind: str) -> dict[str, Any]:
        guess = guess_mapping(file, kind)
        kept = {name: data.get(name) for name in data if not name.startswith("column_")}
        kept["header_mark"] = self.mark
        for position, header in enumerate(file.header):
            kept[f"column_{position}"] = guess.columns[header]
        return kept


def _slug(header: str, taken: dict[str, NewAttribute]) -> str:
    """A key for a new attribute, after its column's name and free."""
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in fold(header))
    base = "_".join(part for part in letters.split("_") if part)[:34] or "attribute"
    used = set(taken) | set(CustomAttribute.objects.values_list("key", flat=True))
    slug, number = base, 2
    while slug in used:
        slug, number = f"{base}_{number}", number + 1
    return slug
