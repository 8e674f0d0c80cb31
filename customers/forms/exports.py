"""What an export is asked with: the columns, the format."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.exports.download import CSV, FORMATS
from customers.exports.tables import Table


class ExportForm(forms.Form):
    """The columns and the format of one table's file; all columns unless some are unticked."""

    file_format = forms.ChoiceField(
        label=_("Format"),
        choices=list(FORMATS.items()),
        initial=CSV,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a format.")},
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Keep at least one column.")},
    )

    def __init__(self, table: Table, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = table.resource().fields
        choices = [(key, column.column_name) for key, column in columns.items()]
        self.fields["columns"].choices = choices  # type: ignore[attr-defined]
        self.fields["columns"].initial = list(columns)
