"""The catalogue of the rule language's tests: every field, and the shop's own of each type."""

from __future__ import annotations

from customers.models import CustomAttribute, EventProperty
from segmentation.catalogue import Catalogue
from segmentation.catalogue.customer import PERSON, PLACE
from segmentation.catalogue.loading import attribute_field, property_field, with_properties
from segmentation.catalogue.purchases import PURCHASES
from segmentation.catalogue.reach import REACH
from segmentation.catalogue.sources import SOURCES
from segmentation.catalogue.standing import STANDING

ATTRIBUTES = {
    "size": "number",
    "vip": "boolean",
    "colour": "text",
    "wedding": "date",
    "tier": "choice",
}
PROPERTIES = {"stars": "number", "sale": "boolean", "shade": "text", "delivery": "date"}


def catalogue() -> Catalogue:
    """A catalogue that needs no database."""
    attributes = tuple(
        attribute_field(CustomAttribute(key=key, label=key.title(), type=type_))
        for key, type_ in ATTRIBUTES.items()
    )
    properties = tuple(
        property_field(EventProperty(key=key, label=key.title(), type=type_))
        for key, type_ in PROPERTIES.items()
    )
    sources = tuple(with_properties(source, properties) for source in SOURCES)
    return Catalogue((*PERSON, *attributes, *PLACE, *REACH, *PURCHASES, *STANDING), sources)
