"""`{% icon "users" %}`: an icon drawn in the page, taken from static/vendor/icons."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
ICONS = Path(settings.BASE_DIR) / "static" / "vendor" / "icons"


@lru_cache(maxsize=256)
def _paths(name: str) -> str:
    """Read what an icon draws; a name outside the vendored set raises FileNotFoundError."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise FileNotFoundError(name)
    drawn = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    inside = re.search(r"<svg[^>]*>(.*)</svg>", drawn, re.DOTALL)
    if inside is None:
        raise ValueError(name)
    shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z"[^>]*/>', "", inside[1])
    return re.sub(r">\s+<", "><", shapes.strip())


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Draw the icon `name`; with a label it is an image of that name, else it is decoration."""
    told = f'role="img" aria-label="{conditional_escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(
        f'<svg class="tm-icon {conditional_escape(css)}" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
        f'stroke-linejoin="round" {told}>{_paths(name)}</svg>'
    )
