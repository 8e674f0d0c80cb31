"""The catalogue as it stands in this installation: the fixed fields, the shop's own attributes and
event properties, and the choices upper apps register.

Invariant: loading reads the database a fixed number of times, whatever the catalogue holds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from django.utils.functional import lazy
from django.utils.translation import gettext

from customers.models import CustomAttribute, EventProperty, Place
from segmentation.catalogue.customer import PERSON, PLACE
from segmentation.catalogue.entries import Catalogue, Choice, Field, Group, Source, Widget
from segmentation.catalogue.expressions import column
from segmentation.catalogue.purchases import PURCHASES
from segmentation.catalogue.reach import REACH
from segmentation.catalogue.sources import SOURCES
from segmentation.catalogue.standing import STANDING, standing
from segmentation.catalogue.standing_sql import Thresholds
from segmentation.models import Lifecycle
from segmentation.rules.operators import Kind
from segmentation.snapshot.tables import own_column

Provider = Callable[[], Sequence[Choice]]
_providers: dict[tuple[str, str], Provider] = {}

# Of custom attributes and of event properties, which have no choices.
_TYPES: Mapping[str, tuple[Kind, Widget]] = {
    "text": (Kind.TEXT, Widget.SUGGEST),
    "number": (Kind.NUMBER, Widget.NUMBER),
    "boolean": (Kind.BOOLEAN, Widget.SWITCH),
    "date": (Kind.DATE, Widget.DATE),
    "choice": (Kind.CHOICE, Widget.SELECT),
}


def register_choices(source: str, field: str, provider: Provider) -> None:
    """Have `provider` give the choices of a source's field each time the catalogue is loaded.

    For upper apps, in `AppConfig.ready()`: a campaign's name stands behind its number.
    """
    _providers[source, field] = provider


def fixed_catalogue() -> Catalogue:
    """What every installation knows, without the shop's own; it needs no database."""
    return Catalogue((*PERSON, *PLACE, *REACH, *PURCHASES, *STANDING), SOURCES)


def load_catalogue() -> Catalogue:
    """The catalogue of this installation, as of now."""
    attributes = tuple(attribute_field(a) for a in CustomAttribute.objects.order_by("label", "key"))
    # One provider may serve several fields and is asked once.
    given = {provider: tuple(provider()) for provider in set(_providers.values())}
    properties = tuple(map(property_field, EventProperty.objects.order_by("label", "key")))
    sources = tuple(_with_choices(with_properties(source, properties), given) for source in SOURCES)
    said = Lifecycle.current()
    compared = standing(Thresholds(said.at_risk_days, said.lost_days))
    fields = (*PERSON, *attributes, *where_they_live(), *REACH, *PURCHASES, *compared)
    return Catalogue(fields, sources)


def where_they_live() -> tuple[Field, ...]:
    """The fields of the home, its distance measured from the shop's places as they are now."""
    shops = tuple(Choice(str(pk), name) for pk, name in Place.objects.values_list("pk", "name"))
    return tuple(
        dataclasses.replace(entry, choices=shops) if entry.kind is Kind.PLACE else entry
        for entry in PLACE
    )


def attribute_field(attribute: CustomAttribute) -> Field:
    """The entry of a custom attribute."""
    kind, widget = _TYPES[attribute.type]
    key = f"attr:{attribute.key}"
    return Field(
        key,
        kind,
        _marked(attribute.label) if attribute.sensitive else attribute.label,
        _quoted(attribute.label),
        column(own_column(key)),
        Group.PERSON,
        choices=tuple(Choice(str(choice), str(choice)) for choice in attribute.choices),
        suggestions=key if kind in (Kind.TEXT, Kind.CHOICE) else None,
        widget=widget,
    )


def property_field(declared: EventProperty) -> Field:
    """The entry of a declared event property, for the rows of events."""
    kind, widget = _TYPES[declared.type]
    key = f"prop:{declared.key}"
    return Field(
        key,
        kind,
        declared.label,
        _quoted(declared.label),
        column(own_column(key)),
        suggestions=key if kind is Kind.TEXT else None,
        widget=widget,
        ranking=False,
    )


def _quote(text: str) -> str:
    return gettext("“%(text)s”") % {"text": text}


def _mark(text: str) -> str:
    return gettext("%(label)s (sensitive data)") % {"label": text}


_marked = lazy(_mark, str)
# The quotation marks are those of whoever reads, not of whoever loaded the catalogue.
_quoted = lazy(_quote, str)


def with_properties(source: Source, properties: tuple[Field, ...]) -> Source:
    """The source with what the shop declared of its events, where it is theirs."""
    if source.key != "events":
        return source
    return dataclasses.replace(source, entries=(*source.entries, *properties))


def _with_choices(source: Source, given: Mapping[Provider, tuple[Choice, ...]]) -> Source:
    entries = tuple(
        dataclasses.replace(entry, choices=given[provider])
        if (provider := _providers.get((source.key, entry.key)))
        else entry
        for entry in source.entries
    )
    return dataclasses.replace(source, entries=entries)
