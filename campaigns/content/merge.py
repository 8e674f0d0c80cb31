"""Merge fields: what may be inserted, and the Liquid that inserts it.

Invariant: a template reaches the listed values and nothing else (no files, no loops, no objects),
its output is bounded, and in HTML every value is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import liquid
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from liquid.exceptions import FilterArgumentError, LiquidError
from liquid.filter import string_filter
from markupsafe import soft_str

from accounts.models import Installation
from customers.models import CustomAttribute, Customer

LIQUID: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_TAGS: Final = frozenset({"content", "output", "illegal", "if", "unless", "case", "comment", "#"})
_TAG: Final = re.compile(r"unexpected tag '(?P<name>\w+)'")
_FILTERS: Final = frozenset(
    {"capitalize", "downcase", "upcase", "default", "truncate", "strip", "append", "prepend"}
    | {"replace", "remove", "slice", "size", "date"}
)
# A replacement can multiply a text by its own length; chained, it would fill the memory.
_LONGEST_VALUE: Final = 20_000
# What filters raise, besides Liquid's own errors, for a value they cannot take.
_FAULTS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# Names the rendering fills in by itself; an author cannot use them.
RESERVED: Final = "tamis_link_"


class ContentError(ValueError):
    """The content cannot be made into a message; the text says why, in the user's language."""


@dataclass(frozen=True)
class MergeField:
    """A value that may be inserted, by `{{ key }}`."""

    key: str
    label: str | Promise
    example: str

    @property
    def placeholder(self) -> str:
        """What is written in the message."""
        return f"{{{{ {self.key} }}}}"


class _Environment(liquid.Environment):
    output_stream_limit = 100_000
    context_depth_limit = 20
    loop_iteration_limit = 1000


@string_filter
def _replace(value: str, old: object, new: object = "") -> str:
    """Liquid's own `replace`, bounded."""
    old, new = soft_str(old), soft_str(new)
    if len(value) + value.count(old) * len(new) > _LONGEST_VALUE:
        message = _("This text is too long: %(longest)s characters at most.")
        raise FilterArgumentError(message % {"longest": _LONGEST_VALUE}, token=None)
    return value.replace(old, new)


@lru_cache(maxsize=2)
def _environment(*, escape: bool) -> liquid.Environment:
    environment = _Environment(autoescape=escape)
    for name in set(environment.tags) - _TAGS:
        del environment.tags[name]
    for name in set(environment.filters) - _FILTERS:
        del environment.filters[name]
    environment.filters["replace"] = _replace
    return environment


class Template:
    """A parsed text with merge fields."""

    def __init__(self, source: str, *, escape: bool = False) -> None:
        """Raises ContentError where the braces or the words in them are wrong."""
        try:
            self._template = _environment(escape=escape).from_string(source)
        except (LiquidError, RecursionError) as error:
            raise ContentError(_misspelt(error)) from error
        # Liquid itself would find out only when the first person's text is filled in.
        unknown = set(self._template.analyze().filters) - _FILTERS
        if unknown:
            raise ContentError(_("There is no filter “%(name)s”.") % {"name": min(unknown)})

    def fields(self) -> set[str]:
        """The values the text asks for, as `first_name` or `attr.size`."""
        found = self._template.analyze().globals
        return {
            ".".join(str(part) for part in variable.segments)
            for uses in found.values()
            for variable in uses
        }

    def render(self, values: Mapping[str, Any]) -> str:
        """Fill the text in. Raises ContentError where a filter is given what it cannot take.

        One person's odd value must spoil no one else's message, so nothing else is raised.
        """
        try:
            return str(self._template.render(**values))
        except (LiquidError, *_FAULTS) as error:
            raise ContentError(
                _("The text cannot be filled in: %(error)s") % {"error": _brief(error)}
            ) from error


def _misspelt(error: Exception) -> str:
    """What is wrong with a text: Liquid says it in English, and in its own terms."""
    if tag := _TAG.search(str(error)):
        return _("“%(name)s” cannot be used in a message.") % {"name": tag["name"]}
    message = _("A merge field is not written correctly. It looks like this: %(example)s")
    return message % {"example": "{{ first_name }}"}


def _brief(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else ""


def merge_fields() -> list[MergeField]:
    """Everything that may be inserted, custom attributes last."""
    fields = [
        MergeField("first_name", _("First name"), "Camille"),
        MergeField("last_name", _("Last name"), "Durand"),
        MergeField("city", _("City"), "Lyon"),
        MergeField("postal_code", _("Postcode"), "69003"),
        MergeField("customer_number", _("Customer number"), "C-10428"),
        MergeField("email", _("E-mail"), "camille.durand@example.com"),
        MergeField("phone", _("Phone"), "06 39 98 12 34"),
        MergeField("shop_name", _("Name of the shop"), Installation.load().shop_name or "Tamis"),
    ]
    attributes = CustomAttribute.objects.order_by("label")
    fields += [MergeField(f"attr.{a.key}", a.label, _example(a)) for a in attributes]
    return fields


def _example(attribute: CustomAttribute) -> str:
    kind = CustomAttribute.Type
    if attribute.type == kind.CHOICE and attribute.choices:
        first = attribute.choices[0]
        return str(first.get("label", "") if isinstance(first, dict) else first)
    return {kind.NUMBER.value: "42", kind.DATE.value: "2026-06-21"}.get(attribute.type, "…")


def values_of(customer: Customer, shop_name: str) -> dict[str, Any]:
    """A person's values, each on one line and without control characters."""
    attributes = customer.attributes or {}
    return {
        "first_name": one_line(customer.first_name),
        "last_name": one_line(customer.last_name),
        "city": one_line(customer.city),
        "postal_code": one_line(customer.postal_code),
        "customer_number": one_line(customer.external_id or ""),
        "email": one_line(customer.email or ""),
        "phone": one_line(customer.phone or ""),
        "shop_name": one_line(shop_name),
        "attr": {key: _attribute(value) for key, value in attributes.items()},
    }


def _attribute(value: Any) -> Any:
    return value if isinstance(value, bool) else one_line("" if value is None else str(value))


def one_line(text: str) -> str:
    """The text without line breaks, tabs or control characters, its spaces single."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
