"""How a file is read, as the wizard shows it and lets it be changed: every guess is a field.

The line of the header is about one way of cutting the file: told with another encoding,
delimiter or sheet, it is found anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import text_of
from customers.spreadsheets.reading import Spreadsheet

FORMATS: Final[dict[str, str | Promise]] = {
    "csv": _("Text file (CSV)"),
    "xlsx": _("Excel workbook (.xlsx)"),
    "xls": _("Excel 97-2003 workbook (.xls)"),
    "ods": _("LibreOffice workbook (.ods)"),
}
ENCODINGS: Final[dict[str, str | Promise]] = {
    "utf-8": "UTF-8",
    "cp1252": _("Windows (Western Europe)"),
    "utf-16": "UTF-16",
    "iso-8859-15": "ISO-8859-15",
    "mac-roman": "Mac",
    "cp850": _("DOS (old tills and accounts)"),
}
DELIMITERS: Final[dict[str, str | Promise]] = {
    ";": _("Semicolon ;"),
    ",": _("Comma ,"),
    "\t": _("Tab"),
    "|": _("Bar |"),
}
_CUTS: Final = ("encoding", "delimiter", "sheet")
_LINES_OFFERED: Final = 15
_LINES_SHOWN: Final = 8
_COLUMNS_SHOWN: Final = 20


@dataclass
class ShownLine:
    """One of the first lines of the file; `part` is header, above or '' for data."""

    number: int
    part: str
    cells: list[str]


def told(sent: Mapping[str, Any] | None, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What `open_spreadsheet` is to be told: by what was sent, else as the mapping has it."""
    options: dict[str, Any] = {
        name: str((sent.get(name) if sent else "") or kept.get(name, "")) for name in _CUTS
    }
    line: Any = kept.get("header_line") if sent is None else sent.get("header_line")
    if sent is not None and sent.get("reading_mark", "") != _mark(options):
        line = None
    is_number = isinstance(line, int) or (isinstance(line, str) and line.isdecimal())
    return options | {"header_line": int(str(line)[:9]) if is_number else None}


def ask(form: forms.Form, file: Spreadsheet) -> None:
    """Add the questions a file of this format leaves open."""
    form.fields["reading_mark"] = forms.CharField(
        required=False, widget=forms.HiddenInput, initial=mark_of(file)
    )
    if file.format == "csv":
        listed = ENCODINGS if file.encoding in ENCODINGS else {
            **ENCODINGS, file.encoding: file.encoding.upper()
        }  # fmt: skip
        _choose(form, "encoding", _("Encoding"), listed, file.encoding)
        _choose(form, "delimiter", _("Columns separated by"), DELIMITERS, file.delimiter)
    elif len(file.sheets) > 1:
        sheets = {
            name: gettext("%(sheet)s (hidden)") % {"sheet": name} if name in file.hidden else name
            for name in file.sheets
        }
        _choose(form, "sheet", _("Sheet"), sheets, file.sheet)
    lines: dict[str, str | Promise] = {"0": _("None: the first line is already data")}
    for place, (number, cells) in enumerate(file.first_rows):
        if place < _LINES_OFFERED or number == file.header_line:
            names = " · ".join(filter(None, map(text_of, cells)))
            said = {"number": number, "names": Truncator(names).chars(60)}
            lines[str(number)] = gettext("Line %(number)s: %(names)s") % said
    _choose(form, "header_line", _("Names of the columns"), lines, str(file.header_line))


def with_reading(data: Any, file: Spreadsheet) -> Any:
    """What was sent, with the header's line as the file is read now."""
    data = data.copy()
    data["header_line"] = str(file.header_line)
    data["reading_mark"] = mark_of(file)
    return data


def mark_of(file: Spreadsheet) -> str:
    """Tells one way of cutting a file from another."""
    return _mark({name: getattr(file, name) for name in _CUTS})


def first_lines(file: Spreadsheet) -> list[ShownLine]:
    """The beginning of the file as it is cut into cells, up to a few lines under the header."""
    rows = file.first_rows
    head = next((p for p, (number, _c) in enumerate(rows) if number == file.header_line), 0)
    start = max(head - 3, 0)
    return [
        ShownLine(
            number,
            _part(number, file.header_line),
            [Truncator(text_of(cell)).chars(30) for cell in cells[:_COLUMNS_SHOWN]],
        )
        for number, cells in rows[start : start + _LINES_SHOWN]
    ]


def _part(number: int, header_line: int) -> str:
    if number == header_line:
        return "header"
    return "above" if number < header_line else ""


def _mark(options: Mapping[str, Any]) -> str:
    return "|".join(str(options[name]) for name in _CUTS)


def _choose(
    form: forms.Form, name: str, label: Any, choices: Mapping[str, str | Promise], initial: str
) -> None:
    form.fields[name] = forms.ChoiceField(
        label=label, required=False, choices=list(choices.items()), initial=initial
    )
