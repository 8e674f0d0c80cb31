"""Where the apps above show themselves on a segment's page (a campaign's results, for instance).

Registered once, from `AppConfig.ready()`; nothing here imports the apps that register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from segmentation.models import Segment


@dataclass(frozen=True, slots=True)
class Panel:
    """A card of a segment's page: a template and what it is filled with.

    `context` returns None where the panel has nothing to say about the segment; the template also
    sees `segment` and draws its own `<section class="tm-card">`.
    """

    key: str
    template: str
    context: Callable[[HttpRequest, Segment], dict[str, Any] | None]
    order: int = 100


# Gives the names of what needs a segment, so that it is not deleted.
Use = Callable[[Segment], list[str]]
_panels: dict[str, Panel] = {}
_uses: dict[str, Use] = {}


def register_use(key: str, use: Use) -> None:
    """Add (or replace, by key) something that may need a segment."""
    _uses[key] = use


def uses_of(segment: Segment) -> list[str]:
    """The names of what needs a segment in the apps above."""
    return [name for use in _uses.values() for name in use(segment)]


def register_panel(panel: Panel) -> None:
    """Add (or replace, by key) a card of a segment's page."""
    _panels[panel.key] = panel


def panels_for(request: HttpRequest, segment: Segment) -> list[str]:
    """The cards of a segment's page, drawn."""
    drawn: list[str] = []
    for panel in sorted(_panels.values(), key=lambda p: p.order):
        context = panel.context(request, segment)
        if context is not None:
            drawn.append(render_to_string(panel.template, {"segment": segment, **context}, request))
    return drawn
