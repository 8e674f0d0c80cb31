"""What rules can speak of: one entry per field drives label, operators, widget, SQL and sentence.

`load_catalogue()` gives it with the shop's custom attributes; it is an immutable value, so the
reader of rules, the compiler and the builder can all be handed the same one.
"""

from __future__ import annotations

from segmentation.catalogue.entries import (
    Age,
    Catalogue,
    Choice,
    Field,
    Group,
    Label,
    Linked,
    Manner,
    Point,
    Ratio,
    Scope,
    Source,
    Widget,
)
from segmentation.catalogue.loading import fixed_catalogue, load_catalogue, register_choices

__all__ = [
    "Age",
    "Catalogue",
    "Choice",
    "Field",
    "Group",
    "Label",
    "Linked",
    "Manner",
    "Point",
    "Ratio",
    "Scope",
    "Source",
    "Widget",
    "fixed_catalogue",
    "load_catalogue",
    "register_choices",
]
