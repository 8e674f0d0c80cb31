"""Cards of a segment's own page that stand on their own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from segmentation import plans, versions
from segmentation.models import Segment


def plan(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The action plan, or the invitation to write one."""
    return {"plan": plans.of(segment)}


def latest_version(request: HttpRequest, segment: Segment) -> dict[str, Any] | None:
    """The version of the rule in force; nothing for a list, which has none."""
    latest = versions.of(segment).first()
    return {"latest": latest} if latest else None
