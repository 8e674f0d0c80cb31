"""What each column of a file may become in the wizard: a field, a tag, an attribute, nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import Cell, Reading
from customers.folding import fold
from customers.models import CustomAttribute, ImportJob
from customers.spreadsheets.fields import (
    ATTRIBUTE_PREFIX,
    GROUP_LABEL,
    TAG_PREFIX,
    TAGGING,
    Field,
    tag_field,
)
from customers.spreadsheets.mapping import Mapping, NewAttribute
from customers.spreadsheets.proposals import looks_sensitive, type_of

NEW: Final = "new:"
NEW_LABEL: Final[dict[str, str | Promise]] = {
    "text": _("New attribute: text"),
    "number": _("New attribute: number"),
    "date": _("New attribute: date"),
    "boolean": _("New attribute: yes or no"),
    "choice": _("New attribute: one of a list"),
}
_TYPE_OF_NEW: Final = {"choice": "text"}


class ColumnChoices:
    """The options of every column's list: those all share, and what its own cells suggest."""

    def __init__(self, kind: str, known: dict[str, Field]) -> None:
        self.kind = kind
        self.known = known
        self.suggestions: dict[str, str | Promise] = {}
        groups: dict[str, list[tuple[str, str | Promise]]] = {}
        for field in known.values():
            groups.setdefault(field.group, []).append((field.key, field.label))
        self._fields = [(GROUP_LABEL[group], options) for group, options in groups.items()]

    def of(
        self, header: str, cells: Sequence[Cell], reading: Reading, chosen: str
    ) -> list[tuple[str | Promise, Any]]:
        """The options of one column; `chosen` is among them whatever it is."""
        type_ = type_of(cells, reading)
        suggested = self._suggested(header, type_)
        if header not in self.suggestions and suggested and cells:
            self.suggestions[header] = suggested[0][1]
        if chosen.startswith(TAG_PREFIX) and chosen not in dict(suggested):
            kept = tag_field(chosen)
            suggested += [(kept.key, kept.label)] if kept else []
        listed: list[tuple[str | Promise, Any]] = [("", _("Leave out"))]
        if suggested:
            listed.append((_("What its cells suggest"), suggested))
        listed += self._fields
        if self.kind == ImportJob.Kind.CUSTOMERS:
            others = [(f"{NEW}{key}", label) for key, label in NEW_LABEL.items() if key != type_]
            listed.append((_("Add to the customer's page"), others))
        return listed

    def _suggested(self, header: str, type_: str) -> list[tuple[str, str | Promise]]:
        suggested: list[tuple[str, str | Promise]] = []
        tag = tag_field(f"{TAG_PREFIX}{header}") if self.kind in TAGGING else None
        if tag is not None and type_ == "boolean":
            suggested.append((tag.key, tag.label))
        if self.kind == ImportJob.Kind.CUSTOMERS:
            suggested.append((f"{NEW}{type_}", NEW_LABEL[type_]))
        return suggested

    def may_be_sensitive(self, header: str, chosen: str) -> bool:
        """Whether a column left out, or made an attribute, seems to hold sensitive data."""
        makes = not chosen or chosen.startswith(NEW)
        return self.kind == ImportJob.Kind.CUSTOMERS and makes and looks_sensitive(header)

    def field(self, key: str) -> Field | None:
        """The field a choice reads cells by, None where it is left out."""
        if key.startswith(NEW):
            type_ = key.removeprefix(NEW)
            if type_ not in NEW_LABEL:
                return None
            return Field(key, "", _TYPE_OF_NEW.get(type_, type_), max_length=500)
        return self.known.get(key) or tag_field(key)


def chosen_of(mapping: Mapping, header: str) -> str:
    """What a mapping makes of a column, as the list says it."""
    key = mapping.columns.get(header, "")
    new = mapping.attributes.get(key.removeprefix(ATTRIBUTE_PREFIX))
    if key.startswith(ATTRIBUTE_PREFIX) and new is not None:
        exists = CustomAttribute.objects.filter(key=key.removeprefix(ATTRIBUTE_PREFIX)).exists()
        return key if exists else f"{NEW}{new.type}"
    return key


def new_slug(header: str, taken: dict[str, NewAttribute]) -> str:
    """A key for a new attribute, after its column's name and free."""
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in fold(header))
    base = "_".join(part for part in letters.split("_") if part)[:34] or "attribute"
    used = set(taken) | set(CustomAttribute.objects.values_list("key", flat=True))
    slug, number = base, 2
    while slug in used:
        slug, number = f"{base}_{number}", number + 1
    return slug
