"""The wizard's second form: what the columns of a file mean and how its cells are read."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Reading
from customers.forms import import_consent, import_reading
from customers.forms.import_columns import NEW, ColumnChoices, chosen_of, new_slug
from customers.forms.import_samples import ColumnRow, different, read_cells
from customers.models import (
    Channel,
    CustomAttribute,
    ImportJob,
)
from customers.spreadsheets import targets
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX
from customers.spreadsheets.guessing import columns_of, first_lines, guess_mapping
from customers.spreadsheets.mapping import Mapping, NewAttribute
from customers.spreadsheets.proposals import choices_of
from customers.spreadsheets.reading import Spreadsheet


class MappingForm(forms.Form):
    """Columns and options. `header_mark` tells whether they are still about the same header."""

    header_mark = forms.CharField(required=False, widget=forms.HiddenInput)
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
    new_purpose = forms.CharField(
        label=_("Why you keep these new columns"),
        required=False,
        max_length=200,
        help_text=_(
            "In a few words, for the register of processing: “Recommend shoes in their size”. Each"
            " attribute’s own reason can be made precise in the settings."
        ),
    )

    def __init__(
        self,
        data: Any,
        file: Spreadsheet,
        mapping: Mapping,
        target: dict[str, Any] | None = None,
    ) -> None:
        self.target = target or {}
        self.file = file
        self.header = file.header
        self.mark = hashlib.sha256("\x1f".join(self.header).encode()).hexdigest()[:16]
        # Options that cut the file otherwise make other columns: those are guessed anew.
        self.is_new_header = bool(data) and data.get("header_mark") != self.mark
        if self.is_new_header:
            data = self._guessed_again(data, file, mapping.kind)
        if data:
            data = import_reading.with_reading(data, file)
        super().__init__(data, initial=self._initial(mapping))
        self.kind = mapping.kind
        if not self.asks_about_existing:
            del self.fields["on_existing"]
        self.known = Mapping(mapping.kind, attributes=mapping.attributes).fields()
        import_reading.ask(self, file)
        self.lists: dict[int, list[str]] = {}
        self.column_choices = ColumnChoices(self.kind, self.known)
        self.lines = first_lines(file)
        self.samples = columns_of(self.lines, len(self.header))
        reading = Reading(mapping.decimal, mapping.date_format)
        for position, header in enumerate(self.header):
            chosen = chosen_of(mapping, header)
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=header,
                required=False,
                choices=self.column_choices.of(header, self.samples[position], reading, chosen),
                initial=chosen,
            )
        self.sensitive: list[CustomAttribute] = []
        if self.kind == ImportJob.Kind.CUSTOMERS:
            for channel in Channel.values:
                by_column = f"{channel}_consent" in mapping.columns.values()
                said = mapping.consent.get(channel)
                import_consent.ask(self, channel, said, told_by_column=by_column)
            self.sensitive = import_consent.sensitive_attributes()
        for each in self.sensitive:
            stated = mapping.sensitive.get(each.key)
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
            header_line=self.file.header_line,
            date_format=told["date_format"],
            decimal=told["decimal"],
            on_existing=told.get("on_existing") or "update",
        )
        for position, header in enumerate(self.header):
            key = told.get(f"column_{position}") or ""
            if key.startswith(NEW):
                slug = new_slug(header, mapping.attributes)
                type_ = key.removeprefix(NEW)
                mapping.attributes[slug] = NewAttribute(
                    header[:80], type_, purpose=told["new_purpose"]
                )
                if type_ == CustomAttribute.Type.CHOICE:
                    mapping.attributes[slug].choices = self.lists.get(position, [])
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
        if not self.is_valid() or not self._list_choices():
            return None
        mapping = self.mapping()
        try:
            targets.check(self.kind, self.target, mapping.bind(self.header))
        except SpreadsheetError as error:
            for issue in error.issues:
                self.add_error(None, str(issue.message))
                header = issue.path.removeprefix("columns.")
                if header in self.header:
                    self.column_problems.setdefault(header, []).append(issue.message)
            return None
        return mapping

    def _list_choices(self) -> bool:
        """Find the words of each column that becomes a list; False where they are too many."""
        for position, header in enumerate(self.header):
            if self.cleaned_data.get(f"column_{position}") != f"{NEW}choice":
                continue
            words = choices_of(self.file, position)
            if words is None:
                message = _("This column holds too many different words for a list; choose text.")
                self.column_problems.setdefault(header, []).append(message)
                self.add_error(f"column_{position}", message)
            else:
                self.lists[position] = words
        return not self.errors

    def clean(self) -> dict[str, Any]:
        """A consent that is given says where it comes from, when, and in which words."""
        told = super().clean() or {}
        mapped = {value for name, value in told.items() if name.startswith("column_")}
        has_new = any(value.startswith(NEW) for value in mapped)
        # Not while the columns are only drawn again: nobody could have answered yet.
        if has_new and not told.get("new_purpose") and "redraw" not in self.data:
            self.add_error("new_purpose", _("Say why: the law lets you keep only what is of use."))
        if self.kind == ImportJob.Kind.CUSTOMERS:
            for channel in Channel.values:
                by_column = f"{channel}_consent" in mapped
                dated = f"{channel}_consent_date" in mapped
                import_consent.judge(self, channel, told_by_column=by_column, dated_by_column=dated)
        for each in self.sensitive:
            is_mapped = f"{ATTRIBUTE_PREFIX}{each.key}" in mapped
            import_consent.judge_explicit(self, f"sensitive_{each.key}", is_mapped=is_mapped)
        return told

    def rows(self) -> list[ColumnRow]:
        """Each column with some of its cells, read as the form says."""
        reading = Reading(self["decimal"].value() or ",", self["date_format"].value() or "DMY")
        selects = [self[f"column_{position}"] for position in range(len(self.header))]
        chosen = [select.value() or "" for select in selects]
        country = chosen.index("country") if "country" in chosen else None
        return [
            ColumnRow(
                header,
                selects[position],
                read_cells(
                    self.column_choices.field(chosen[position]),
                    different(self.lines, position),
                    position,
                    reading,
                    country,
                ),
                self.column_problems.get(header, []),
                self.column_choices.suggestions.get(header, ""),
                self.column_choices.may_be_sensitive(header, chosen[position]),
            )
            for position, header in enumerate(self.header)
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
        names = ("sheet", "encoding", "delimiter", "header_line", "date_format", "decimal")
        return [self[name] for name in names if name in self.fields]

    @property
    def asks_about_existing(self) -> bool:
        """Say whether the kind of file can replace what is known: others only ever add."""
        return self.kind in (ImportJob.Kind.CUSTOMERS, ImportJob.Kind.ORDERS)

    @property
    def has_new_columns(self) -> bool:
        """Say whether a column becomes an attribute that is not there yet."""
        columns = (self[f"column_{position}"].value() for position in range(len(self.header)))
        return any((value or "").startswith(NEW) for value in columns)

    @property
    def format(self) -> str | Promise:
        """What kind of file it is."""
        return import_reading.FORMATS[self.file.format]

    def first_lines(self) -> list[import_reading.ShownLine]:
        """The beginning of the file as it is cut into cells."""
        return import_reading.first_lines(self.file)

    def _initial(self, mapping: Mapping) -> dict[str, Any]:
        names = ("date_format", "decimal", "on_existing")
        purposes = [new.purpose for new in mapping.attributes.values()]
        told = {"header_mark": self.mark, "new_purpose": purposes[0] if purposes else ""}
        return {name: getattr(mapping, name) for name in names} | told

    def _guessed_again(self, data: Any, file: Spreadsheet, kind: str) -> dict[str, Any]:
        guess = guess_mapping(file, kind)
        kept = {name: data.get(name) for name in data if not name.startswith("column_")}
        kept["header_mark"] = self.mark
        if data.get("reading_mark") != import_reading.mark_of(file):
            kept |= {"date_format": guess.date_format, "decimal": guess.decimal}
        for position, header in enumerate(file.header):
            kept[f"column_{position}"] = guess.columns[header]
        return kept
