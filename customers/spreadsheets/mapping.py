"""What each column means and how its cells are read: MAPPING, checked before anything else.

Invariant: a Mapping bound to a header maps each column to at most one field, each field (but
those that repeat) to one column, and has what its kind of file cannot do without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.folding import fold
from customers.models import Channel, CustomAttribute, ImportJob
from customers.spreadsheets.consent_options import (
    Consent,
    read_consent,
    read_explicit,
    unstated,
)
from customers.spreadsheets.encodings import ENCODINGS
from customers.spreadsheets.errors import Issue, SpreadsheetError, refuse
from customers.spreadsheets.fields import (
    ATTRIBUTE_PREFIX,
    DERIVED,
    TAGGING,
    Field,
    attribute_field,
    fields_of,
    tag_field,
)
from customers.spreadsheets.kinds import missing
from customers.spreadsheets.text_files import DELIMITERS

DATE_FORMATS: Final = ("DMY", "MDY", "YMD")
ON_EXISTING: Final = ("update", "fill", "skip")
_OPTION_KEYS: Final = frozenset(
    {
        "delimiter",
        "encoding",
        "date_format",
        "decimal",
        "sheet",
        "header_line",
        "on_existing",
        "consent",
        "sensitive",
    }
)
_ATTRIBUTE_KEYS: Final = frozenset({"label", "type", "choices", "purpose"})


@dataclass
class NewAttribute:
    """A custom attribute the import creates; `purpose` says why it is kept, for the register."""

    label: str
    type: str = "text"
    choices: list[str] = field(default_factory=list)
    purpose: str = ""


@dataclass
class Bound:
    """A column that is imported: where it stands, its header and its field."""

    position: int
    header: str
    field: Field


@dataclass
class Mapping:
    """Columns, options and attributes to create, for one kind of file."""

    kind: str
    columns: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    # The number of the line that names the columns, 0 for none; None: to be found.
    header_line: int | None = None
    date_format: str = "DMY"
    decimal: str = ","
    on_existing: str = "update"
    consent: dict[str, Consent] = field(default_factory=dict)
    # By attribute key: how these people explicitly agreed that sensitive data be kept.
    sensitive: dict[str, Consent] = field(default_factory=dict)
    attributes: dict[str, NewAttribute] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The form MAPPING has."""
        options: dict[str, Any] = {
            key: value
            for key in ("encoding", "delimiter", "sheet")
            if (value := getattr(self, key))
        }
        if self.header_line is not None:
            options["header_line"] = self.header_line
        options |= {
            "date_format": self.date_format,
            "decimal": self.decimal,
            "on_existing": self.on_existing,
        }
        if self.consent:
            options["consent"] = {key: each.as_json() for key, each in self.consent.items()}
        if self.sensitive:
            options["sensitive"] = {key: each.as_json() for key, each in self.sensitive.items()}
        attributes = {
            key: {"label": new.label, "type": new.type}
            | ({"choices": new.choices} if new.choices else {})
            | ({"purpose": new.purpose} if new.purpose else {})
            for key, new in self.attributes.items()
        }
        return {"columns": self.columns, "options": options, "attributes": attributes}

    def fields(self) -> dict[str, Field]:
        """Every field a column may be mapped to, with the attributes to create."""
        known = fields_of(self.kind)
        for key, new in self.attributes.items():
            made = attribute_field(key, new.label, new.type, new.choices)
            known.setdefault(made.key, made)
        return known

    def bind(self, header: list[str]) -> list[Bound]:
        """Find the mapped columns in a header. Raises SpreadsheetError naming all that is wrong."""
        known, issues, bound = self.fields(), [], []
        by_fold = {fold(name): name for name in reversed(header)}
        taken: dict[str, str] = {}
        places: dict[str, str] = {}
        for name, key in self.columns.items():
            path = f"columns.{name}"
            found = name if name in header else by_fold.get(fold(name))
            if found is None:
                message = format_lazy(_("The file has no column “{name}”."), name=name)
                issues.append(Issue("unknown_column", message, path=path))
                continue
            if not key:
                continue
            if found in places:
                message = format_lazy(_("The column “{name}” is mapped twice."), name=found)
                issues.append(Issue("column_twice", message, path=path))
                continue
            places[found] = key
            if (tag := tag_field(key)) is not None and self.kind in TAGGING:
                taken[key] = found
                bound.append(Bound(header.index(found), found, tag))
            elif key not in known:
                issues.append(_unknown_field(key, path))
            elif key in taken and not known[key].repeats:
                message = format_lazy(
                    _("The columns “{first}” and “{second}” are both mapped to “{field}”."),
                    first=taken[key], second=found, field=known[key].label,
                )  # fmt: skip
                issues.append(Issue("field_twice", message, path=path))
            else:
                taken[key] = found
                bound.append(Bound(header.index(found), found, known[key]))
        issues += missing(self.kind, set(taken)) if not issues else []
        attributes = [key.removeprefix(ATTRIBUTE_PREFIX) for key in taken if ":" in key]
        issues += unstated(attributes, self.sensitive)
        if issues:
            raise SpreadsheetError(*issues)
        # The country says how the phone and the postcode of its line are read: it comes first.
        return sorted(bound, key=lambda each: (each.field.key != "country", each.position))


