"""Custom attributes: what a value of each type may be, how it is stored, how it is shown.

Stored form, by type: text and choice str, number str of a decimal, boolean bool, date ISO text.
An empty value is no value: its key is absent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.templatetags import figures
from customers import fieldtypes
from customers.models import CustomAttribute, Customer

PREFIX = "attr_"


# Upper apps that name attributes by key say which of their things do: "segment “VIP”".
_uses: list[Callable[[str], list[str]]] = []


class AttributeInUse(ValueError):
    """Something of an upper app still names this attribute; `uses` are their names."""

    def __init__(self, uses: list[str]) -> None:
        super().__init__(_("Segments use this attribute: change or delete them first."))
        self.uses = uses


def register_use(names: Callable[[str], list[str]]) -> None:
    """Have `names` tell what uses an attribute's key, from an upper app's `AppConfig.ready()`."""
    _uses.append(names)


def uses(attribute: CustomAttribute) -> list[str]:
    """The names of what uses this attribute: a segment's rule, for instance."""
    return [name for names in _uses for name in names(attribute.key)]


def in_use(attribute: CustomAttribute) -> bool:
    """Say whether anyone has a value for this attribute."""
    return Customer.objects.filter(attributes__has_key=attribute.key).exists()


def stored_from(attribute: CustomAttribute, text: str) -> Any:
    """The stored form of a value in words, None for an empty one. Raises CleaningError."""
    value = fieldtypes.clean(_CLEANED_AS[attribute.type], text, fieldtypes.Reading())
    if value is None or isinstance(value, bool):
        return value
    if attribute.type == CustomAttribute.Type.CHOICE and value not in attribute.choices:
        raise fieldtypes.CleaningError("not_a_choice", _("This is not one of the choices."))
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


_CLEANED_AS: Final[dict[str, str]] = {
    CustomAttribute.Type.TEXT: "text",
    CustomAttribute.Type.NUMBER: "number",
    CustomAttribute.Type.BOOLEAN: "boolean",
    CustomAttribute.Type.DATE: "date",
    CustomAttribute.Type.CHOICE: "text",
}


def field_for(attribute: CustomAttribute) -> forms.Field:
    """The form field in which a value is written by hand."""
    common: dict[str, Any] = {"label": attribute.label, "required": False}
    types = CustomAttribute.Type
    if attribute.type == types.NUMBER:
        return forms.DecimalField(localize=True, max_digits=20, **common)
    if attribute.type == types.DATE:
        return forms.DateField(
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **common
        )
    if attribute.type == types.BOOLEAN:
        words = [("", "–"), ("true", gettext("Yes")), ("false", gettext("No"))]
        return forms.ChoiceField(choices=words, **common)
    if attribute.type == types.CHOICE:
        listed = [("", "–"), *((c, c) for c in attribute.choices)]
        return forms.ChoiceField(choices=listed, **common)
    return forms.CharField(max_length=500, **common)


def initial(attribute: CustomAttribute, stored: Any) -> Any:
    """What the form field shows for a stored value."""
    if stored is None:
        return None
    if attribute.type == CustomAttribute.Type.BOOLEAN:
        return "true" if stored else "false"
    if attribute.type == CustomAttribute.Type.NUMBER:
        return Decimal(str(stored))
    return stored


def stored(attribute: CustomAttribute, cleaned: Any) -> Any:
    """The stored form of a field's cleaned value; None where there is no value."""
    if cleaned in (None, ""):
        return None
    if attribute.type == CustomAttribute.Type.BOOLEAN:
        return cleaned == "true"
    if attribute.type == CustomAttribute.Type.DATE:
        return cleaned.isoformat()
    return str(cleaned)


def shown(attribute: CustomAttribute, value: Any) -> str:
    """A stored value as people read it, in the reader's language."""
    if value is None or value == "":
        return ""
    if attribute.type == CustomAttribute.Type.BOOLEAN:
        return gettext("Yes") if value else gettext("No")
    if attribute.type == CustomAttribute.Type.NUMBER:
        return figures.number(value)
    if attribute.type == CustomAttribute.Type.DATE:
        try:
            return figures.shortdate(dt.date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return str(value)


def values_of(customer: Customer) -> list[tuple[CustomAttribute, str]]:
    """The attributes this person has a value for, with the value as read."""
    attributes = CustomAttribute.objects.all()
    pairs = [(each, shown(each, customer.attributes.get(each.key))) for each in attributes]
    return [(each, value) for each, value in pairs if value]
