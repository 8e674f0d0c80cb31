"""Custom attributes: what a value of each type may be, how it is stored, how it is shown.

Stored form, by type: text and choice str, number str of a decimal, boolean bool, date ISO text.
An empty value is no value: its key is absent.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.templatetags import figures
from customers.models import CustomAttribute, Customer

PREFIX = "attr_"


class AttributeInUse(ValueError):
    """The key or the type of an attribute that people already have cannot be changed."""


def in_use(attribute: CustomAttribute) -> bool:
    """Say whether anyone has a value for this attribute."""
    return Customer.objects.filter(attributes__has_key=attribute.key).exists()


def delete(attribute: CustomAttribute) -> None:
    """Delete an attribute nobody has a value for. Raises AttributeInUse."""
    if in_use(attribute):
        raise AttributeInUse(_("People have a value for this attribute: it cannot be deleted."))
    attribute.delete()


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