def read_mapping(kind: str, data: Any) -> Mapping:
    """Read MAPPING. Raises SpreadsheetError with the path of each thing that is wrong."""
    issues: list[Issue] = []
    if not isinstance(data, dict):
        raise refuse("not_an_object", _("A mapping is a JSON object."), path="mapping")
    for key in sorted(set(data) - {"columns", "options", "attributes"}):
        issues.append(_unknown_key(str(key)))
    mapping = Mapping(kind)
    columns = _object(data, "columns", issues)
    for name, field_key in columns.items():
        if field_key is not None and not isinstance(field_key, str):
            message = _("A column is mapped to a field's key, or to null to leave it out.")
            issues.append(Issue("wrong_type", message, path=f"columns.{name}"))
        else:
            mapping.columns[str(name)] = field_key or ""
    _read_options(_object(data, "options", issues), mapping, issues)
    _read_attributes(_object(data, "attributes", issues), mapping, issues)
    if issues:
        raise SpreadsheetError(*issues)
    return mapping


def _read_options(options: dict[str, Any], mapping: Mapping, issues: list[Issue]) -> None:
    for key in sorted(set(options) - _OPTION_KEYS):
        issues.append(_unknown_key(f"options.{key}"))
    allowed: dict[str, tuple[str, ...]] = {
        "delimiter": DELIMITERS,
        "date_format": DATE_FORMATS,
        "decimal": (",", "."),
        "on_existing": ON_EXISTING,
        "encoding": (*ENCODINGS, "utf-8-sig", "utf-16-le", "utf-16-be", "latin-1", "iso-8859-1"),
    }
    for key, values in allowed.items():
        given = options.get(key)
        if given is None or given == "":
            continue
        if given not in values:
            message = format_lazy(
                _("This option is one of: {values}."), values=" ".join(map(repr, values))
            )
            issues.append(Issue("wrong_value", message, path=f"options.{key}"))
        else:
            setattr(mapping, key, "utf-8" if given == "utf-8-sig" else given)
    sheet = options.get("sheet")
    if sheet is not None and not isinstance(sheet, str):
        message = _("A sheet is told by its name.")
        issues.append(Issue("wrong_type", message, path="options.sheet"))
    else:
        mapping.sheet = sheet or ""
    line = options.get("header_line")
    if line is not None and (type(line) is not int or line < 0):
        message = _("A header is told by the number of its line, 0 where there is none.")
        issues.append(Issue("wrong_type", message, path="options.header_line"))
    else:
        mapping.header_line = line
    for channel, told in _object(options, "consent", issues, "options.").items():
        path = f"options.consent.{channel}"
        if channel not in Channel.values:
            issues.append(_unknown_key(path))
        elif not isinstance(told, dict):
            issues.append(Issue("wrong_type", _("Write an object here."), path=path))
        else:
            mapping.consent[channel] = read_consent(told, path, issues)
    for key, told in _object(options, "sensitive", issues, "options.").items():
        path = f"options.sensitive.{key}"
        if not isinstance(told, dict):
            issues.append(Issue("wrong_type", _("Write an object here."), path=path))
        else:
            mapping.sensitive[key] = read_explicit(told, path, issues)


def _read_attributes(listed: dict[str, Any], mapping: Mapping, issues: list[Issue]) -> None:
    existing = {each.key: each for each in CustomAttribute.objects.filter(key__in=list(listed))}
    if listed and mapping.kind != ImportJob.Kind.CUSTOMERS:
        message = _("Custom attributes are columns of customers, not of orders.")
        issues.append(Issue("wrong_value", message, path="attributes"))
    for key, told in listed.items():
        path = f"attributes.{key}"
        key = key.removeprefix(ATTRIBUTE_PREFIX)
        if not isinstance(told, dict):
            issues.append(Issue("wrong_type", _("Write an object here."), path=path))
            continue
        for extra in sorted(set(told) - _ATTRIBUTE_KEYS):
            issues.append(_unknown_key(f"{path}.{extra}"))
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", key):
            message = _("A key has up to 40 lower-case letters, digits, - and _.")
            issues.append(Issue("wrong_value", message, path=path))
        type_ = told.get("type") or "text"
        if type_ not in CustomAttribute.Type.values:
            message = format_lazy(
                _("This type is one of: {values}."), values=", ".join(CustomAttribute.Type.values)
            )
            issues.append(Issue("wrong_value", message, path=f"{path}.type"))
        elif key in existing and existing[key].type != type_:
            message = _("There is already a custom attribute with this key and another type.")
            issues.append(Issue("attribute_exists", message, path=path))
        label = str(told.get("label") or key).strip()[:80]
        choices = told.get("choices") or []
        if not (isinstance(choices, list) and all(isinstance(each, str) for each in choices)):
            issues.append(Issue("wrong_type", _("Write a list of words."), path=f"{path}.choices"))
            choices = []
        purpose = str(told.get("purpose") or "").strip()[:200]
        mapping.attributes[key] = NewAttribute(label, str(type_), choices, purpose)


def _object(
    data: dict[str, Any], key: str, issues: list[Issue], prefix: str = ""
) -> dict[str, Any]:
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        issues.append(Issue("wrong_type", _("Write an object here."), path=f"{prefix}{key}"))
        return {}
    return value


def _unknown_key(path: str) -> Issue:
    return Issue("unknown_key", _("A mapping has no such key."), path=path)


def _unknown_field(key: str, path: str) -> Issue:
    if key in DERIVED:
        message = _("“{key}” is computed by Tamis; it cannot be imported.")
        return Issue("derived_field", format_lazy(message, key=key), path=path)
    message = _("There is no field “{key}”.")
    return Issue("unknown_field", format_lazy(message, key=key), path=path)
